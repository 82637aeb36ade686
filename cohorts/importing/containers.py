"""Folders that hold learners' folders or files and are nobody's own: a wrapper, a problem's, a platform's.

submissions/ada/problem3/mymodel.h5       a wrapper: the one folder that everything is in
problem3/ada/mymodel.h5                   a problem's
CS101-Problem 3.zip/Ada_1_assign…/…       a platform's download in a folder
submitted/ada/…, Submitted files/Ada/…    where nbgrader and Teams put what was handed in
week1/ada/…, week2/ada/…                  folders that the roster does not know, of people whom it knows
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ...classroom.sources.units import Parts, PathKind, path_kind, without_zip
from .layouts.drive import is_part
from .layouts.teams import HAND_INS
from .owner import NamedOwner
from .path_patterns import Aliases, learner_in
from .roster_index import RosterIndex

if TYPE_CHECKING:
    from .path_owner import PathReader

_DEPTH: Final = 4
"""So many containers may stand in each other."""

ReadOwner = Callable[[Parts], NamedOwner | None]


class Containers:
    """The containers among a source's paths.

    Args:
        paths: every file's.
        name: the source's own name, without `.zip`.
        index: the roster.
        aliases: the problems' names.
        reader: tells whom a platform wrote into a path, and which folders are clones of a repository.
    """

    def __init__(
        self, paths: Iterable[Parts], name: str, index: RosterIndex, aliases: Aliases, reader: PathReader
    ) -> None:
        self._name, self._index, self._aliases, self._read = name, index, aliases, reader.read_platform
        self._with_clones = {clone[:-1] for clone in reader.clones}
        self._containers: set[Parts] = set()
        self._dropped: set[Parts] = set()
        self._look((), list(paths))

    def split(self, parts: Parts) -> tuple[Parts, Parts]:
        """A path's containers, and the rest of it."""
        cut = 0
        while cut + 1 < len(parts) and parts[: cut + 1] in self._containers:
            cut += 1
        return parts[:cut], parts[cut:]

    def is_dropped(self, parts: Parts) -> bool:
        """Whether a path is in a folder that lies beside the hand-ins of a platform and is none of them."""
        return any(parts[: len(folder)] == folder for folder in self._dropped)  # a few at most

    def _look(self, above: Parts, paths: list[Parts]) -> None:
        """Finds the containers in one folder, and in those in turn. Each path is without `above`."""
        inside: dict[str, list[Parts]] = defaultdict(list)
        for parts in paths:
            if len(parts) > 1:
                inside[parts[0]].append(parts[1:])
        loose = any(len(parts) == 1 and _is_work(parts) for parts in paths)
        self._drop(above, inside)
        folders = {top: below for top, below in inside.items() if self._read((top, "x")) is None}
        entries = len(inside) - len(folders)
        problems = {top for top, below in folders.items() if self._is_problems(top, below)}
        others = {top: below for top, below in folders.items() if top not in problems}
        held = {
            top
            for top, below in others.items()
            if self._is_holder(top, below, len(inside) == 1 and not loose)
            or self._holds_clones((*above, top))
        }
        if entries or loose or len(held) < len(others):
            held = {top for top in held if self._aliases.named((top,)) and self._holds_entries(others[top])}
        for top in problems | held:
            self._containers.add((*above, top))
            if len(above) + 1 < _DEPTH:
                self._look((*above, top), folders[top])

    def _drop(self, above: Parts, inside: dict[str, list[Parts]]) -> None:
        """Takes out what lies beside a platform's folder of hand-ins and is none."""
        names = {top.casefold(): top for top in inside}
        beside = {other for name in HAND_INS.keys() & names.keys() for other in HAND_INS[name]}
        for other in beside & names.keys():
            if not self._index.knows(names[other]):
                self._dropped.add((*above, names[other]))
                del inside[names[other]]

    def _is_problems(self, top: str, below: list[Parts]) -> bool:
        """Whether this is a problem's folder, with learners in it and no further problem's."""
        if not self._aliases.is_problem(top) or self._index.knows(without_zip(top)):
            return False
        return not any(len(parts) > 1 and self._aliases.is_problem(parts[0]) for parts in below)

    def _is_holder(self, top: str, below: list[Parts], is_alone: bool) -> bool:
        """Whether a folder holds learners' work, rather than being a learner's."""
        if self._index.knows(without_zip(top)):
            return False
        if top.casefold() in HAND_INS or self._holds_entries(below):
            return True
        if is_part(top) or not self._index.is_open:
            return is_part(top) or self._holds_known(below)
        return is_alone and self._is_wrapper(top, below)

    def _holds_clones(self, folder: Parts) -> bool:
        """With a roster: whether clones lie in a folder that is called like nobody in it."""
        is_somebody = self._index.is_open or self._index.knows(folder[-1])
        return folder in self._with_clones and not is_somebody

    def _holds_entries(self, below: list[Parts]) -> bool:
        """Whether a platform named most of what is of use in a folder, there or in the one folder in it."""
        here = [parts for parts in below if _is_work(parts) or self._read(parts)]
        if len({parts[0] for parts in here}) == 1 and not any(map(self._read, here)):
            here = [parts[1:] for parts in here if len(parts) > 1]
        return 2 * sum(self._read(parts) is not None for parts in here) > len(here)

    def _holds_known(self, below: list[Parts]) -> bool:
        """Whether folders or files in a folder, or one further in, are called after people of the roster."""
        knows = self._index.knows
        for parts in below:
            names = [without_zip(part) for part in parts[:-1][:2]]
            if len(parts) <= 2 and _is_work(parts):
                names.append(learner_in(parts[-1], self._aliases))
            if any(map(knows, names)):
                return True
        return False

    def _is_wrapper(self, top: str, below: list[Parts]) -> bool:
        """Without a roster: whether the one folder of a source holds several people's, or has its name."""
        if any(len(parts) == 1 for parts in below if _is_work(parts)):
            return all(" - " in parts[0] for parts in below if len(parts) == 1 and _is_work(parts))
        folders = {parts[0] for parts in below if len(parts) > 1}
        if any(self._aliases.named((folder,)) for folder in folders):
            return False
        return len(folders) > 1 or top == self._name


def _is_work(parts: Parts) -> bool:
    return path_kind(parts[-1]) in {PathKind.MODEL, PathKind.SCRIPT}
