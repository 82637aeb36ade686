"""An exam as the ledger keeps it: its clock, its plan, what was submitted, and how it ended."""

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
class Reading:
    """One look at the machine's clocks."""

    when: datetime
    """The calendar, in UTC."""
    boot: str
    """Which start of the machine this is; empty where it does not tell."""
    steady: float
    """Seconds since the machine started, sleep included where it tells."""


@dataclass(frozen=True)
class Clock:
    """Time allowed, time used up to the last look, and that look."""

    allowed: timedelta
    seen: Reading
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
        """When the time is up, or was, by the calendar of the last look, which said `when`."""
        return when + self.allowed - self.spent

    def at(self, now: Reading) -> Self:
        """The clock after another look. While it is paused, nothing is used."""
        passed = NONE if self.paused else passed_between(self.seen, now)
        # The latest moment ever seen stays: a calendar set back and put right again costs nothing twice.
        latest = max(self.seen.when, now.when)
        return replace(self, used=self.used + passed, seen=replace(now, when=latest))

    def pause(self, now: Reading) -> Self:
        """Stands still from now on."""
        return replace(self.at(now), paused=True)

    def resume(self, now: Reading) -> Self:
        """Runs again from now on."""
        return replace(self.at(now), paused=False)

    def give_back(self, time: timedelta) -> Self:
        """Time that a fault of ours cost; never more than was used."""
        return replace(self, returned=self.returned + min(max(time, NONE), self.spent))


def passed_between(before: Reading, after: Reading) -> timedelta:
    """At least how much time went by between two looks. Never negative.

    Without a restart between them: exactly what the steady counter says. Else, or where the machine does not
    tell: what the calendar says, and never less than the counter proves.
    """
    counted = max(NONE, timedelta(seconds=after.steady - before.steady))
    if before.boot and before.boot == after.boot:
        return counted
    calendar = max(NONE, after.when - before.when)
    proved = timedelta(seconds=after.steady) if before.boot and after.boot else counted
    return max(calendar, proved)


def to_values(clock: Clock) -> dict[str, Any]:
    """The clock as plain values that JSON can hold."""
    return {
        "allowed": clock.allowed.total_seconds(),
        "used": clock.used.total_seconds(),
        "returned": clock.returned.total_seconds(),
        "paused": clock.paused,
        "when": clock.seen.when.astimezone(UTC).isoformat(),
        "boot": clock.seen.boot,
        "steady": clock.seen.steady,
    }


def from_values(values: Mapping[str, Any]) -> Clock:
    """The clock that `to_values` wrote. Raises KeyError, ValueError or TypeError for anything else."""
    return Clock(
        allowed=timedelta(seconds=values["allowed"]),
        seen=Reading(
            datetime.fromisoformat(values["when"]).astimezone(UTC),
            str(values["boot"]),
            float(values["steady"]),
        ),
        used=timedelta(seconds=values["used"]),
        returned=timedelta(seconds=values["returned"]),
        paused=bool(values["paused"]),
    )


class ExamEnding(StrEnum):
    """How a sitting ended."""

    FINISHED = "finished"
    TIME_UP = "time_up"


@dataclass(frozen=True)
class Category:
    """One problem of an exam, and the data it is asked on."""

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
class Plan:
    """What was set before the clock started, and does not change."""

    folder: Path
    """The exam's folder, with a workspace for each category."""
    categories: tuple[Category, ...]
    practice: bool = False
    """Chosen at the start: the clock may be paused."""
    setting: str = ""
    """The signed text of a mentor's setting; empty where the learner set the exam."""

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return {
            "folder": str(self.folder),
            "categories": [asdict(category) for category in self.categories],
            "practice": self.practice,
            "setting": self.setting,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The plan that `to_values` wrote."""
        categories = tuple(Category(**category) for category in values["categories"])
        return cls(Path(values["folder"]), categories, bool(values["practice"]), str(values["setting"]))


@dataclass(frozen=True)
class Returned:
    """Time given back because a fault was ours."""

    seconds: float
    why: str


@dataclass(frozen=True)
class ExamEntry(Attachment):
    """What makes a submission one of a sitting: kept in the submission's own transaction."""

    sitting: int
    at: float
    """Seconds of the exam that were used when it was handed in."""
    automatic: bool
    """Taken from the folder when time was up."""
    fault: str
    """The class of the fault; empty where it was scored."""


@dataclass(frozen=True)
class Entry:
    """A submission of a sitting."""

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
    plan: Plan
    started: datetime
    clock: Clock
    returned: tuple[Returned, ...] = ()
    entries: tuple[Entry, ...] = ()
    """Oldest first."""
    ended: datetime | None = None
    ending: ExamEnding | None = None
    result: str = ""
    """The signed result; empty before the end."""

    @property
    def running(self) -> bool:
        """Whether it has not been ended. Its time may be up: then it waits to be settled."""
        return self.ended is None

    def entries_of(self, problem: str) -> tuple[Entry, ...]:
        """The submissions of one category, oldest first."""
        return tuple(entry for entry in self.entries if entry.problem == problem)

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


def counted(entries: Sequence[Entry]) -> Entry | None:
    """The submission that counts: the last one that could be scored; without any, the last one."""
    scored = [entry for entry in entries if entry.score is not None] or list(entries)
    return scored[-1] if scored else None
