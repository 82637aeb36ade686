"""What a sitting came to: points by category, the total, and what would have made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from ..grader.records.exam import Category, ExamEnding, ExamSession, TimeCredit, counted_submission
from ..grader.scoring.card import FULL_MARKS, Fingerprints, Record
from ..problems import find

FORMAT: Final = "tfprep exam result 1"
TO_PASS: Final = 90
"""Points of a hundred."""
_NEVER: Final = "Never submitted."


@dataclass(frozen=True)
class CategoryResult:
    """What one category came to."""

    problem: str
    name: str
    title: str
    weight: float
    score: int | None
    """0 to 5; None where nothing was submitted that could be scored. It counts as 0 then."""
    points: float
    """Of the exam's hundred."""
    possible: float
    """The points that full marks would have been."""
    reason: str
    submissions: int
    seconds: float
    """The exam's time that led up to its submissions: from the submission before, in whichever category."""
    counted: int | None
    """The number of the submission that counts."""
    automatic: bool
    """It was taken from the folder when time was up."""
    data_source: str
    data: str
    """The data's fingerprint."""
    artifact: str
    grader: str
    environment: str

    @property
    def lost(self) -> float:
        """Points that were left."""
        return round(self.possible - self.points, 2)


@dataclass(frozen=True)
class ExamResult:
    """The whole result of one sitting: what the terminal, the page and the signed file are made from."""

    exam: int
    learner: str
    started: datetime
    ended: datetime
    ending: ExamEnding
    allowed: timedelta
    spent: timedelta
    returned: tuple[TimeCredit, ...]
    practice: bool
    categories: tuple[CategoryResult, ...]
    setting: str
    """The signed text of a mentor's setting; empty where the learner set the exam."""

    @property
    def total(self) -> float:
        """0 to 100."""
        return round(sum(category.points for category in self.categories), 2)

    @property
    def passed(self) -> bool:
        """Whether the total is enough."""
        return self.total >= TO_PASS

    @property
    def advice(self) -> tuple[str, ...]:
        """What would have made the difference, a sentence each."""
        return tuple(_advice(self))

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return {
            "format": FORMAT,
            "exam": self.exam,
            "learner": self.learner,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "ending": self.ending.value,
            "allowed_seconds": self.allowed.total_seconds(),
            "spent_seconds": self.spent.total_seconds(),
            "returned": [asdict(returned) for returned in self.returned],
            "practice": self.practice,
            "total": self.total,
            "to_pass": TO_PASS,
            "passed": self.passed,
            "categories": [asdict(category) for category in self.categories],
            "advice": list(self.advice),
            "setting": self.setting,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The result that `to_values` wrote. Raises KeyError, ValueError or TypeError for anything else."""
        if values["format"] != FORMAT:
            raise ValueError("another format")
        return cls(
            exam=int(values["exam"]),
            learner=str(values["learner"]),
            started=datetime.fromisoformat(values["started"]),
            ended=datetime.fromisoformat(values["ended"]),
            ending=ExamEnding(values["ending"]),
            allowed=timedelta(seconds=values["allowed_seconds"]),
            spent=timedelta(seconds=values["spent_seconds"]),
            returned=tuple(TimeCredit(**each) for each in values["returned"]),
            practice=bool(values["practice"]),
            categories=tuple(CategoryResult(**each) for each in values["categories"]),
            setting=str(values["setting"]),
        )


def compute(
    sitting: ExamSession, records: Mapping[int, Record], ending: ExamEnding, ended: datetime
) -> ExamResult:
    """The result of a sitting that ends now. `records` are its submissions by number, as they were graded."""
    weights = sum(category.weight for category in sitting.plan.categories)
    seconds = time_by_category(sitting)
    return ExamResult(
        exam=sitting.number,
        learner=sitting.learner,
        started=sitting.started,
        ended=ended,
        ending=ending,
        allowed=sitting.clock.allowed,
        spent=min(sitting.clock.spent, sitting.clock.allowed),
        returned=sitting.returned,
        practice=sitting.plan.practice,
        categories=tuple(
            _category(category, sitting, records, weights, seconds[category.problem])
            for category in sitting.plan.categories
        ),
        setting=sitting.plan.config,
    )


def time_by_category(sitting: ExamSession) -> dict[str, float]:
    """Seconds by problem: the time since the submission before, whichever that was, is the submission's."""
    seconds = {category.problem: 0.0 for category in sitting.plan.categories}
    before = 0.0
    for entry in sitting.submissions:
        if not entry.automatic:
            seconds[entry.problem] += max(0.0, entry.at.total_seconds() - before)
            before = max(before, entry.at.total_seconds())
    return {problem: round(spent, 1) for problem, spent in seconds.items()}


def _category(
    category: Category, sitting: ExamSession, records: Mapping[int, Record], weights: float, seconds: float
) -> CategoryResult:
    problem = find(category.problem)
    entries = sitting.submissions_of(category.problem)
    entry = counted_submission(entries)
    card = None if entry is None else records[entry.number].card
    prints = (card and card.fingerprints) or Fingerprints("", category.data, "", "")
    possible = 100 * category.weight / weights
    score = None if card is None else card.score
    return CategoryResult(
        problem=category.problem,
        name=problem.name,
        title=problem.title,
        weight=category.weight,
        score=score,
        points=round(possible * (score or 0) / FULL_MARKS, 2),
        possible=round(possible, 2),
        reason=_NEVER if card is None else card.reason,
        submissions=len(entries),
        seconds=seconds,
        counted=None if entry is None else entry.number,
        automatic=entry is not None and entry.automatic,
        data_source=category.data_source,
        data=prints.data,
        artifact=prints.artifact,
        grader=prints.grader,
        environment=prints.environment,
    )


def _advice(result: ExamResult) -> list[str]:
    short = round(TO_PASS - result.total, 2)
    open_ones = sorted((each for each in result.categories if each.lost), key=lambda each: -each.lost)
    told = (
        [_passed(result)]
        if result.passed
        else [f"{short:g} points were missing.", *_enough(open_ones, short)]
    )
    told += [
        f"{each.name}: {each.lost:g} of {each.possible:g} points were left. {each.reason}"
        for each in open_ones
    ]
    left = result.allowed - result.spent
    if not result.passed and left > result.allowed / 20:
        told.append(f"It was finished with {in_words(left)} left.")
    return told


def _passed(result: ExamResult) -> str:
    return f"Passed with {round(result.total - TO_PASS, 2):g} points to spare."


def _enough(open_ones: list[CategoryResult], short: float) -> list[str]:
    """The fewest categories whose full marks would have been enough."""
    chosen: list[CategoryResult] = []
    for category in open_ones:
        chosen.append(category)
        if sum(each.lost for each in chosen) >= short:
            names = " and ".join(each.name for each in chosen)
            return [f"Full marks in {names} would have been enough."]
    return []


def in_words(time: timedelta) -> str:
    """For example "4 h 05 min", "12 min 30 s", "12 min" or "40 s"."""
    seconds = round(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if seconds % 60 == 0 and minutes:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
