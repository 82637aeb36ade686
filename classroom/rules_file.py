"""Reads `cohort.toml`. `template.toml` beside this file shows every key.

rules = read_rules(Path("cohort.toml"))
graded = grade(submission, dataset, sandbox, policy=rules.policy("problem3"))
"""

from __future__ import annotations

import difflib
import hashlib
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from ..errors import BadCohort, UnknownProblem, reason_of
from ..files.csv_tables import read_text
from ..files.secrets import SIZE
from ..grader.records.cohort import PASS_MARK
from ..grader.records.cohort_runs import RecordedRules
from ..problems import Band, Problem, find, usual_problems
from ..problems.problem_file import make_bands
from .deadline_rules import read_deadlines, read_moment, read_zone
from .rules import (
    AttemptPolicy,
    CohortRules,
    DateAndTime,
    DeadlineKeys,
    ExamRules,
    LatePenalty,
    Missing,
    ProblemRules,
    RulesTable,
    number_field,
    secret_id,
    show,
    wrong,
)

_LARGEST: Final = 2**20
"""Bytes of a cohort.toml that are read."""
_MOST_DOTS: Final = 200
"""In a line: reading a key takes the square of its parts."""
_SECRET: Final = (16, 4_096)
"""The shortest and the longest secret: characters in cohort.toml, bytes in a file."""
_SECRET_KEY: Final = re.compile(r"\s*[\"']?secret[\"']?\s*=")
_LONGEST_SECRET: Final = 100
"""Lines."""
_SHOWN: Final = 60
_LONGEST_RUN: Final = 86_400.0
_RENAMED: Final = {"edition": "data", "answer_seconds": "predict_seconds"}
"""Old keys that are still read, and what they are called now."""
_GONE: Final = {
    "allow_lambda": "A Lambda layer is always refused, and its author is told how to submit the same model "
    "without new training."
}
"""Old keys that have no effect any more, and what holds instead."""
_NAMED_SOURCES: Final = ("auto", "tfds", "package", "generated")


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError
    return text.strip()


def _text(default: str | None, longest: int = 1_000) -> Any:
    return Field(default, max_length=longest, description=f"a text of 1 to {longest:,} printable characters")


def _flag() -> Any:
    return Field(False, description="true or false")


_Text = Annotated[str, AfterValidator(_printable)]


class _Limits(RulesTable):
    predict_seconds: float | None = number_field(None, 1.0, _LONGEST_RUN)
    answer_seconds: float | None = number_field(None, 1.0, _LONGEST_RUN)
    """How `predict_seconds` was called before."""
    train_seconds: float | None = number_field(None, 1.0, _LONGEST_RUN)


class _Problem(_Limits):
    weight: float | None = number_field(None, 0.001, 1_000_000.0)
    data: _Text | None = _text(None)
    canvas: _Text | None = _text(None)
    deadline: DateAndTime = None
    folder: _Text | None = _text(None)
    """Of a problem that is no part of tfprep, beside cohort.toml: see `problems/folders.py`."""
    edition: _Text | None = _text(None)
    """How `data` was called before."""
    bands: Annotated[
        tuple[Annotated[float, Field(allow_inf_nan=False)], ...],
        Field(min_length=5, max_length=5, strict=False, description="a list of 5 numbers"),
    ] = ()


class _File(DeadlineKeys):
    name: _Text | None = _text(None, 100)
    timezone: _Text | None = _text(None)
    file_times: bool = _flag()
    attempts: AttemptPolicy = Field(AttemptPolicy.BEST, strict=False, description='"best" or "last"')
    attempt_limit: int | None = Field(None, ge=1, le=10_000, description="a whole number from 1 to 10,000")
    missing: Missing = Field(Missing.EMPTY, strict=False, description='"empty" or "zero"')
    export_total: bool = _flag()
    pass_mark: float = number_field(PASS_MARK, 0.0, 100.0)
    allow_lambda: bool | None = Field(None, description="true or false")
    """An old key: see `_GONE`."""
    allow_scripts: bool = _flag()
    secret: str | None = Field(
        None, repr=False, description=f"a text of at least {_SECRET[0]} characters that nobody guesses"
    )
    secret_file: _Text | None = _text(None)
    late: LatePenalty = LatePenalty()
    limits: _Limits = _Limits()
    exam: ExamRules = ExamRules()
    problems: dict[str, _Problem] = Field(default_factory=dict)


