"""An exam as the ledger keeps it: its clock, its plan, what was submitted, and how it ended.

The clock keeps the time that was used, not a moment at which all is over, so neither a closed terminal nor a
change of the time zone matters. Between two readings without a restart of the machine, its monotonic counter
tells how much time passed: setting the calendar changes nothing. Over a restart the counter begins anew, and
the calendar tells; where it was set back, at least the time since the restart has passed. So the time left
never grows, except for time that is given back because a fault was ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from . import Attachment

NONE = timedelta()


@dataclass(frozen=True)
class ClockReading:
    """The machine's clocks at one moment."""

    when: datetime
    """The calendar, in UTC."""
    boot: str
    """Identifies this start of the machine; empty where the machine does not tell."""
    steady: float
    """Seconds since the machine started, sleep included where it tells."""


@dataclass(frozen=True)
class Clock:
    """The time allowed, the time used up to the last reading, and that reading."""

    allowed: timedelta
    last_reading: ClockReading
    used: timedelta = NONE
    returned: timedelta = NONE
    """Of the time used: what was given back."""
    paused: bool = False

    @property
    def spent(self) -> timedelta:
        """What counts as used."""
        return self.used - self.returned

    @property
    def left(self) -> timedelta:
        """What is left; nothing once it is over."""
        return max(NONE, self.allowed - self.spent)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return not self.left

    def end(self, when: datetime) -> datetime:
        """When the time is up, or was, by the calendar of the last reading, which was `when`."""
        return when + self.allowed - self.spent

    def at(self, now: ClockReading) -> Self:
        """The clock after another reading. While it is paused, no time is used."""
        passed = NONE if self.paused else elapsed(self.last_reading, now)
        # The latest moment stays: a calendar that was set back and put right again costs nothing twice.
        latest = max(self.last_reading.when, now.when)
        return replace(self, used=self.used + passed, last_reading=replace(now, when=latest))

    def pause(self, now: ClockReading) -> Self:
        """Stands still from now on."""
        return replace(self.at(now), paused=True)

    def resume(self, now: ClockReading) -> Self:
        """Runs again from now on."""
        return replace(self.at(now), paused=False)

    def give_back(self, time: timedelta) -> Self:
        """Time that a fault of ours cost; never more than was used."""
        return replace(self, returned=self.returned + min(max(time, NONE), self.spent))

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return {
            "allowed": self.allowed.total_seconds(),
            "used": self.used.total_seconds(),
            "returned": self.returned.total_seconds(),
            "paused": self.paused,
            "when": self.last_reading.when.astimezone(UTC).isoformat(),
            "boot": self.last_reading.boot,
            "steady": self.last_reading.steady,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The clock that `to_values` wrote.

        Raises:
            KeyError, ValueError, TypeError: for anything else.
        """
        when = datetime.fromisoformat(values["when"]).astimezone(UTC)
        return cls(
            allowed=timedelta(seconds=values["allowed"]),
            last_reading=ClockReading(when, str(values["boot"]), float(values["steady"])),
            used=timedelta(seconds=values["used"]),
            returned=timedelta(seconds=values["returned"]),
            paused=bool(values["paused"]),
        )


def elapsed(before: ClockReading, after: ClockReading) -> timedelta:
    """At least how much time passed between two readings. Never negative.

    Without a restart between them: exactly what the monotonic counter says. Else, or where the machine does
    not tell: what the calendar says, and never less than the counter proves.
    """
    counted = max(NONE, timedelta(seconds=after.steady - before.steady))
    if before.boot and before.boot == after.boot:
        return counted
    calendar = max(NONE, after.when - before.when)
    proved = timedelta(seconds=after.steady) if before.boot and after.boot else counted
    return max(calendar, proved)


class ExamEnding(StrEnum):
    """How an exam ended."""

    FINISHED = "finished"
    TIME_UP = "time_up"


@dataclass(frozen=True)
class Category:
    """One problem of an exam, and the data it is graded on."""

    problem: str
    """The problem's id."""
    folder: str
    """The workspace's name inside the exam's folder."""
    data_source: str
    data: str
    """The data's fingerprint."""
    weight: float
    """Any positive number: only the ratios count."""


@dataclass(frozen=True)
class ExamPlan:
    """What was decided before the clock started, and does not change."""

    folder: Path
    """The exam's folder, with a workspace for each category."""
    categories: tuple[Category, ...]
    practice: bool = False
    """Chosen at the start: the clock may be paused."""
    config: str = ""
    """The signed text of a mentor's exam configuration; empty where the learner planned the exam."""

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self) | {"folder": str(self.folder)}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The plan that `to_values` wrote."""
        categories = tuple(Category(**category) for category in values["categories"])
        return cls(Path(values["folder"]), categories, bool(values["practice"]), str(values["config"]))


@dataclass(frozen=True)
class TimeCredit:
    """Time given back because a fault was ours."""

    seconds: float
    why: str


@dataclass(frozen=True)
class ExamAttachment(Attachment):
    """What makes a submission one of an exam: stored in the submission's own transaction."""

    session: int
    """The exam session's number."""
    at: float
    """Seconds of the exam that were used when it was submitted."""
    automatic: bool
    """Taken from the folder when time was up."""
    fault: str
    """The class of the fault; empty where it was scored."""


@dataclass(frozen=True)
class ExamSubmission:
    """A submission of an exam, as the ledger gives it back."""

    number: int
    """The submission's."""
    problem: str
    digest: str
    score: int | None
    fault: str
    at: timedelta
    automatic: bool


@dataclass(frozen=True)
class ExamSession:
    """Everything the ledger keeps of one exam of one learner."""

    number: int
    learner: str
    plan: ExamPlan
    started: datetime
    clock: Clock
    returned: tuple[TimeCredit, ...] = ()
    submissions: tuple[ExamSubmission, ...] = ()
    """Oldest first."""
    ended: datetime | None = None
    ending: ExamEnding | None = None
    result: str = ""
    """The signed result; empty before the end."""

    @property
    def running(self) -> bool:
        """Whether it has not been ended. Its time may be up: then it waits to be ended."""
        return self.ended is None

    def submissions_of(self, problem: str) -> tuple[ExamSubmission, ...]:
        """The submissions of one category, oldest first."""
        return tuple(submission for submission in self.submissions if submission.problem == problem)

    def category_at(self, place: Path) -> Category | None:
        """The category whose workspace `place` is, or lies in."""
        place = place.resolve()
        for category in self.plan.categories:
            folder = (self.plan.folder / category.folder).resolve()
            if place == folder or folder in place.parents:
                return category
        return None

    def asks(self, problem: str) -> bool:
        """Whether the problem is one of this exam's."""
        return any(category.problem == problem for category in self.plan.categories)


def counted_submission(submissions: Sequence[ExamSubmission]) -> ExamSubmission | None:
    """The submission that counts: the last one that could be scored; without any, the last one."""
    scored = [submission for submission in submissions if submission.score is not None]
    return next(reversed(scored or submissions), None)
