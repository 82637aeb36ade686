"""By what each learner of a class is meant, and nobody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..grader.records.cohort import Learner


def own_names(learners: Iterable[Learner]) -> Mapping[str, tuple[str, ...]]:
    """By each learner's id: it, and the address and name that nobody else has."""
    people = list(learners)
    owners: dict[str, set[str]] = defaultdict(set)
    for one in people:
        for name in one.known_as:
            owners[_key(name)].add(one.id)
    return {
        one.id: tuple(name for name in one.known_as if name == one.id or len(owners[_key(name)]) == 1)
        for one in people
    }


def _key(name: str) -> str:
    return name.strip().casefold()
