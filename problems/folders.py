"""Where problems of others lie: a folder with a `problem.toml` each, anywhere, outside of tfprep.

They are looked for in the folders that TFPREP_PROBLEMS names, in the package of each entry point
`tfprep.problems`, and in `problems/` of the home. What a cohort.toml names is added. A place is a problem's
folder, or a folder of such folders. What cannot be used is told, and is in nobody's way.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..errors import UnknownProblem
from ..home import Home
from .problem import Problem

FILE: Final = "problem.toml"
VARIABLE: Final = "TFPREP_PROBLEMS"
GROUP: Final = "tfprep.problems"
_NAME: Final = re.compile(r"[a-z]{3,30}")
_TAKEN: Final = frozenset(
    {
        *("model", "mymodel", "submission", "final", "best", "starter", "problem", "category", "reference"),
        *("data", "train", "test", "validation", "public", "hidden", "check", "start", "auto", "own"),
    }
)
"""Words that say something else in the path of a submission, or in a command."""
_added: dict[str, Path] = {}
"""What a cohort.toml named in this process, by name."""


@dataclass(frozen=True)
class FolderProblem(Problem):
    """A problem that its folder's `problem.toml` declares. Its folder's name is its name, and its id."""

    place: Path = Path()

    @property
    def id(self) -> str:
        """Its name."""
        return self.name

    @property
    def number(self) -> int:
        """0: it has none."""
        return 0

    @property
    def call(self) -> str:
        """Its name."""
        return self.name

    @property
    def listed(self) -> str:
        """Its name."""
        return self.name

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.place.name

    @property
    def folder(self) -> Path:
        """Where its files stand."""
        return self.place


@dataclass(frozen=True)
class Found:
    """The problem folders there are."""

    folders: dict[str, Path] = field(default_factory=dict)
    """By name."""
    unusable: tuple[str, ...] = ()
    """A sentence on each place and folder that is not taken."""


def check_name(name: str) -> str:
    """The name, where a problem may have it.

    Raises:
        UnknownProblem: it is none of 3 to 30 small letters, or a word with another meaning.
    """
    if not _NAME.fullmatch(name):
        raise UnknownProblem(
            f"{name!r} cannot be a problem's name: it is the name of its folder, of 3 to 30 letters a to z."
        )
    if name in _TAKEN:
        raise UnknownProblem(
            f"{name!r} cannot be a problem's name: in commands and paths it means another thing."
        )
    return name


def add_folder(folder: Path) -> str:
    """Make a problem's folder known in this process. Gives its name.

    Raises:
        UnknownProblem: there is no problem in it, or it cannot have this name.
    """
    if not (folder / FILE).is_file():
        raise UnknownProblem(f"There is no {FILE} in {folder}.")
    name = check_name(folder.name)
    _added[name] = folder.resolve()
    return name


def find_folders(taken: frozenset[str]) -> Found:
    """Every problem folder; of two with one name the first.

    Args:
        taken: the names of tfprep's own problems.
    """
    folders: dict[str, Path] = dict(_added)
    unusable: list[str] = []
    for place in _places():
        inside = _problems_in(place)
        if inside is None:
            unusable.append(f"{place} is no folder. {VARIABLE} or a package names it.")
        for folder in inside or ():
            if folder.name in taken:
                unusable.append(f"{folder} has the name of a problem of tfprep. Give it another one.")
            elif folders.setdefault(folder.name, folder) != folder:
                first = folders[folder.name]
                unusable.append(f"{folder} is not taken: {first} has the same name. Give one another name.")
    return Found(folders, tuple(unusable))


def read_folder(folder: Path) -> FolderProblem:
    """The problem in a folder.

    Raises:
        UnknownProblem: it cannot be used; the message names the file and the key.
    """
    check_name(folder.name)
    try:
        file = (folder / FILE).stat()
    except OSError as error:
        raise UnknownProblem(f"There is no {FILE} in {folder}.") from error
    return _read(folder, file.st_mtime_ns, file.st_size)


@cache
def _read(folder: Path, changed: int, size: int) -> FolderProblem:
    from .problem_file import read_problem  # pydantic takes its time

    return read_problem(folder)


def _places() -> Iterator[Path]:
    named = os.environ.get(VARIABLE, "")
    yield from (Path(place).expanduser() for place in named.split(os.pathsep) if place.strip())
    yield from _packages(tuple(sys.path))
    own = Home.find().problems
    if own.is_dir():
        yield own


@cache
def _packages(path: tuple[str, ...]) -> tuple[Path, ...]:
    """The folders that installed packages name; looking through all of them takes a while."""
    return tuple(_package(point) for point in entry_points(group=GROUP))


def _package(point: EntryPoint) -> Path:
    """The folder of the package that an entry point names; nothing of it is run but its parents."""
    try:
        spec = find_spec(point.value)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else Path(point.value)


def _problems_in(place: Path) -> list[Path] | None:
    """The place itself, or the folders in it that declare a problem; None where it is no folder."""
    try:
        if (place / FILE).is_file():
            return [place.resolve()]
        return sorted(path.parent.resolve() for path in place.glob(f"*/{FILE}")) if place.is_dir() else None
    except OSError:
        return None
