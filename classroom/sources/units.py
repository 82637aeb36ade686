"""What is handed in as one thing: a file, or a folder that is a model. Only names are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ...files.text import one_line
from ...grader.submission.candidates import KERAS_ENTRIES, is_keras_folder

Parts = tuple[str, ...]
"""A path's parts, from the top."""


_KNOWN_FILES: Final = frozenset(
    {
        *("starter.py", "statement.md", "history.csv", "readme.md", "readme.txt", "readme", "license"),
        *("requirements.txt", "timestamp.txt", "index.html", "submission_metadata.yml"),
        *("cohort.toml", "roster.csv", "manifest.csv", "not-placed.csv"),
    }
)
"""Files of a workspace, a repository or a mentor, and lists of a platform, beside the models."""


_MODEL_SUFFIXES: Final = (".h5", ".hdf5", ".keras", ".zip", ".tgz", ".tar", ".gz")


_LONGEST_NAME: Final = 512


class PathKind(Enum):
    """What a file is by its name. What it really is, the grader finds out."""

    MODEL = "model"
    SCRIPT = "script"
    KNOWN_FILE = "known file"
    OTHER = "other"


def path_kind(name: str) -> PathKind:
    """What a file is by its name."""
    low = name.casefold()
    if low.endswith(_MODEL_SUFFIXES):
        return PathKind.OTHER if low.endswith(".weights.h5") else PathKind.MODEL
    if low in _KNOWN_FILES and not low.endswith(".py"):
        return PathKind.KNOWN_FILE
    return PathKind.SCRIPT if low.endswith(".py") else PathKind.OTHER


def without_zip(part: str) -> str:
    """A path's part without the `.zip` of an archive that was opened."""
    return part[:-4] if part[-4:].casefold() == ".zip" else part


@dataclass(frozen=True)
class Unit:
    """A file, or a folder that is a SavedModel."""

    parts: Parts
    kind: PathKind
    members: tuple[Parts, ...] = field(default=(), repr=False)
    """Of a folder: its files."""

    @property
    def found_at(self) -> str:
        """Its path, as it may be shown."""
        return one_line("/".join(self.parts), 240)

    def below(self, folder: Parts) -> Unit:
        """The same unit, with its path from further up."""
        return Unit((*folder, *self.parts), self.kind, tuple((*folder, *parts) for parts in self.members))


def gather_units(paths: Iterable[Parts], marker: str, wanted: frozenset[str]) -> list[Unit]:
    """One unit for each file, and one for each folder that is a model, with the entries that make it one.

    Such a folder holds `marker`, and its `wanted` entries count; or it is a .keras file that was unpacked.
    """
    files = list(paths)
    names: dict[Parts, set[str]] = defaultdict(set)
    for parts in files:
        names[parts[:-1]].add(parts[-1])
    models = {
        folder: wanted if marker in inside else KERAS_ENTRIES
        for folder, inside in names.items()
        if folder and (marker in inside or is_keras_folder(inside))
    }
    members: dict[Parts, list[Parts]] = {}
    single: list[Unit] = []
    for parts in files:
        above = (parts[:cut] for cut in range(1, len(parts)) if parts[:cut] in models)
        root = next((root for root in above if parts[len(root)] in models[root]), None)
        if root is None:
            single.append(Unit(parts, path_kind(parts[-1])))
        else:
            members.setdefault(root, []).append(parts)
    return single + [Unit(root, PathKind.MODEL, tuple(found)) for root, found in members.items()]


def too_long(parts: Parts) -> bool:
    """Whether a path has a name longer than any that a person chose."""
    return any(len(part) > _LONGEST_NAME for part in parts)
