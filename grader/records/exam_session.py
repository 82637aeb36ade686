"""One sitting of an exam: what was set before it began, what was handed in, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from .attachment import Attachment
from .clock import Clock


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
