"""The groups of a roster, by their names as platforms and people write them.

Platforms take characters out of names, so that two groups may be written alike: then neither is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ...classroom.moodle_words import clean_name, has_column
from ...files.text import listed, match_key, one_line, word_characters
from ...grader.records.cohort import Learner
from .owner import NamedBy, NoMatch

_WAYS: Final = (match_key, clean_name, word_characters)
"""In which a name may be written; each takes more characters out of it."""
_FIRST: Final = {NamedBy.MOODLE: 1, NamedBy.CANVAS: 2}
"""Of these ways, the first in which a platform writes."""


class Groups:
    """Who is in which group, by the ids of learners."""

    def __init__(self) -> None:
        self._members: dict[str, set[str]] = defaultdict(set)
        self._written: list[dict[str, set[str]]] = [defaultdict(set) for _ in _WAYS]
        """For each way of writing: the groups that are written so."""

    def add(self, learner: Learner) -> None:
        """Notes the groups in somebody's row."""
        for group in map(match_key, _names_in(learner.columns)):
            self._members[group].add(learner.id)
        for group in _names_in(learner.columns):
            for write, groups in zip(_WAYS, self._written, strict=True):
                groups[write(group)].add(match_key(group))

    def members(
        self, *names: str, by: NamedBy = NamedBy.PERSON, among: Collection[str] = ()
    ) -> frozenset[str]:
        """The members of the group that one of the names means; empty where there is none.

        Args:
            names: what a path may call it; the first that is a group's counts.
            by: who wrote them.
            among: ids that a platform's number names: of groups that are written alike, it is one of theirs.

        Raises:
            NoMatch: several groups are written like this.
        """
        for name in names:
            for write, groups in list(zip(_WAYS, self._written, strict=True))[_FIRST.get(by, 0) :]:
                if found := groups.get(write(name)):
                    return self._only(found, name, among)
        return frozenset()

    def _only(self, found: set[str], name: str, among: Collection[str]) -> frozenset[str]:
        theirs = {group for group in found if self._members[group].intersection(among)}
        if len(groups := theirs or found) > 1:
            several = listed(map(repr, sorted(groups)))
            raise NoMatch(f"{one_line(name)!r} may be any of the groups {several}.")
        return frozenset(self._members[next(iter(groups))])


def _names_in(columns: Mapping[str, str]) -> Iterable[str]:
    """The groups in somebody's row: the whole cell, and the parts of a list in it."""
    cell = columns.get(has_column(columns, "groups"), "").strip()
    yield from {cell, *map(str.strip, cell.split(","))} - {""}
