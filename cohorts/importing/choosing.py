"""Of several files of one learner for one problem: which are attempts, and which one is handed in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ...classroom.sources.source import NotFetched
from ...classroom.sources.units import Parts, PathKind, Unit
from .layouts.drive import split_name
from .owner import NamedBy, NamedOwner

_STARTERS_NAME: Final = re.compile(
    r"(?:copy of |kopie von |copie de |copia de |salinan )?mymodel"
    r"(?:[ _-]*(?:\(\d+\)|copy|kopie|copie|copia|salinan)(?: ?\(?\d+\)?)?|[ _-]\d{1,3})?"
)
"""What every starter calls the model, and says not to change; and a copy, which may be newer or older.

Canvas and Safari write "-1" at the end of a name that there is already, and macOS " 2".
"""
_MOST_READ: Final = 20
"""So many files of one learner for one problem are compared byte by byte."""

Digest = Callable[[Unit], bytes]
"""What only units of equal bytes share. Raises NotFetched."""
AttemptKey = tuple[int, datetime]


@dataclass(frozen=True)
class NamedUnit:
    """A unit, and the learner and problems that its path names."""

    unit: Unit
    """With its whole path in the source."""
    owner: NamedOwner
    problems: frozenset[str]
    above: Parts = ()
    """The containers above it, which no learner made."""

    @property
    def file(self) -> str:
        """The file's own name, without what a platform wrote before it."""
        rest = self.owner.rest_of_path
        name = rest[-1] if rest else self.unit.parts[-1]
        return split_name(name)[1] if self.owner.named_by is NamedBy.FILE else name

    @property
    def attempt(self) -> AttemptKey:
        """By what attempts are told apart and ordered, where a platform counts or dates them."""
        when = self.owner.handed_in or datetime.min
        return self.owner.attempt, when.replace(tzinfo=UTC) if when.tzinfo is None else when


def choose_attempts(candidates: Sequence[NamedUnit], digest: Digest) -> list[NamedUnit]:
    """One candidate for each attempt, oldest first; nothing where it is not clear which one is handed in."""
    models = [one for one in candidates if one.unit.kind is PathKind.MODEL] or list(candidates)
    platforms = {one.owner.named_by for one in models}
    if len(platforms) > 1:
        return _one(models, digest)
    if platforms == {NamedBy.CANVAS}:
        # Canvas counts each file name of its own, so two names are no two attempts.
        models = _of_one_name(models)
        if len({one.owner.rest_of_path for one in models}) > 1:
            return _one(models, digest)
    attempts: dict[AttemptKey, list[NamedUnit]] = defaultdict(list)
    for one in models:
        attempts[one.attempt].append(one)
    chosen = [_one(attempts[key], digest) for key in sorted(attempts)]
    return [one for (one,) in chosen] if all(chosen) else []


def _one(candidates: list[NamedUnit], digest: Digest) -> list[NamedUnit]:
    """The one that is handed in: the only one, the one that bears the starter's name, or equal bytes."""
    for some in (_called_mymodel(candidates), candidates):
        if len(some) == 1 or (some and _are_equal(some, digest)):
            return [min(some, key=lambda one: (len(one.unit.parts), one.unit.parts))]
        if some:
            break
    return []


def _called_mymodel(candidates: list[NamedUnit]) -> list[NamedUnit]:
    return [one for one in candidates if _STARTERS_NAME.fullmatch(one.file.casefold().partition(".")[0])]


def _of_one_name(candidates: list[NamedUnit]) -> list[NamedUnit]:
    preferred = _called_mymodel(candidates)
    names = {one.owner.rest_of_path for one in preferred}
    return preferred if len(names) == 1 else candidates


def _are_equal(candidates: list[NamedUnit], digest: Digest) -> bool:
    if len(candidates) > _MOST_READ:
        return False
    try:
        return len({digest(one.unit) for one in candidates}) == 1
    except NotFetched:
        return False