_TABLES: Final[Mapping[str, type[RulesTable]]] = {
    "late": LatePenalty,
    "limits": _Limits,
    "exam": ExamRules,
    "problems": _Problem,
}


def read_rules(path: Path | None = None) -> CohortRules:
    """The rules in a file; without one, the defaults.

    Raises:
        BadCohort: the file cannot be read, or a key or a value in it is refused. The message names the file,
            the table and the key, what is wanted and what was found; a secret is never in it.
    """
    if path is None:
        return CohortRules()
    return _read(path, _read_text(path))[0]


def record_rules(path: Path | None) -> tuple[CohortRules, RecordedRules]:
    """The rules in a file, and what is recorded of them, which is never the secret.

    Raises:
        BadCohort: as `read_rules`; or the secret cannot be told from the rest of the text.
    """
    if path is None:
        return CohortRules(), RecordedRules()
    text = _read_text(path)
    rules, written = _read(path, text)
    extensions = read_text(path.parent / written.extensions_file) if written.extensions_file else ""
    return rules, RecordedRules(
        str(path.absolute()), _without_secret(path, text, written), extensions, rules.secret_id
    )


def recorded_rules(record: RecordedRules) -> CohortRules:
    """The rules that were recorded, without the secret. No file is read.

    Raises:
        BadCohort: this version of tfprep does not take them any more.
    """
    if not record.text:
        return CohortRules()
    try:
        rules, _ = _read(Path(record.path), record.text, record)
    except BadCohort as error:
        remedy = "`tfprep cohort rules FILE --apply` lets a file of today count."
        what = f"This version does not take the rules that were recorded. {error}"
        raise BadCohort(what, remedy) from error
    return replace(rules, secret_id=record.secret)


