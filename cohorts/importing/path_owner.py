"""Reads the learner that a path names: as a platform writes it, or in a clone's, folder's or file's name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ...classroom.sources.units import Parts, without_zip
from .containers import ReadOwner
from .layouts import drive, read_platform, teams
from .layouts.gradescope import read_without_list
from .owner import NamedBy, NamedOwner
from .path_patterns import Aliases, learner_in
from .roster_index import RosterIndex

_ENDS: Final = 8
"""So many places in a repository's name may be where the learner's begins."""


class PathReader:
    """Reads paths.

    Args:
        index: the roster.
        aliases: the problems' names.
        clones: the folders that are clones of a repository.
        submissions: Gradescope's list of who handed in what, as a layout; None where there is none.
    """

    def __init__(
        self, index: RosterIndex, aliases: Aliases, clones: Collection[Parts], submissions: ReadOwner | None
    ) -> None:
        self._index, self._aliases, self.clones = index, aliases, frozenset(clones)
        names = [parts[-1] for parts in self.clones if parts]
        self._common = _common_prefix(names) if index.is_open else ""
        layouts = (read_platform, submissions, read_without_list)
        self._layouts = [read for read in layouts if read is not None]

    def read_platform(self, parts: Parts) -> NamedOwner | None:
        """The learner that a platform wrote into the first part of a path; None where none did."""
        return next((owner for read in self._layouts if (owner := read(parts))), None)

    def owner(self, above: Parts, parts: Parts) -> NamedOwner | None:
        """The learner that the rest of a path names, below its containers."""
        if owner := self.read_platform(parts):
            return owner
        if len(parts) == 1:
            return self._file_owner(above, parts[0])
        first, version = without_zip(parts[0]), teams.version_of(parts[1:])
        if (*above, parts[0]) not in self.clones:
            return NamedOwner(NamedBy.PERSON, first, rest_of_path=parts[1:], attempt=version)
        if self._index.is_open:
            first = first.removeprefix(self._common) or first
        words = first.split("-")
        ends = tuple("-".join(words[cut:]) for cut in range(1, len(words)))[:_ENDS]
        return NamedOwner(NamedBy.CLONE, first, rest_of_path=(parts[0], *parts[1:]), other_names=ends)

    def _file_owner(self, above: Parts, name: str) -> NamedOwner | None:
        """The learner whom a file's name names that is in nobody's folder: `ada_problem1.h5`."""
        learner = learner_in(name, self._aliases)
        file = drive.split_name(name)[1]
        if not learner:
            return None
        # Some write the title first: "Homework 3 - Ada Lovelace.h5".
        ends = (file.rpartition(".")[0],) if file != name else ()
        return NamedOwner(NamedBy.FILE, learner, rest_of_path=(name,), other_names=ends)


def _common_prefix(names: list[str]) -> str:
    """What all clones' names begin with, up to a hyphen: the assignment, where there are several clones."""
    if len(names) < 2:
        return ""
    least, most = min(names), max(names)
    shared = next((i for i, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), len(least))
    return least[: least.rfind("-", 0, shared) + 1]
