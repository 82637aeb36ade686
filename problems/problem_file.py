"""Reads `problem.toml`, which declares a problem in a folder of its own. Nothing in it is run.

A problem is `like` one of tfprep's, of which it takes whatever the file does not say; or of a `kind`, and the
table of that name tells how its data is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import UnknownProblem, reason_of
from ..files.text import one_line
from .folders import FILE, FolderProblem
from .problem import Band, Category, DataSource, Metric, OwnFiles, Problem

_LARGEST: Final = 2**18
"""Bytes of a problem.toml that are read."""
_SHOWN: Final = 60
"""Characters of a value in a message."""
_SCORES: Final = range(1, 6)
STATEMENT, REFERENCE, ORDINARY, NAIVE = "statement.md", "reference.py", "ordinary.py", "naive.py"


class _Table(BaseModel):
    """Read as it is written: no other keys, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _text(default: str | None = None, longest: int = 300) -> Any:
    wanted = f"a text of 1 to {longest} characters on one line"
    more: dict[str, Any] = {
        "min_length": 1,
        "max_length": longest,
        "pattern": r"^[^\r\n]+$",
        "description": wanted,
    }
    return Field(default, **more) if default is not None else Field(**more)


def _number(default: float | None, least: float, most: float) -> Any:
    wanted = f"a number from {least:g} to {most:g}"
    more: dict[str, Any] = {"ge": least, "le": most, "allow_inf_nan": False, "description": wanted}
    return Field(default, **more)


def _count(least: int, most: int, default: int | None = None) -> Any:
    more: dict[str, Any] = {"ge": least, "le": most, "description": f"a whole number from {least} to {most}"}
    return Field(default, **more) if default is not None else Field(**more)


Name = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$", description="a name of letters, digits and _")
]
"""Of a column, as numpy reads it from the first line of a learner's file."""


class ColumnKeys(_Table):
    """One column of a table's file that models get."""

    name: Name
    header: str = _text("", 200)
    """What the file calls it, where that is another name."""
    missing: float | None = _number(None, -1e12, 1e12)
    """What a gap counts as. Without it, a gap is an error."""
    values: tuple[str, ...] = Field((), strict=False, max_length=60, description="a list of up to 60 texts")
    """Of a column of words: each becomes a number of its own, 0 or 1."""


class TableKeys(_Table):
    """The table `[table]`: a CSV file of rows."""

    target: str = _text(None, 200)
    """The header of the column to predict."""
    classes: tuple[str, ...] = Field(
        (), strict=False, max_length=100, description="a list of up to 100 texts"
    )
    """The target's values where they are classes; none for a number."""
    columns: tuple[ColumnKeys, ...] = Field(
        strict=False, min_length=1, max_length=500, description="a list of tables"
    )


class ImagesKeys(_Table):
    """The table `[images]`: a folder of images per class."""

    side: int = _count(8, 512)
    colour: bool = Field(True, description="true or false")
    what: str = _text("picture", 40)


class TextsKeys(_Table):
    """The table `[texts]`: a folder of text files per class."""

    classes: tuple[str, ...] = Field(
        strict=False, min_length=2, max_length=100, description="a list of 2 to 100 texts"
    )
    length: int = _count(2, 2_000, 120)
    vocabulary: int = _count(10, 50_000, 5_000)
    what: str = _text("text", 40)


class SeriesKeys(_Table):
    """The table `[series]`: a CSV file of rows in order of time; the first column is forecast."""

    columns: tuple[Name, ...] = Field(
        strict=False, min_length=1, max_length=200, description="a list of names"
    )
    window: int = _count(2, 2_000)
    horizon: int = _count(1, 500)
    group: int = _count(1, 10_000, 24)
    """So many rows in a row are alike: a day of hours."""
    rows: str = _text("rows", 40)
    """What people call them: "hours"."""


class ProblemKeys(_Table):
    """A `problem.toml`."""

    title: str = _text(None, 60)
    task: str = _text()
    trains: str = _text(None, 120)
    category: Literal["A", "B", "C", "D", "E"] = Field(description='"A", "B", "C", "D" or "E"')
    like: str | None = Field(None, description="the name of a problem of tfprep")
    kind: Literal["table", "images", "texts", "series"] | None = Field(
        None, description='"table", "images", "texts" or "series"'
    )
    data: str | None = Field(None, min_length=1, max_length=500, description="the path of a file or folder")
    """Beside the problem.toml. Without it, everybody brings a path or a zip, or it is that of `like`."""
    metric: Literal["accuracy", "mean absolute error", "mean log10 error"] | None = Field(
        None, description='"accuracy", "mean absolute error" or "mean log10 error"'
    )
    unit: str = _text("", 20)
    least: float = _number(1.0, 1e-9, 1e12)
    """Of the log10 error: anything smaller counts as this."""
    bands: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] = Field(
        (), strict=False, min_length=5, max_length=5, description="a list of 5 numbers, for the scores 1 to 5"
    )
    hidden: float = _number(0.25, 0.02, 0.9)
    validation: float = _number(0.2, 0.02, 0.9)
    predict_seconds: float | None = _number(None, 1, 86_400)
    train_seconds: float | None = _number(None, 1, 86_400)
    table: TableKeys | None = None
    images: ImagesKeys | None = None
    texts: TextsKeys | None = None
    series: SeriesKeys | None = None

    @model_validator(mode="after")
    def _whole(self) -> ProblemKeys:
        if (self.like is None) == (self.kind is None):
            raise ValueError("it needs one of `like` and `kind`")
        given = [kind for kind in ("table", "images", "texts", "series") if getattr(self, kind) is not None]
        if given != ([self.kind] if self.kind else []):
            raise ValueError(
                f"it needs the table [{self.kind}], and no other"
                if self.kind
                else f"with `like` there is no [{given[0]}]"
            )
        if self.kind and not self.bands:
            raise ValueError("it needs `bands`, the five thresholds for the scores 1 to 5")
        return self


