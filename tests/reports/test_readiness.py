"""How ready somebody is: as sure as what is known allows, and no surer."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tfprep.grader import Finding, Record, ScoreCard, Verdict
from tfprep.problems import find, usual_problems
from tfprep.reports.readiness import (
    Readiness,
    assess,
    show_readiness,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROBLEMS = usual_problems()
Sessions = Sequence[Sequence[int | None]]


def records(**sessions: Sessions) -> list[Record]:
    """Attempts by problem name: a list of sessions a day apart, each with scores 20 minutes apart."""
    made = []
    for problem in PROBLEMS:
        for day, scores in enumerate(sessions.get(problem.name, ())):
            for attempt, score in enumerate(scores):
                when = NOON + day * DAY + attempt * timedelta(minutes=20)
                card = ScoreCard(
                    problem.id, "package", Verdict.PARTIAL, "", score, findings=(Finding("x", "Too flat."),)
                )
                made.append(Record(len(made) + 1, "ada", "m.h5", "h5", "d", 1, when, card))
    return sorted(made, key=lambda record: record.when)


def ready(**sessions: Sessions) -> Readiness:
    return assess("ada", PROBLEMS, records(**sessions), {})


def everywhere(*sessions: Sequence[int | None]) -> Readiness:
    return ready(**{problem.name: sessions for problem in PROBLEMS})


def test_with_few_sessions_in_a_category_it_says_that_there_is_too_little_to_tell() -> None:
    readiness = ready(regression=[[5]] * 3, mnist=[[5]] * 3, flowers=[[None]] * 3, imdb=[[5, 5, 5]])
    assert (readiness.probability, readiness.low, readiness.high) == (None, None, None)
    assert readiness.too_little.startswith("Too little to tell")
    assert "C images, D text and E series" in readiness.too_little
    assert everywhere([5], [5], [5]).too_little == ""


def shown(readiness: Readiness, width: int) -> str:
    out = io.StringIO()
    show_readiness(Console(file=out, width=width), readiness)
    assert max(map(len, out.getvalue().splitlines())) <= width
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_from_the_first_attempt_it_says_what_it_comes_to_and_where_to_go_on(width: int) -> None:
    text = shown(ready(regression=[[4]]), width)
    assert "about 8 of 100 points; 90 pass" in text
    assert "so far: A regression 1, B learning data sets 0" in text
    assert "Worth the next hour:" in text
    for word in ("regression", "category", "attempts", "expected"):
        assert word in text


def test_problems_of_one_category_count_together() -> None:
    pool = [find(name) for name in ("regression", "concrete", "mnist")]
    scored = records(regression=[[5]] * 3)
    drawn = [replace(each, card=replace(each.card, problem="problem6")) for each in scored[:2]]
    readiness = assess("ada", pool, [*scored, *drawn], {"problem1": [60.0], "problem6": [120.0]})
    first, second, *_ = readiness.categories
    assert (first.name, first.attempts, first.most_told, first.seconds) == ("A regression", 5, 3, 90.0)
    assert second.attempts == 0
    assert len(readiness.categories) == 5


def test_without_any_attempt_no_points_are_told() -> None:
    assert "of 100 points;" not in shown(ready(), 80)


def test_more_of_the_same_makes_it_surer() -> None:
    few, many = everywhere(*[[5]] * 3), everywhere(*[[5]] * 20)
    assert few.probability is None
    assert many.probability is not None
    assert width(many) < width(few)
    assert many.probability > 0.9
    assert "from 37% to over 99%; what is known leaves that open" in shown(few, 120)


def width(readiness: Readiness) -> float:
    assert readiness.low is not None
    assert readiness.high is not None
    return readiness.high - readiness.low


def test_scores_that_cannot_pass_give_no_hope() -> None:
    readiness = everywhere(*[[3]] * 20)
    assert readiness.probability is not None
    assert readiness.probability < 0.1


def test_what_a_session_came_to_counts_and_more_tries_make_it_less_sure() -> None:
    few, many = everywhere(*[[5]] * 6), everywhere(*[[1, 3, 5]] * 6)
    assert few.probability is not None
    assert many.probability is not None
    assert few.probability - 0.05 < many.probability < few.probability


def test_newer_sessions_say_more() -> None:
    better, worse = everywhere(*[[2]] * 5, *[[5]] * 5), everywhere(*[[5]] * 5, *[[2]] * 5)
    assert better.probability is not None
    assert worse.probability is not None
    assert better.probability > worse.probability


@settings(max_examples=10)
@given(st.lists(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=3), min_size=1, max_size=6))
def test_a_probability_is_between_0_and_1_and_lies_in_its_range(sessions: list[list[int | None]]) -> None:
    readiness = everywhere(*sessions)
    if readiness.probability is not None and readiness.low is not None and readiness.high is not None:
        assert 0 <= readiness.low <= readiness.high <= 1
        assert 0 <= readiness.probability <= 1
    json.dumps(asdict(readiness))


def test_the_probability_is_that_of_exams_drawn_from_the_same_scores() -> None:
    """With forecast at 5 every other time, and at 2 else, which is 82 points, half of the exams pass."""
    sure = everywhere(*[[5]] * 200)
    doubtful = ready(**{problem.name: [[5]] * 200 for problem in PROBLEMS} | {"forecast": [[5], [2]] * 100})
    assert sure.probability is not None
    assert doubtful.probability is not None
    assert doubtful.probability / sure.probability == pytest.approx(0.5, abs=0.15)


def test_it_says_what_it_is_made_from() -> None:
    out = io.StringIO()
    show_readiness(Console(file=out, width=200), everywhere([5, 5], [5], [5]))
    said = " ".join(out.getvalue().split())
    assert "on 20 scores that you were shown, of 20 scored attempts: 0 in exams, up to 4 on the same" in said


def test_what_told_no_score_counts_as_an_attempt_and_not_as_the_best_one_s_score() -> None:
    """Three of five that could be scored: two tell a score, and one, far worse perhaps, tells the best's."""
    first, second, best, last, unread = records(regression=[[3, None], [5], [5], [None]])
    again = replace(last, card=best.card, figures_of=best.number)
    whole = assess("ada", PROBLEMS, [first, second, best, again, unread], {})
    regression = whole.categories[0]
    assert (regression.attempts, regression.told, regression.best, regression.median) == (3, 2, 5, 4.0)
    without = assess("ada", PROBLEMS, [first, second, best, unread], {})
    assert regression.expected == without.categories[0].expected
    assert "on 2 scores that you were shown, of 3 scored attempts" in shown(whole, 120)


