"""Where a cohort stands: what counts for whom, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..scoring.card import Record
from .learner import Learner


@dataclass(frozen=True)
class Override:
    """A mentor's own score, kept beside the machine's."""

    score: float
    """0 to 5."""
    reason: str
    by: str
    when: datetime


@dataclass(frozen=True)
class Result:
    """What one learner has in one problem."""

    problem: str
    """The problem's id, as in `Problem.id`."""
    counted: Record | None = None
    """The attempt that counts; None where nothing was handed in that could be recorded."""
    attempts: tuple[Record, ...] = ()
    """All of them, oldest first."""
    handed_in: datetime | None = None
    """When the counted attempt was handed in, where the layout tells it."""
    late_by: timedelta | None = None
    """Beyond deadline and grace; None where it was in time, or where there is no deadline."""
    penalty: float = 0.0
    """The share of the score that lateness costs, 0 to 1."""
    override: Override | None = None
    points: float = 0.0
    """0 to 5: what the problem counts after override and penalty."""

    @property
    def machine(self) -> int | None:
        """The grader's own score of the counted attempt; None where there is none."""
        return None if self.counted is None else self.counted.card.score


@dataclass(frozen=True)
class LearnerResult:
    """Everything one learner has."""

    learner: Learner
    results: tuple[Result, ...]
    """One for each of the cohort's problems, in their order."""
    total: float
    """0 to 100: the weighted points."""


@dataclass(frozen=True)
class Unplaced:
    """Something in the folder that could not be placed: which, and why. It is listed, never guessed."""

    place: str
    why: str


@dataclass(frozen=True)
class Pending:
    """A submission without a result yet: not graded so far, or the fault was ours and no attempt was used."""

    learner: str
    problem: str
    place: str
    why: str


@dataclass(frozen=True)
class Cohort:
    """A cohort's whole state: what every page, table and export is made from."""

    name: str
    problems: tuple[str, ...]
    """Their ids."""
    weights: tuple[float, ...]
    """As many as problems; any positive numbers, only their ratios count."""
    standings: tuple[LearnerResult, ...]
    unplaced: tuple[Unplaced, ...] = ()
    pending: tuple[Pending, ...] = ()
    deadline: datetime | None = None
