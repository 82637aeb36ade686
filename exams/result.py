"""The result of an exam at home: points by category, the total, and what would have made the difference.

It is practice: nothing about it is signed, for who takes it also holds the clock and the grader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from ..errors import NotGenuine
from ..files.text import counted, in_words
from ..grader.records.exam import (
    TO_PASS,
    ExamEnding,
    ExamSession,
    PlannedProblem,
    TimeCredit,
    counted_submission,
)
from ..grader.scoring.card import FULL_MARKS, Fingerprints, Record
from ..problems import find
from .config import Count, Moment, Name, Number, Points, Seconds, SignedPart, SignedValues, Text

FORMAT: Final = "tfprep exam result 1"
_NEVER: Final = "Never submitted."


def in_bounds(returned: tuple[TimeCredit, ...]) -> tuple[TimeCredit, ...]:
    """Refuses time given back that is negative, or infinite."""
    for each in returned:
        if not 0 <= each.seconds <= 1e9 or len(each.why) > 20_000 or not abs(each.until or 0.0) <= 1e9:
            raise ValueError("time given back is negative, or infinite")
    return returned


Credits = Annotated[tuple[TimeCredit, ...], Field(max_length=10_000), AfterValidator(in_bounds)]


class Scored(SignedPart):
    """What one problem of an exam came to."""

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
    artifact: Name
    """sha256 of the model that counts, in hex; empty without one."""

    @property
    def lost(self) -> float:
        """Points that were left."""
        return round(self.possible - self.points, 2)


class CategoryResult(Scored):
    """The result of one category of an exam at home."""

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
    scoring: Name = Field(validation_alias="grader", serialization_alias="grader")
    """`ScoringSpec.digest`."""
    environment: Text


def exam_total(results: Sequence[Scored]) -> float:
    """0 to 100."""
    return round(sum(each.points for each in results), 2)


def points_of_score(score: int | None, weight: float, weights: float) -> tuple[float, float]:
    """The points of a score, and those of full marks: of the exam's hundred."""
    possible = 100 * weight / weights if weights else 0.0
    return round(possible * (score or 0) / FULL_MARKS, 2), round(possible, 2)


class ExamResult(SignedValues):
    """The whole result of one exam at home: what the terminal, the page and the JSON file are made from."""

    # An earlier version's has fields that follow from the others.
    model_config = ConfigDict(extra="ignore")
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
    returned: Credits
    practice: bool
    """Whether the clock could be paused."""
    categories: Annotated[tuple[CategoryResult, ...], Field(max_length=100)]
    config: str = Field(default="", validation_alias="setting", serialization_alias="setting")
    """The signed rules of a mentor's exam that an earlier tfprep scored at home; else empty."""
    gap_seconds: Seconds = 0.0
    """The most by which the machine's two clocks disagreed."""
    restarts: Count = 0
    """How often the machine was started anew meanwhile."""
    left_out: tuple[Text, ...] = ()
    """What could not be taken or graded when the exam ended, a sentence each."""

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
        return exam_total(self.categories)

    @property
    def passed(self) -> bool:
        """Whether the total is enough."""
        return self.total >= TO_PASS

    @property
    def advice(self) -> tuple[str, ...]:
        """What would have made the difference, a sentence each."""
        return tuple(_advice(self))

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold, with what follows from the fields."""
        return super().to_values() | {
            "total": self.total,
            "to_pass": TO_PASS,
            "passed": self.passed,
            "advice": list(self.advice),
            "graded_by": "the learner's own machine: this is practice",
        }

    @classmethod
    def stored(cls, text: str) -> ExamResult:
        """The result as a ledger keeps it; an earlier version's is signed, by whoever took the exam.

        Raises:
            NotGenuine: it is damaged.
        """
        try:
            values = json.loads(text)
            return cls.read(json.dumps(values.get("signed", values)))
        except (ValueError, AttributeError, RecursionError) as error:
            raise NotGenuine("This is not a result of an exam, or is damaged.") from error


def compute(
    session: ExamSession,
    records: Mapping[int, Record],
    ending: ExamEnding,
    ended: datetime,
    left_out: Sequence[str] = (),
) -> ExamResult:
    """The result of an exam that ends now. `records` are its submissions by number, as they were graded."""
    weights = sum(category.weight for category in session.plan.categories)
    seconds = session.seconds_by_problem()
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
        config="",
        gap_seconds=session.clock.gap.total_seconds(),
        restarts=session.clock.restarts,
        left_out=tuple(left_out),
    )


def _category(
    category: PlannedProblem,
    session: ExamSession,
    records: Mapping[int, Record],
    weights: float,
    seconds: float,
) -> CategoryResult:
    problem = find(category.problem)
    entries = session.submissions_of(category.problem)
    entry = counted_submission(entries)
    card = None if entry is None else records[entry.number].card
    prints = (card and card.fingerprints) or Fingerprints("", category.data, "", "")
    score = None if card is None else card.score
    points, possible = points_of_score(score, category.weight, weights)
    return CategoryResult(
        problem=category.problem,
        name=problem.name,
        title=problem.title,
        weight=category.weight,
        score=score,
        points=points,
        possible=possible,
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
        sentences = [f"Passed with {counted(round(result.total - TO_PASS, 2), 'point')} to spare."]
    else:
        sentences = [f"{counted(short, 'point was', 'points were')} missing.", *_enough(not_full, short)]
    sentences += [
        f"{each.name}: {each.lost:g} of {counted(each.possible, 'point')} not earned. {each.reason}"
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
