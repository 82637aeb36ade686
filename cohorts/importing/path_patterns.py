"""The names in a path: which learner, which problem, and which kind of file. Nothing is opened.

learner/problem3/mymodel.h5, learner/model_problem3.h5   folders per learner
problem3/learner/mymodel.h5                              folders per problem, learners in them
Ada Lovelace_12345_assignsubmission_file/mymodel.h5      Moodle, in folders (older ones end in `file_`)
Ada Lovelace_12345_assignsubmission_file_mymodel.h5      without: the name, the worksheet's number
lovelaceada_LATE_4711_98765_model-1.h5                   Canvas: name, person's id, file's id

These names are written by Moodle (mod_assign, downloader.php) and Canvas (content_zipper.rb). The latter puts
`anon_` and letters instead of name and id where an assignment is anonymous, and adds `-1` to the name of a
file that was handed in again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Final

from ...files.text import match_key, one_line
from ...problems import Problem

Parts = tuple[str, ...]
"""A path's parts, from the top."""

_MOODLE: Final = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.S
)
_CANVAS: Final = re.compile(
    r"(?:(?P<name>\w+?)_(?:LATE_)?(?P<number>\d+)|(?:LATE_)?(?P<anonymous>anon_[A-Za-z0-9]+))"
    r"_\d+_(?P<file>.+)",
    re.S,
)
_AGAIN: Final = re.compile(r"(?P<stem>.*)-(?P<count>\d{1,3})", re.S)
_PROBLEM: Final = re.compile(r"problem[\s_.-]*([0-9]{1,4})(?![0-9])")
_WORD: Final = re.compile(r"[a-z]+")
_JUNK_FOLDERS: Final = frozenset({"__macosx", ".git", ".ipynb_checkpoints", "__pycache__", ".venv"})
_JUNK_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".tfprep.toml"})
_COMPANIONS: Final = frozenset({"starter.py", "statement.md", "history.csv", "readme.md", "readme.txt"})
"""Files of a workspace beside the model."""
_MODEL_ENDS: Final = (".h5", ".hdf5", ".keras", ".zip", ".tar.gz", ".tgz", ".tar")
_LONGEST_NAME: Final = 512


class Kind(Enum):
    """What a file is by its name. What it really is, the grader finds out."""

    MODEL = "model"
    SCRIPT = "script"
    COMPANION = "companion"
    OTHER = "other"


class NamedBy(Enum):
    """Who wrote the part of the path that names a learner."""

    PERSON = "person"
    MOODLE = "moodle"
    CANVAS = "canvas"


@dataclass(frozen=True)
class NamedOwner:
    """The learner that a path names, and the parts that may name the problem."""

    named_by: NamedBy
    name: str
    number: str = ""
    """The platform's number for this person."""
    rest_of_path: Parts = ()
    resubmission: int = 0
    """Canvas's count of how often this file was handed in before."""


def is_junk(parts: Parts) -> bool:
    """Whether an operating system, an editor or tfprep itself made this file."""
    name = parts[-1].casefold()
    folders = {part.casefold() for part in parts[:-1]}
    return bool(folders & _JUNK_FOLDERS) or name in _JUNK_FILES or name.startswith(("._", "~$"))


def kind_of(name: str) -> Kind:
    """What a file is by its name."""
    low = name.casefold()
    if low.endswith(_MODEL_ENDS):
        return Kind.OTHER if low.endswith(".weights.h5") else Kind.MODEL
    if low in _COMPANIONS and not low.endswith(".py"):
        return Kind.COMPANION
    return Kind.SCRIPT if low.endswith(".py") else Kind.OTHER


def owner_of(parts: Parts, aliases: Aliases) -> NamedOwner | None:
    """The learner that a path names; None where it names none."""
    first, rest_of_path = parts[0], parts[1:]
    if owner := _moodle(first, rest_of_path) or _canvas(first, rest_of_path):
        return owner
    if not rest_of_path:
        return None
    if _is_container(first, rest_of_path, aliases):
        inner = owner_of(rest_of_path, aliases)
        return inner and replace(inner, rest_of_path=(first, *inner.rest_of_path))
    return NamedOwner(NamedBy.PERSON, without_zip(first), rest_of_path=rest_of_path)


def without_zip(part: str) -> str:
    """A path's part without the `.zip` of an archive that was opened."""
    return part[:-4] if part[-4:].casefold() == ".zip" else part


def _is_container(first: str, rest_of_path: Parts, aliases: Aliases) -> bool:
    """Whether the top folder holds every learner's files for one problem."""
    if _moodle(rest_of_path[0], rest_of_path[1:]):
        return True
    if aliases.is_problem(first):
        return len(rest_of_path) == 1 or not aliases.is_problem(rest_of_path[0])
    return bool(aliases.named((first,))) and _canvas(rest_of_path[0], rest_of_path[1:]) is not None


def _moodle(first: str, rest_of_path: Parts) -> NamedOwner | None:
    found = _MOODLE.fullmatch(first)
    if found is None or found["kind"] != "file" or not (rest_of_path or found["file"]):
        return None
    named = (found["file"], *rest_of_path) if found["file"] else rest_of_path
    return NamedOwner(NamedBy.MOODLE, found["name"], found["number"], named)


def _canvas(first: str, rest_of_path: Parts) -> NamedOwner | None:
    found = _CANVAS.fullmatch(first)
    if found is None:
        return None
    name = found["name"] or found["anonymous"]
    number = found["number"] or found["anonymous"]
    stem, dot, end = found["file"].partition(".")
    resubmission = _AGAIN.fullmatch(stem)
    file = found["file"] if resubmission is None else f"{resubmission['stem']}{dot}{end}"
    return NamedOwner(
        NamedBy.CANVAS,
        name,
        number,
        (file, *rest_of_path),
        0 if resubmission is None else int(resubmission["count"]),
    )


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
    kind: Kind
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
    """One unit for each file, and one for each folder that holds `marker`, with its `wanted` entries."""
    files = list(paths)
    roots = {parts[:-1] for parts in files if parts[-1] == marker and len(parts) > 1}
    members: dict[Parts, list[Parts]] = {}
    single: list[Unit] = []
    for parts in files:
        above = (parts[:cut] for cut in range(1, len(parts)) if parts[:cut] in roots)
        root = next((root for root in above if parts[len(root)] in wanted), None)
        if root is None:
            single.append(Unit(parts, kind_of(parts[-1])))
        else:
            members.setdefault(root, []).append(parts)
    return single + [Unit(root, Kind.MODEL, tuple(found)) for root, found in members.items()]


def too_long(parts: Parts) -> bool:
    """Whether a path has a name longer than any that a person chose."""
    return any(len(part) > _LONGEST_NAME for part in parts)
