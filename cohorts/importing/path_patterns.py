"""What a path says beside whose it is: which problem, and which kind of file. Nothing is opened."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Final

from ...files.text import match_key, one_line
from ...grader.submission.model_names import KERAS_ENTRIES, is_keras_folder
from ...problems import Problem

Parts = tuple[str, ...]
"""A path's parts, from the top."""

_PROBLEM: Final = re.compile(r"problem[\s_.-]*([0-9]{1,4})(?![0-9])")
_WORD: Final = re.compile(r"[a-z]+")
_WORD_OR_REST: Final = re.compile(r"[a-z]+|[^a-z]+")
_COMPANIONS: Final = frozenset(
    {
        *("starter.py", "statement.md", "history.csv", "readme.md", "readme.txt", "readme", "license"),
        *("requirements.txt", "timestamp.txt", "index.html", "submission_metadata.yml"),
        *("cohort.toml", "roster.csv", "manifest.csv", "not-placed.csv"),
    }
)
"""Files of a workspace, a repository or a mentor, and lists of a platform, beside the models."""
_MODEL_ENDS: Final = (".h5", ".hdf5", ".keras", ".zip", ".tgz", ".tar", ".gz")
_LONGEST_NAME: Final = 512


class PathKind(Enum):
    """What a file is by its name. What it really is, the grader finds out."""

    MODEL = "model"
    SCRIPT = "script"
    COMPANION = "companion"
    OTHER = "other"


def kind_of(name: str) -> PathKind:
    """What a file is by its name."""
    low = name.casefold()
    if low.endswith(_MODEL_ENDS):
        return PathKind.OTHER if low.endswith(".weights.h5") else PathKind.MODEL
    if low in _COMPANIONS and not low.endswith(".py"):
        return PathKind.COMPANION
    return PathKind.SCRIPT if low.endswith(".py") else PathKind.OTHER


def without_zip(part: str) -> str:
    """A path's part without the `.zip` of an archive that was opened."""
    return part[:-4] if part[-4:].casefold() == ".zip" else part


class Aliases:
    """How the problems may be named in a path. Results are cached: folders repeat."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._ids = {problem.name: problem.id for problem in problems}
        self._whole = {f"{identity}_{name}" for name, identity in self._ids.items()} | set(self._ids)
        self.is_problem = cache(self._is_problem)
        """Whether a folder's name is a problem's name and nothing more: "Problem 3", "flowers"."""
        self._named_in = cache(self._find_names)

    def named(self, rest_of_path: Parts) -> frozenset[str]:
        """The ids of every problem that the parts name; also of problems that do not exist."""
        return frozenset().union(*map(self._named_in, rest_of_path))

    def numbered(self, rest_of_path: Parts) -> frozenset[str]:
        """Of `learner/3/mymodel.h5`: the problem whose number is a folder's whole name."""
        numbers = {f"problem{int(part)}" for part in rest_of_path[:-1] if re.fullmatch(r"[1-9][0-9]?", part)}
        return frozenset(numbers & set(self._ids.values()))

    def without(self, part: str) -> str:
        """The part without what names a problem: "ada_problem1" is "ada_"."""
        words = _WORD_OR_REST.findall(_PROBLEM.sub(" ", match_key(part)))
        return "".join(" " if word in self._ids else word for word in words)

    def _is_problem(self, part: str) -> bool:
        plain = re.sub(r"[\W_]+", "_", match_key(without_zip(part))).strip("_")
        return plain in self._whole or _PROBLEM.fullmatch(plain.replace("_", " ")) is not None

    def _find_names(self, part: str) -> frozenset[str]:
        low = match_key(part)
        numbers = {f"problem{int(number)}" for number in _PROBLEM.findall(low)}
        return frozenset(numbers | {self._ids[word] for word in _WORD.findall(low) if word in self._ids})


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
            single.append(Unit(parts, kind_of(parts[-1])))
        else:
            members.setdefault(root, []).append(parts)
    return single + [Unit(root, PathKind.MODEL, tuple(found)) for root, found in members.items()]


def too_long(parts: Parts) -> bool:
    """Whether a path has a name longer than any that a person chose."""
    return any(len(part) > _LONGEST_NAME for part in parts)
