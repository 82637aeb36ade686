"""What is matched so far, and what is not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from ...classroom.sources.source import shown_path
from ...classroom.sources.units import Parts, Unit
from ...grader.records.cohort import Unmatched
from . import Draft
from .choosing import NamedUnit
from .owner import NamedOwner, OwnerKey


@dataclass(frozen=True)
class Matched:
    """One attempt: a learner, a problem and a file or SavedModel."""

    learner: str
    problem: str
    unit: Unit
    """With its whole path in the source."""
    order: int = 0
    """Among the attempts of this learner at this problem, from the oldest."""
    handed_in: datetime | None = None
    """When it was handed in, where the platform or its worksheet has it."""
    is_late: bool | None = None
    is_platforms: bool = False
    """Whether a platform packed it: then its file has the time of the download."""
    stamp: Parts = ()
    """Where nbgrader writes when this was handed in; empty for what nbgrader did not collect."""


@dataclass
class Matches:
    """What is matched so far, and what is not."""

    matched: list[Matched] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    models: dict[tuple[str, str], list[NamedUnit]] = field(default_factory=lambda: defaultdict(list))
    """By learner and problem."""
    others: dict[tuple[str, str], list[NamedUnit]] = field(default_factory=lambda: defaultdict(list))
    """Files where a model is expected that do not look like one, by learner and problem."""
    rest: dict[Parts, list[NamedUnit]] = field(default_factory=lambda: defaultdict(list))
    """All other files, by the folder that names their learner."""
    with_work: set[Parts] = field(default_factory=set)
    """Such folders in which a model or a script was found."""
    workers: set[OwnerKey] = field(default_factory=set)
    """Of whom a file was found that they meant to be graded, as paths name them."""

    settled: dict[Parts, tuple[NamedOwner, Parts]] = field(default_factory=dict)
    """What the paths tell of units that a mentor has placed, and the containers above these."""

    def refuse(
        self,
        unit: Unit,
        why: str,
        to_do: str,
        whose: tuple[str, str] = ("", ""),
        when: datetime | None = None,
    ) -> None:
        """Lists a unit. `whose`: the ids of the learner and the problem that may be meant."""
        self.drafts.append(Draft(*whose, shown_path(unit.parts), why, to_do, when))

    @property
    def unmatched(self) -> list[Unmatched]:
        """What is not matched, without what may be meant."""
        return [Unmatched(draft.path, draft.why, draft.learner, draft.problem) for draft in self.drafts]
