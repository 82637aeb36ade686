"""What a path says: whose it is, for which problem, and what kind of thing lies there. Names only.

learner/problem3/mymodel.h5, learner/model_problem3.h5   folders per learner
problem3/learner/mymodel.h5                              folders per problem, learners in them
Ada Lovelace_12345_assignsubmission_file/mymodel.h5      Moodle, in folders (older ones end in `file_`)
Ada Lovelace_12345_assignsubmission_file_mymodel.h5      without: the name, the worksheet's number
lovelaceada_LATE_4711_98765_model-1.h5                   Canvas: name, person's id, file's id

So they are written by Moodle (mod_assign, downloader.php) and Canvas (content_zipper.rb). The latter puts
`anon_` and letters in the place of name and id where an assignment is anonymous, and `-1` behind what was
handed in again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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
_LITTER_FOLDERS: Final = frozenset({"__macosx", ".git", ".ipynb_checkpoints", "__pycache__", ".venv"})
_LITTER_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".tfprep.toml"})
_COMPANIONS: Final = frozenset({"starter.py", "statement.md", "history.csv", "readme.md", "readme.txt"})
"""What lies in a workspace beside a model."""
_MODEL_ENDS: Final = (".h5", ".hdf5", ".keras", ".zip", ".tar.gz", ".tgz", ".tar")
_LONGEST_NAME: Final = 512


class Kind(Enum):
    """What a name looks like. What it is, the grader finds out."""

    MODEL = "model"
    SCRIPT = "script"
    COMPANION = "companion"
    OTHER = "other"


class NamedBy(Enum):
    """Who chose the name by which a learner is called."""

    PERSON = "person"
    MOODLE = "moodle"
    CANVAS = "canvas"


@dataclass(frozen=True)
class NamedOwner:
    """What a path says of its owner, and the parts that may tell the problem."""

    voice: NamedBy
    name: str
    number: str = ""
    """A platform's."""
    rest: Parts = ()
    again: int = 0
    """Canvas's count of the same file handed in again."""


def is_litter(parts: Parts) -> bool:
    """Whether an operating system, an editor or tfprep itself left this behind."""
    name = parts[-1].casefold()
    folders = {part.casefold() for part in parts[:-1]}
    return bool(folders & _LITTER_FOLDERS) or name in _LITTER_FILES or name.startswith(("._", "~$"))


def kind_of(name: str) -> Kind:
    """What a file's name looks like."""
    low = name.casefold()
    if low.endswith(_MODEL_ENDS):
        return Kind.OTHER if low.endswith(".weights.h5") else Kind.MODEL
    if low in _COMPANIONS and not low.endswith(".py"):
        return Kind.COMPANION
    return Kind.SCRIPT if low.endswith(".py") else Kind.OTHER


def whose(parts: Parts, aliases: Aliases) -> NamedOwner | None:
    """Whose a thing is by its path; None where that is not told."""
    first, rest = parts[0], parts[1:]
    if said := _moodle(first, rest) or _canvas(first, rest):
        return said
    if not rest:
        return None
    if _is_container(first, rest, aliases):
        inner = whose(rest, aliases)
        return (
            None
            if inner is None
            else NamedOwner(inner.voice, inner.name, inner.number, (first, *inner.rest), inner.again)
        )
    return NamedOwner(NamedBy.PERSON, without_zip(first), rest=rest)


def without_zip(part: str) -> str:
    """The name of a zip that was looked into, as that of a folder."""
    return part[:-4] if part[-4:].casefold() == ".zip" else part


def _is_container(first: str, rest: Parts, aliases: Aliases) -> bool:
    """Whether the top is no learner's, but holds what all learners handed in for one problem."""
    if _moodle(rest[0], rest[1:]):
        return True
    if aliases.is_problem(first):
        return len(rest) == 1 or not aliases.is_problem(rest[0])
    return bool(aliases.told((first,))) and _canvas(rest[0], rest[1:]) is not None


def _moodle(first: str, rest: Parts) -> NamedOwner | None:
    found = _MOODLE.fullmatch(first)
    if found is None or found["kind"] != "file" or not (rest or found["file"]):
        return None
    told = (found["file"], *rest) if found["file"] else rest
    return NamedOwner(NamedBy.MOODLE, found["name"], found["number"], told)


def _canvas(first: str, rest: Parts) -> NamedOwner | None:
    found = _CANVAS.fullmatch(first)
    if found is None:
        return None
    name = found["name"] or found["anonymous"]
    number = found["number"] or found["anonymous"]
    stem, dot, end = found["file"].partition(".")
    again = _AGAIN.fullmatch(stem)
    file = found["file"] if again is None else f"{again['stem']}{dot}{end}"
    return NamedOwner(
        NamedBy.CANVAS, name, number, (file, *rest), 0 if again is None else int(again["count"])
    )


class Aliases:
    """How the problems may be named in a path. What was looked at once is remembered: folders repeat."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._ids = {problem.name: problem.id for problem in problems}
        self._whole = {f"{identity}_{name}" for name, identity in self._ids.items()} | set(self._ids)
        self.is_problem = cache(self._is_problem)
        """Whether a folder is called like a problem, and like nothing else: "Problem 3", "flowers"."""
        self._named_in = cache(self._find_names)

    def told(self, rest: Parts) -> frozenset[str]:
        """Every problem that the parts name, by id; also of those that there are not."""
        return frozenset().union(*map(self._named_in, rest))

    def told_by_number(self, rest: Parts) -> frozenset[str]:
        """Of `learner/3/mymodel.h5`: a folder that is called by nothing but a problem's number."""
        numbers = {f"problem{int(part)}" for part in rest[:-1] if re.fullmatch(r"[1-9][0-9]?", part)}
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
    """One thing that may be handed in: a file, or a folder that is a SavedModel."""

    parts: Parts
    kind: Kind
    members: tuple[Parts, ...] = field(default=(), repr=False)
    """Of a folder: its files."""

    @property
    def found_at(self) -> str:
        """Fit to be shown."""
        return one_line("/".join(self.parts), 240)

    def below(self, folder: Parts) -> Unit:
        """The same thing, as it is called from further up."""
        return Unit((*folder, *self.parts), self.kind, tuple((*folder, *parts) for parts in self.members))


def gather_units(paths: Iterable[Parts], marker: str, wanted: frozenset[str]) -> list[Unit]:
    """Files as they are; each folder with a file called `marker` as one thing, with its `wanted` entries."""
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
