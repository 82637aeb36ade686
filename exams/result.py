"""The result of an exam: points by category, the total, and what would have made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..grader.records.exam import Category, ExamEnding, ExamSession, TimeCredit, counted_submission
from ..grader.scoring.card import FULL_MARKS, Fingerprints, Record
from ..problems import find
from .config import Moment, Name, Number, SignedValues, Text

FORMAT: Final = "tfprep exam result 1"
TO_PASS: Final = 90
"""Points of a hundred."""
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Points = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=2**53)]
_NEVER: Final = "Never submitted."


def _in_bounds(returned: tuple[TimeCredit, ...]) -> tuple[TimeCredit, ...]:
    if not all(0 <= each.seconds <= 1e9 for each in returned):
        raise ValueError("time given back is less than nothing, or without end")
    return returned


class CategoryResult(BaseModel):
    """The result of one category."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)
    problem: Name
    name: Name
    title: Name
    weight: Number
    score: Annotated[int, Field(ge=0, le=FULL_MARKS)] | None
    """0 to 5; None where nothing was submitted that could be scored. It counts as 0 then."""
    points: Points
    """Of the exam's hundred."""
    possible: Points
    """The points that full marks would have been."""
    reason: Text
    submissions: Count
    seconds: Seconds
    """The exam's time that led up to its submissions: from the submission before, in whichever category."""
    counted: Count | None
    """The number of the submission that counts."""
    automatic: bool
    """It was taken from the folder when time was up."""
    data_source: Text = Field(validation_alias="edition", serialization_alias="edition")
    data: Name
    """The data's fingerprint."""
    artifact: Name
    scoring: Name = Field(validation_alias="grader", serialization_alias="grader")
    """`ScoringSpec.digest`."""
    environment: Text

    @property
    def lost(self) -> float:
        """Points that were left."""
        return round(self.possible - self.points, 2)


class ExamResult(SignedValues):
    """The whole result of one exam: what the terminal, the page and the signed file are made from."""

    what: ClassVar = "exam result"
    format: Literal["tfprep exam result 1"] = FORMAT
    exam: Count
    """The exam's number in its learner's ledger."""
    learner: Name
    started: Moment
    ended: Moment
    ending: ExamEnding
    allowed_seconds: Seconds
    spent_seconds: Seconds
    returned: Annotated[tuple[TimeCredit, ...], Field(max_length=10_000), AfterValidator(_in_bounds)]
    practice: bool
    categories: Annotated[tuple[CategoryResult, ...], Field(max_length=100)]
    config: str = Field(validation_alias="setting", serialization_alias="setting")
    """The signed text of a mentor's exam configuration; empty where the learner planned the exam."""

    @property
    def allowed(self) -> timedelta:
        """The time that was allowed."""
        return timedelta(seconds=self.allowed_seconds)

    @property
    def spent(self) -> timedelta:
        """The time that was used."""
        return timedelta(seconds=self.spent_seconds)

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
        """As plain values that JSON can hold: what a signature covers, with what follows from the fields."""
        return super().to_values() | {
            "total": self.total,
            "to_pass": TO_PASS,
            "passed": self.passed,
            "advice": list(self.advice),
        }


def compute(
    session: ExamSession, records: Mapping[int, Record], ending: ExamEnding, ended: datetime
) -> ExamResult:
    """The result of an exam that ends now. `records` are its submissions by number, as they were graded."""
    weights = sum(category.weight for category in session.plan.categories)
    seconds = time_by_category(session)
    return ExamResult(
        exam=session.number,
        learner=session.learner,
        started=session.started,
        ended=ended,
        ending=ending,
        allowed_seconds=session.clock.allowed.total_seconds(),
        spent_seconds=min(session.clock.spent, session.clock.allowed).total_seconds(),
        returned=session.returned,
        practice=session.plan.practice,
        categories=tuple(
            _category(category, session, records, weights, seconds[category.problem])
            for category in session.plan.categories
        ),
        config=session.plan.config,
    )


def time_by_category(session: ExamSession) -> dict[str, float]:
    """Seconds by problem: the time since the submission before, whichever that was, is the submission's."""
    seconds = {category.problem: 0.0 for category in session.plan.categories}
    before = 0.0
    for entry in session.submissions:
        if not entry.automatic:
            seconds[entry.problem] += max(0.0, entry.at.total_seconds() - before)
            before = max(before, entry.at.total_seconds())
    return {problem: round(spent, 1) for problem, spent in seconds.items()}


def _category(
    category: Category, session: ExamSession, records: Mapping[int, Record], weights: float, seconds: float
) -> CategoryResult:
    problem = find(category.problem)
    entries = session.submissions_of(category.problem)
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
        scoring=prints.scoring,
        environment=prints.environment,
    )


def _advice(result: ExamResult) -> list[str]:
    short = round(TO_PASS - result.total, 2)
    not_full = sorted((each for each in result.categories if each.lost), key=lambda each: -each.lost)
    if result.passed:
        sentences = [f"Passed with {round(result.total - TO_PASS, 2):g} points to spare."]
    else:
        sentences = [f"{short:g} points were missing.", *_enough(not_full, short)]
    sentences += [
        f"{each.name}: {each.lost:g} of {each.possible:g} points were left. {each.reason}"
        for each in not_full
    ]
    left = result.allowed - result.spent
    if not result.passed and left > result.allowed / 20:
        sentences.append(f"It was finished with {in_words(left)} left.")
    return sentences


def _enough(not_full: list[CategoryResult], short: float) -> list[str]:
    """The fewest categories whose full marks would have been enough."""
    chosen: list[CategoryResult] = []
    for category in not_full:
        chosen.append(category)
        if sum(each.lost for each in chosen) >= short:
            names = " and ".join(each.name for each in chosen)
            return [f"Full marks in {names} would have been enough."]
    return []


def points_follow(result: ExamResult) -> bool:
    """Whether the points are those that the scores and weights come to, as `compute` counts them."""
    weights = sum(each.weight for each in result.categories)
    return all(
        round(100 * each.weight / weights, 2) == each.possible
        and round(100 * each.weight / weights * (each.score or 0) / FULL_MARKS, 2) == each.points
        for each in result.categories
        if weights
    )


def in_words(time: timedelta) -> str:
    """For example "4 h 05 min", "12 min 30 s", "12 min" or "40 s"."""
    seconds = round(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if seconds % 60 == 0 and minutes:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
