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
from typing import Any, Final, Self

from ...files.text import counted
from . import Attachment

TO_PASS: Final = 90
"""Points of a hundred that pass an exam."""
NONE = timedelta()
_WIDEST = timedelta(days=3_650)
"""A larger gap between two clocks says no more."""


@dataclass(frozen=True)
class ClockReading:
    """The machine's clocks at one moment."""

    when: datetime
    """The calendar, in UTC."""
    boot: str
    """Identifies this start of the machine; empty where the machine does not tell."""
    steady: float
    """Seconds since the machine started, sleep included where it tells."""
    shown: datetime | None = None
    """What the calendar showed, where `when` is a later moment that was seen before."""
    off: timedelta = NONE
    """By how much the calendar is ahead of what the kernel wrote down: below zero where it is behind."""


@dataclass(frozen=True)
class Clock:
    """The time allowed, the time used up to the last reading, and that reading."""

    allowed: timedelta
    last_reading: ClockReading
    used: timedelta = NONE
    returned: timedelta = NONE
    """Of the time used: what was given back."""
    paused: bool = False
    drift: timedelta = NONE
    """By how much the calendar ran ahead of the counter since the machine started; below zero: behind it."""
    gap: timedelta = NONE
    """The most by which the two ever disagreed: the machine was paused, or its calendar was set."""
    restarts: int = 0
    """How often the machine was started anew between two readings: the calendar alone tells how long it was
    off."""

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
        before = self.last_reading
        passed = NONE if self.paused else elapsed(before, now)
        # The latest moment stays: a calendar that was set back and put right again costs nothing twice.
        reading = replace(now, when=max(before.when, now.when), shown=now.when)
        showed, drift = before.shown or before.when, NONE
        is_same = bool(before.boot) and before.boot == now.boot
        if is_same:
            drift = self.drift + (now.when - showed) - timedelta(seconds=now.steady - before.steady)
        set_back = max(NONE, showed - now.when)
        gap = max(self.gap, min(max(abs(drift), abs(now.off), NONE if is_same else set_back), _WIDEST))
        restarts = self.restarts + (bool(before.boot and now.boot) and not is_same)
        used = self.used + passed
        return replace(self, used=used, last_reading=reading, drift=drift, gap=gap, restarts=restarts)

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
            "drift": self.drift.total_seconds(),
            "gap": self.gap.total_seconds(),
            "restarts": self.restarts,
            "when": self.last_reading.when.astimezone(UTC).isoformat(),
            "boot": self.last_reading.boot,
            "steady": self.last_reading.steady,
            "shown": None if self.last_reading.shown is None else self.last_reading.shown.isoformat(),
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The clock that `to_values` wrote.

        Raises:
            KeyError, ValueError, TypeError: for anything else.
        """
        when = datetime.fromisoformat(values["when"]).astimezone(UTC)
        shown = values.get("shown")
        return cls(
            allowed=timedelta(seconds=values["allowed"]),
            last_reading=ClockReading(
                when,
                str(values["boot"]),
                float(values["steady"]),
                None if shown is None else datetime.fromisoformat(shown).astimezone(UTC),
            ),
            used=timedelta(seconds=values["used"]),
            returned=timedelta(seconds=values["returned"]),
            paused=bool(values["paused"]),
            drift=timedelta(seconds=values.get("drift", 0.0)),
            gap=timedelta(seconds=values.get("gap", 0.0)),
            restarts=int(values.get("restarts", 0)),
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


def restarted(times: int) -> str:
    """What it means that the machine was started anew so often during an exam."""
    return (
        f"The machine was restarted {counted(times, 'time')} meanwhile: how long it was off, its calendar "
        "alone says."
    )


class ExamEnding(StrEnum):
    """How an exam ended."""

    FINISHED = "finished"
    TIME_UP = "time_up"
    ABANDONED = "abandoned"
    """Given up, or it could not be ended in another way."""


@dataclass(frozen=True)
class PlannedProblem:
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
    predict_seconds: float | None = None
    """How long a model may run; None leaves it to the problem."""
    train_seconds: float | None = None


@dataclass(frozen=True)
class ExamPlan:
    """What was decided before the clock started, and does not change."""

    folder: Path
    """The exam's folder, with a workspace for each category."""
    categories: tuple[PlannedProblem, ...]
    practice: bool = False
    """Chosen at the start: the clock may be paused."""
    config: str = ""
    """The signed text of a mentor's rules; empty where the learner planned the exam."""
    mentor: str = ""
    """The public key of the mentor who grades what is handed in; empty where this home grades it."""
    begun_by: str = ""
    """Who began it, as the home calls them: a mentor's rules may give them another name."""

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self) | {"folder": str(self.folder)}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The plan that `to_values` wrote."""
        categories = tuple(PlannedProblem(**category) for category in values["categories"])
        return cls(
            Path(values["folder"]),
            categories,
            bool(values["practice"]),
            str(values["config"]),
            str(values.get("mentor", "")),
            str(values.get("begun_by", "")),
        )


@dataclass(frozen=True)
class TimeCredit:
    """Time given back because a fault was ours."""

    seconds: float
    why: str
    until: float | None = None
    """The exam's seconds, those given back included, when the failure ended; None of an earlier version."""


def fresh_seconds(earlier: Sequence[TimeCredit], begin: float, end: float) -> float:
    """The seconds from `begin` to `end`, without those that lie in an earlier failure.

    Commands that fail side by side cost their time once.
    """
    taken = sorted((each.until - each.seconds, each.until) for each in earlier if each.until is not None)
    fresh, at = 0.0, begin
    for start, stop in taken:
        if start > at:
            fresh += max(0.0, min(start, end) - at)
        at = max(at, stop)
    return fresh + max(0.0, end - at)


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
    saved: float | None = None
    """Of one that was taken automatically: when the file system says that it was saved, in POSIX seconds."""


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
    saved: float | None = None


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
    """The result as JSON; an earlier version's is signed. Empty before the end, and where a mentor grades."""

    @property
    def running(self) -> bool:
        """Whether it has not been ended. Its time may be up: then it waits to be ended."""
        return self.ended is None

    def submissions_of(self, problem: str) -> tuple[ExamSubmission, ...]:
        """The submissions of one category, oldest first."""
        return tuple(submission for submission in self.submissions if submission.problem == problem)

    def category_at(self, place: Path) -> PlannedProblem | None:
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

    def seconds_by_problem(self) -> dict[str, float]:
        """The time since the submission before, whichever problem's that was, is the submission's."""
        seconds = {category.problem: 0.0 for category in self.plan.categories}
        before = 0.0
        for entry in self.submissions:
            if not entry.automatic:
                seconds[entry.problem] += max(0.0, entry.at.total_seconds() - before)
                before = max(before, entry.at.total_seconds())
        return {problem: round(spent, 1) for problem, spent in seconds.items()}


def counted_submission(submissions: Sequence[ExamSubmission]) -> ExamSubmission | None:
    """The submission that counts: the last one that could be scored; without any, the last one."""
    scored = [submission for submission in submissions if submission.score is not None]
    return next(reversed(scored or submissions), None)