def test_a_session_that_told_nothing_says_that_it_was_hardly_better_than_the_best() -> None:
    """Of nine more sessions that did not beat a 4, hope is less; of nine that did not beat a 5, nothing."""

    def low_and_high(score: int) -> list[tuple[float | None, float | None]]:
        first = records(**{problem.name: [[score]] for problem in PROBLEMS})
        best = {record.card.problem: record for record in first}
        later = [
            replace(first[place], number=100 + place, when=NOON + day * DAY, figures_of=best[each].number)
            for day in range(1, 10)
            for place, each in enumerate(record.card.problem for record in first)
        ]
        few = assess("ada", PROBLEMS, [*first, *later[:10]], {})
        many = assess("ada", PROBLEMS, [*first, *later], {})
        return [(few.low, few.high), (many.low, many.high)]

    (_, few), (_, many) = low_and_high(4)
    assert few is not None
    assert many is not None
    assert many < few - 0.02
    few_of_5, many_of_5 = low_and_high(5)
    assert many_of_5 == pytest.approx(few_of_5, abs=0.01)


def test_the_next_hour_goes_where_it_wins_most() -> None:
    readiness = ready(
        **{problem.name: [[5]] * 8 for problem in PROBLEMS} | {"forecast": [[3]] * 8, "imdb": [[4]] * 8}
    )
    assert readiness.next_hour == ("E series", "D text")
    assert ready(**{problem.name: [[5]] * 8 for problem in PROBLEMS}).next_hour == ()


def test_without_any_attempt_the_heaviest_categories_come_first() -> None:
    readiness = ready()
    assert readiness.next_hour == ("E series", "D text")
    assert readiness.categories[0].best is None


def test_best_median_trend_and_what_keeps_coming_back() -> None:
    category = ready(flowers=[[1, 2], [2, 3], [4, 5], [5]]).categories[2]
    assert (category.best, category.median, category.trend) == (5, 3, "rising")
    assert (category.attempts, category.sessions) == (7, 4)
    assert category.recurring == (("Too flat.", 7),)
    assert ready(flowers=[[5, 5], [3, 2]]).categories[2].trend == "falling"
    assert ready(flowers=[[3, 3], [3, 3]]).categories[2].trend == "steady"
    assert ready(flowers=[[3]]).categories[2].trend == ""


def test_the_time_it_takes_is_that_of_exams_and_else_of_sessions() -> None:
    made = records(mnist=[[1, 2, 3], [4, 5]])
    assert assess("ada", PROBLEMS, made, {}).categories[1].seconds == np.median([2400, 1200])
    assert assess("ada", PROBLEMS, made, {"problem2": [900.0, 0.0]}).categories[1].seconds == 900.0
