"""Points, and what would have made the difference."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.errors import NotGenuine
from tfprep.exams.result import ExamResult, compute
from tfprep.files.text import in_words
from tfprep.grader import Record, ScoreCard, Verdict
from tfprep.grader.records.exam import (
    Clock,
    ClockReading,
    ExamEnding,
    ExamPlan,
    ExamSession,
    ExamSubmission,
    PlannedProblem,
    counted_submission,
)
from tfprep.problems import usual_problems

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIGNED = Path(__file__).parent / "signed_result.json"
"""A result as an earlier version stored it: signed by whoever took the exam."""


def session(*scores: int | None, spent: timedelta = 5 * HOUR) -> ExamSession:
    """A session of the five problems, each submitted once; None where it never was."""
    entries = tuple(
        ExamSubmission(number, f"problem{number}", "d", score, "", number * HOUR / 2, automatic=False)
        for number, score in enumerate(scores, 1)
        if score is not None
    )
    categories = tuple(
        PlannedProblem(problem.id, problem.folder.name, "package", "f" * 64, problem.weight)
        for problem in usual_problems()
    )
    return ExamSession(
        number=1,
        learner="ada",
        plan=ExamPlan(Path("/exam"), categories),
        started=NOON,
        clock=Clock(5 * HOUR, ClockReading(NOON + spent, "one", 1.0), used=spent),
        submissions=entries,
    )


def result(*scores: int | None, spent: timedelta = 5 * HOUR) -> ExamResult:
    taken = session(*scores, spent=spent)
    records = {
        entry.number: Record(
            entry.number,
            "ada",
            "mymodel.h5",
            "h5",
            "d",
            1,
            NOON,
            ScoreCard(entry.problem, "package", Verdict.PARTIAL, f"{entry.score} of 5.", entry.score),
        )
        for entry in taken.submissions
    }
    return compute(taken, records, ExamEnding.FINISHED, NOON + spent)


def test_the_five_weigh_10_15_20_25_and_30_points() -> None:
    assert [category.possible for category in result(5, 5, 5, 5, 5).categories] == [10, 15, 20, 25, 30]
    assert result(5, 5, 5, 5, 5).total == 100


@pytest.mark.parametrize(
    ("scores", "total", "passed"),
    [
        ((5, 5, 5, 5, 5), 100, True),
        ((0, 5, 5, 5, 5), 90, True),
        ((None, 5, 5, 5, 5), 90, True),
        ((5, 5, 5, 3, 5), 90, True),
        ((4, 5, 5, 3, 5), 88, False),
        ((5, 5, 5, 5, None), 70, False),
        ((None, None, None, None, None), 0, False),
    ],
)
def test_ninety_points_pass(scores: tuple[int | None, ...], total: float, passed: bool) -> None:
    computed = result(*scores)
    assert (computed.total, computed.passed) == (total, passed)


def test_it_says_which_categories_would_have_been_enough() -> None:
    advice = "\n".join(result(5, 5, 2, 3, 3).advice)
    assert "24 points were missing." in advice
    assert "Full marks in flowers and forecast would have been enough." in advice
    assert "forecast: 12 of 30 points not earned. 3 of 5." in advice


def test_it_says_how_much_time_was_left() -> None:
    assert "It was finished with 4 h 00 min left." in result(5, spent=HOUR).advice
    assert not any("was finished" in line for line in result(5).advice)


def test_the_time_before_a_submission_is_its_category_s() -> None:
    taken = session(5, 5, 5, 5, 5)
    assert set(taken.seconds_by_problem().values()) == {1800.0}


def test_a_later_submission_that_cannot_be_scored_takes_nothing_away() -> None:
    good = ExamSubmission(1, "problem1", "d", 4, "", HOUR, automatic=False)
    assert counted_submission([good, replace(good, number=2, score=None, fault="load")]) == good
    assert counted_submission([good, replace(good, number=2, score=1)]).score == 1  # type: ignore[union-attr]
    assert counted_submission([]) is None


def test_a_result_that_an_earlier_version_signed_is_read_as_it_was() -> None:
    earlier = ExamResult.stored(SIGNED.read_text("utf-8"))
    assert (earlier.total, earlier.practice, earlier.returned[0].seconds) == (54.0, True, 240.125)
    assert earlier.categories[1].data_source == "package"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"format": "tfprep exam result 9"}, "format"),
        ({"exam": "1"}, "exam"),
        ({"started": "2026-03-01T12:00:00"}, "started"),
        ({"allowed_seconds": 1e300}, "allowed_seconds"),
        ({"returned": [{"seconds": "x", "why": ""}]}, "returned.0.seconds"),
        ({"categories": [{"weight": "heavy"}]}, "categories.0"),
        ({"categories": 5}, "categories"),
        ({"learner": None}, "learner"),
    ],
)
def test_a_stored_result_with_other_values_is_refused_with_a_sentence(
    change: dict[str, object], where: str
) -> None:
    with pytest.raises(NotGenuine, match=f"as an exam result: {where}") as refused:
        ExamResult.stored(json.dumps(result(5, 5, 5, 5, 5).to_values() | change))
    assert "\n" not in str(refused.value)


@given(st.tuples(*[st.none() | st.integers(0, 5)] * 5))
def test_a_result_is_read_back_as_it_was_stored(scores: tuple[int | None, ...]) -> None:
    computed = result(*scores)
    assert ExamResult.stored(json.dumps(computed.to_values())) == computed


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 3_000])
def test_a_damaged_result_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(NotGenuine):
        ExamResult.stored(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (720, "12 min"),
        (750, "12 min 30 s"),
        (3_900, "1 h 05 min"),
        (18_000, "5 h 00 min"),
    ],
)
def test_time_is_written_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
