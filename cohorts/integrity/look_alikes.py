"""Look-alikes as groups: who should be asked whether they worked together, with the numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from .similarity import EXACT, Pair, Similarity

HONEST_PAIRS: Final = {Similarity.NEAR: 18_550, Similarity.MISTAKES: 33_990}
"""So many pairs of models trained apart were compared, and none was named: see design/similarity.md."""
MOST_TOLD: Final = 5
"""Of the pairs of a group with one kind of evidence, so many are told, the surest first."""


@dataclass(frozen=True)
class GroupMember:
    """A learner of a group."""

    learner: str
    """Their id."""
    numbers: tuple[int, ...]
    """Of the records that are alike."""
    handed_in: datetime | None
    """The first of those; None where one of the times is not known."""


@dataclass(frozen=True)
class GroupLikeness:
    """What some of a group have in common."""

    kind: Similarity
    learners: tuple[str, ...]
    text: str
    measure: float


@dataclass(frozen=True)
class Group:
    """Learners whose submissions to a problem are alike, each to at least one other's."""

    problem: str
    members: tuple[GroupMember, ...]
    """By hand-in time where it is known for all, else by their ids."""
    likenesses: tuple[GroupLikeness, ...]
    """The surest first, never empty."""
    untold: int
    """Pairs of the group with weights or mistakes alike that `likenesses` leaves out."""
    together: tuple[tuple[str, ...], ...] = ()
    """The ids of those who handed in one work together: among them nothing is asked."""

    @property
    def first(self) -> str | None:
        """The id of who handed in first, or of one who did so with others; None where nobody can say."""
        return self.firsts[0].learner if self.firsts else None

    @property
    def firsts(self) -> tuple[GroupMember, ...]:
        """Who handed in first, and the next who did not hand in with them; empty where nobody can say."""
        first = self.members[0]
        partners = {first.learner}.union(*(each for each in self.together if first.learner in each))
        others = [each for each in self.members if each.learner not in partners]
        if any(each.handed_in is None for each in self.members) or not others:
            return ()
        return () if first.handed_in == others[0].handed_in else (first, others[0])


def find_groups(pairs: Sequence[Pair]) -> tuple[Group, ...]:
    """Whoever is alike to somebody of a group belongs to it. Groups are in the order of their first pairs."""
    return tuple(_group(each) for each in _connected(pairs))


def _connected(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs that have learners in common, directly or by others."""
    group_of: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        old = {id(group): group for key in _keys(pair) if (group := group_of.get(key)) is not None}
        merged = [*chain.from_iterable(old.values()), pair]
        for each in merged:
            group_of.update(dict.fromkeys(_keys(each), merged))
    groups = {id(group): group for group in group_of.values()}.values()
    place = {id(pair): place for place, pair in enumerate(pairs)}
    inside = [sorted(group, key=lambda pair: place[id(pair)]) for group in groups]
    return sorted(inside, key=lambda group: place[id(group[0])])


def _keys(pair: Pair) -> list[tuple[str, str]]:
    return [(pair.problem, learner) for learner in pair.learners]


def _group(pairs: Sequence[Pair]) -> Group:
    members = _members(pairs)
    order = [each.learner for each in members]
    exact: list[list[GroupLikeness]] = []
    other: list[list[GroupLikeness]] = []
    for kind in Similarity:
        of_kind = [pair for pair in pairs if any(each.kind is kind for each in pair.evidence)]
        told = _same(of_kind, kind, order) if kind in EXACT else _like(of_kind, kind)
        (exact if kind in EXACT else other).append(told)
    shown = [told[:MOST_TOLD] for told in other]
    untold = sum(len(each[MOST_TOLD:]) for each in other)
    groups = dict.fromkeys(frozenset(group) for pair in pairs for group in pair.groups if group)
    together = [tuple(each for each in order if each in group) for group in groups]
    known = tuple(each for each in together if len(each) > 1)
    return Group(pairs[0].problem, members, tuple(chain(*exact, *shown)), untold, known)


def _members(pairs: Sequence[Pair]) -> tuple[GroupMember, ...]:
    submitted: dict[str, dict[int, datetime | None]] = defaultdict(dict)
    for pair in pairs:
        for learner, number, when in zip(pair.learners, pair.numbers, pair.handed_in, strict=True):
            submitted[learner][number] = when
    members = [
        GroupMember(learner, tuple(sorted(times)), _earliest(list(times.values())))
        for learner, times in submitted.items()
    ]
    latest = datetime.max.replace(tzinfo=UTC)
    known = all(each.handed_in is not None for each in members)
    return tuple(
        sorted(members, key=lambda each: ((each.handed_in or latest) if known else latest, each.learner))
    )


def _earliest(times: Sequence[datetime | None]) -> datetime | None:
    known = [when for when in times if when is not None]
    return min(known) if len(known) == len(times) else None


def _same(pairs: Sequence[Pair], kind: Similarity, order: Sequence[str]) -> list[GroupLikeness]:
    """One for all who have the same."""
    found = []
    for group in _connected(pairs):
        learners = {learner for pair in group for learner in pair.learners}
        (evidence,) = (each for each in group[0].evidence if each.kind is kind)
        found.append(
            GroupLikeness(kind, tuple(each for each in order if each in learners), evidence.text, 1.0)
        )
    return found


def _like(pairs: Sequence[Pair], kind: Similarity) -> list[GroupLikeness]:
    """One for each two works, whether of one learner or of a group, the surest first."""
    found: dict[tuple[frozenset[str], ...], GroupLikeness] = {}
    for pair in pairs:
        owners = [
            group or frozenset({learner}) for group, learner in zip(pair.groups, pair.learners, strict=True)
        ]
        for each in (each for each in pair.evidence if each.kind is kind):
            key = tuple(sorted(owners, key=sorted))
            told = found.setdefault(key, GroupLikeness(kind, (), each.text, each.measure))
            learners = tuple(dict.fromkeys((*told.learners, *pair.learners)))
            found[key] = replace(told, learners=learners)
    return sorted(found.values(), key=lambda each: -each.measure)