def read_problem(folder: Path) -> FolderProblem:
    """The problem that a folder declares.

    Raises:
        UnknownProblem: its file cannot be read, or a key in it is refused: with what is wanted there.
    """
    keys = read_keys(folder)
    try:
        problem = _make(folder, keys)
    except ValueError as error:
        raise UnknownProblem(f"{folder / FILE}: {error}.") from error
    if missing := [name for name in (STATEMENT, REFERENCE, ORDINARY, NAIVE) if not (folder / name).is_file()]:
        raise UnknownProblem(f"The problem in {folder} lacks {missing[0]}.")
    return problem


def read_keys(folder: Path) -> ProblemKeys:
    """What the folder's file says, checked. Raises UnknownProblem."""
    file = folder / FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UnknownProblem(f"{file} is larger than {_LARGEST // 2**10} KiB, which no {FILE} is.")
        values = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise UnknownProblem(f"{file} cannot be read: {reason_of(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise UnknownProblem(f"{file} is not valid TOML in UTF-8: {error}.") from error
    try:
        return ProblemKeys.model_validate(values)
    except ValidationError as error:
        refused = [_refusal(each) for each in error.errors(include_url=False)]
        raise UnknownProblem(f"{file}: {refused[0]}.") from error


def make_bands(thresholds: tuple[float, ...], metric: Metric) -> tuple[Band, ...]:
    """The thresholds for the scores 1 to 5, as bands from 5 downwards.

    Raises:
        ValueError: they do not rise, or fall, as the metric asks.
    """
    higher = metric.higher_is_better
    if list(thresholds) != sorted(set(thresholds), reverse=not higher) or min(thresholds, default=0) < 0:
        raise ValueError(
            f"the thresholds for the scores 1 to 5 must {'rise' if higher else 'fall'}, none below 0"
        )
    if higher and max(thresholds, default=0) > 1:
        raise ValueError(f"no {metric.name} is above 1")
    bands = zip(_SCORES, thresholds, strict=False)
    return tuple(Band(score, **{"at_least" if higher else "at_most": value}) for score, value in bands)[::-1]


def _refusal(error: Mapping[str, Any]) -> str:
    """For one key: what is wanted there, and what was found."""
    place = ".".join(str(key) for key in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such key"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "missing":
        return f"{place} is missing: expected {_wanted(error['loc'])}"
    return f"{place}: expected {_wanted(error['loc'])}, found {one_line(repr(error['input']), _SHOWN)}"


def _wanted(keys: tuple[Any, ...]) -> str:
    """The description of the innermost field that a place names."""
    table: Any = ProblemKeys
    wanted = "another value"
    for key in keys:
        field = table.model_fields.get(key) if hasattr(table, "model_fields") else None
        if field is not None:
            wanted = field.description or wanted
            inner = [
                one
                for one in (field.annotation, *getattr(field.annotation, "__args__", ()))
                if isinstance(one, type)
            ]
            table = next((one for one in inner if issubclass(one, BaseModel)), table)
    return wanted


def _make(folder: Path, keys: ProblemKeys) -> FolderProblem:
    values = _like(folder, keys) if keys.like else _of_kind(keys)
    source: DataSource = values.pop("own")
    bands = make_bands(keys.bands, values["metric"])
    read_by = (
        "" if keys.like else keys.model_dump_json(include={"kind", "hidden", "validation", keys.kind or ""})
    )
    layout = source.source.layout if isinstance(source.source, OwnFiles) else ""
    own = DataSource(
        "own",
        OwnFiles(layout, folder / keys.data if keys.data else None, read_by),
        source.split,
        bands or source.bands,
    )
    others = (
        ()
        if keys.data
        else tuple(
            DataSource(each.name, each.source, each.split, bands or each.bands)
            for each in values.get("data_sources", ())
            if each.name != "own"
        )
    )
    limits = {
        name: getattr(keys, name) for name in ("predict_seconds", "train_seconds") if getattr(keys, name)
    }
    return FolderProblem(
        **{
            **values,
            "package": folder.name,
            "title": keys.title,
            "task": keys.task,
            "trains": keys.trains,
            "category": Category(keys.category),
            "data_sources": (*others, own),
            "place": folder,
            **limits,
        }
    )


def _like(folder: Path, keys: ProblemKeys) -> dict[str, Any]:
    """The fields of one of tfprep's problems, and how it reads a mentor's files."""
    from .catalogue import find

    problem = find(str(keys.like))
    if isinstance(problem, FolderProblem):
        raise UnknownProblem(f"{folder / FILE}: like: {keys.like} is no problem of tfprep itself.")
    values = {field.name: getattr(problem, field.name) for field in fields(Problem)}
    return {**values, "published": None, "own": problem.data_source("own")}


def _of_kind(keys: ProblemKeys) -> dict[str, Any]:
    from .kinds import values_of

    return values_of(keys)