def _read(path: Path, text: str, record: RecordedRules | None = None) -> tuple[CohortRules, _File]:
    """The rules in a text: of a file with what lies beside it, or of a record with nothing else."""
    written = _validate(path, _parse(path, text))
    zone = read_zone(path, written.timezone)
    secret, warnings = (None, ()) if record else _read_secret(path, written)
    due = {key: one.deadline for key, one in written.problems.items()}
    rules = CohortRules(
        name=written.name or "",
        zone=zone,
        deadlines=read_deadlines(path, zone, written, due, record.extensions if record else None),
        late=written.late,
        file_times=written.file_times,
        attempts=written.attempts,
        attempt_limit=written.attempt_limit,
        missing=written.missing,
        export_total=written.export_total,
        pass_mark=written.pass_mark,
        allow_scripts=written.allow_scripts,
        problems=_read_problems(path, written, must_exist=record is None),
        exam=_read_exam(path, written.exam, zone),
        has_exam="exam" in written.model_fields_set,
        secret=secret,
        secret_id=secret_id(secret) if secret else "",
        warnings=(*_gone_keys(path, written), *warnings),
    )
    return rules, written


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise BadCohort(f"{path} is larger than {_LARGEST // 2**20} MiB, which no cohort.toml is.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BadCohort(f"{path} cannot be read: {reason_of(error)}.") from error
    except ValueError as error:
        raise BadCohort(f"{path} is not valid TOML in UTF-8: {error}.") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    deep = (
        number_field for number_field, line in enumerate(text.splitlines(), 1) if line.count(".") > _MOST_DOTS
    )
    if number_field := next(deep, 0):
        raise BadCohort(f"{path}, line {number_field} has more than {_MOST_DOTS} dots. No key is so deep.")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCohort(f"{path} is not valid TOML in UTF-8: {error}.") from error


def _without_secret(path: Path, text: str, written: _File) -> str:
    """The text without the lines of the key `secret`."""
    if written.secret is None:
        return text
    lines, wanted = text.splitlines(keepends=True), _parse(path, text)
    wanted.pop("secret")
    for first in (place for place, line in enumerate(lines) if _SECRET_KEY.match(line)):
        for end in range(first + 1, min(first + _LONGEST_SECRET, len(lines)) + 1):
            rest = "".join([*lines[:first], *lines[end:]])
            with suppress(ValueError):
                if tomllib.loads(rest) == wanted:
                    return rest
    raise wrong(path, "secret", 'write it on a line of its own, as in secret = "…", or use secret_file')


def _validate(path: Path, values: Mapping[str, Any]) -> _File:
    try:
        return _File.model_validate(values)
    except ValidationError as error:
        # Not chained, and without pydantic's own input: a secret may stand in it.
        refused = [_refuse(path, values, one) for one in error.errors(include_input=False, include_url=False)]
    raise BadCohort("\n".join(dict.fromkeys(str(one) for one in refused)))


def _refuse(path: Path, values: Mapping[str, Any], error: Mapping[str, Any]) -> BadCohort:
    """The error for one key: what is wanted there, and what was found."""
    keys = [key for key in error["loc"] if isinstance(key, str)]
    depth = (2 if keys[0] == "problems" else 1) if keys[0] in _TABLES else 0
    table = _TABLES[keys[0]] if depth else _File
    name = ".".join(keys)
    if error["type"] == "extra_forbidden":
        return wrong(path, name, f"there is no such key. {_offer(keys[-1], table.model_fields)}")
    wanted, shown = f"a table, [{name}]", True
    if len(keys) > depth:
        field = table.model_fields[keys[depth]]
        wanted, shown = str(field.description), field.repr
    if because := str(error.get("ctx", {}).get("error", "")):
        wanted = f"{wanted}: {because}"
    found: Any = values
    for key in keys:
        found = found[key]
    return wrong(path, name, f"expected {wanted}" + (f", found {show(found)}" if shown else ""))


def _offer(key: str, known: Iterable[str]) -> str:
    today = [name for name in known if name not in _GONE]
    near = difflib.get_close_matches(key.lower(), today, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {_RENAMED.get(near[0], near[0])!r}?"
    return f"There are: {', '.join(name for name in today if name not in _RENAMED)}"


def _gone_keys(path: Path, written: _File) -> list[str]:
    """A warning for each old key that has no effect any more."""
    return [
        f"{path}: {key} has no effect any more. {instead} Remove the line."
        for key, instead in _GONE.items()
        if key in written.model_fields_set
    ]


def _read_exam(path: Path, exam: ExamRules, zone: tzinfo | None) -> ExamRules:
    opens, closes = (
        read_moment(path, f"exam.{key}", getattr(exam, key), zone) for key in ("opens", "closes")
    )
    if opens and closes and closes <= opens:
        raise wrong(path, "exam.closes", "an exam closes after it opens")
    return exam.model_copy(update={"opens": opens, "closes": closes})


def _read_problems(path: Path, written: _File, *, must_exist: bool) -> tuple[ProblemRules, ...]:
    """Those that have a table; all five where none has."""
    chosen: dict[str, ProblemRules] = {}
    tables = written.problems or {problem.id: _Problem() for problem in usual_problems()}
    for key, table in tables.items():
        name = f"problems.{key}"
        try:
            problem = _find(path, key, table)
        except UnknownProblem as error:
            raise wrong(path, name, str(error)) from error
        if problem.id in chosen:
            raise wrong(path, name, f"{problem.id} has a table already, under another of its names")
        chosen[problem.id] = ProblemRules(
            problem=problem,
            weight=float(problem.weight) if table.weight is None else table.weight,
            data_source=_read_data_source(path, name, table, must_exist=must_exist),
            canvas=table.canvas or "",
            bands=_read_bands(path, f"{name}.bands", table.bands, problem),
            predict_seconds=_read_predict_seconds(path, name, table)
            or _read_predict_seconds(path, "limits", written.limits),
            train_seconds=table.train_seconds or written.limits.train_seconds,
        )
    return tuple(
        sorted(
            chosen.values(), key=lambda one: (not one.problem.number, one.problem.number, one.problem.name)
        )
    )


def _find(path: Path, key: str, table: _Problem) -> Problem:
    """The problem of a table, in the folder that it names. Raises UnknownProblem."""
    if table.folder:
        from ..problems.folders import add_folder

        name = add_folder(path.parent / Path(table.folder).expanduser())
        if name != key:
            raise UnknownProblem(
                f"folder: the problem there is called {name}, as its folder is. Write [problems.{name}]"
            )
    return find(key)


def _read_predict_seconds(path: Path, name: str, table: _Limits) -> float | None:
    if table.predict_seconds and table.answer_seconds:
        raise wrong(
            path,
            f"{name}.answer_seconds",
            "this is the old name of predict_seconds. Keep only predict_seconds",
        )
    return table.predict_seconds or table.answer_seconds


def _read_data_source(path: Path, name: str, table: _Problem, *, must_exist: bool) -> str:
    if table.data and table.edition:
        raise wrong(path, f"{name}.edition", "this is the old name of data. Keep only data")
    written = table.data or table.edition or "auto"
    if written in _NAMED_SOURCES:
        return written
    source = (path.parent / Path(written).expanduser()).absolute()
    if must_exist and not source.exists():
        key = f"{name}.data" if table.data else f"{name}.edition"
        raise wrong(
            path,
            key,
            f"{written!r} is not auto, tfds, package or generated, and there is no file or folder {source}",
        )
    return str(source)


def _read_bands(path: Path, key: str, thresholds: Sequence[float], problem: Problem) -> tuple[Band, ...]:
    """The thresholds for the scores 1 to 5, as bands from 5 downwards."""
    try:
        return make_bands(tuple(thresholds), problem.metric)
    except ValueError as error:
        raise wrong(path, key, str(error)) from error


def _read_secret(path: Path, written: _File) -> tuple[bytes | None, tuple[str, ...]]:
    """The secret, and a warning where everybody on this machine can read it."""
    if written.secret is None and written.secret_file is None:
        return None, ()
    if written.secret is not None and written.secret_file is not None:
        raise wrong(path, "secret_file", "there is a secret already. Keep one of the two")
    file, shortest, longest = path, *_SECRET
    if written.secret is not None:
        content = written.secret.strip().encode()
        if not shortest <= len(written.secret.strip()) <= longest:
            raise wrong(path, "secret", f"expected {_File.model_fields['secret'].description}")
    else:
        file = path.parent / str(written.secret_file)
        try:
            with file.open("rb") as opened:
                content = opened.read(longest + 1).strip()
        except OSError as error:
            raise BadCohort(f"The secret's file {file} cannot be read: {reason_of(error)}.") from error
        if not shortest <= len(content) <= longest:
            raise BadCohort(f"The secret's file {file} must hold {shortest} to {longest:,} bytes.")
    public = file.stat().st_mode & stat.S_IROTH
    warning = f"Everybody on this machine can read the secret in {file}. `chmod 600 {file}` ends that."
    return _derive_key(content), (warning,) if public else ()


def _derive_key(secret: bytes) -> bytes:
    """Always the same key for one secret, and slow to find by guessing.

    Learners hold the public data, against which guesses can be tried; so each guess costs scrypt's time.
    """
    return hashlib.scrypt(secret, salt=b"tfprep cohort", n=2**14, r=8, p=1, dklen=SIZE)
