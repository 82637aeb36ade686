"""The score is a pure function: same predictions and labels, same value, band and interval, bit for bit."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tfprep.errors import UnreadablePredictions
from tfprep.grader.scoring.card import Interval
from tfprep.grader.scoring.score import (
    Score,
    earned_score,
    margin_to_next,
    score,
    scores_between,
)
from tfprep.grader.scoring.specification import ScoringSpec
from tfprep.problems.metrics import accuracy, last_step, mean_absolute_error, most_likely, without_last_axis
from tfprep.problems.problem import Band, Labels, Output

RISING = tuple(Band(score, at_least=(4 + score) / 10) for score in (5, 4, 3, 2, 1))
FALLING = tuple(Band(score, at_most=float(6 - score)) for score in (5, 4, 3, 2, 1))
DIGITS = ScoringSpec(accuracy, RISING, (Output((10,), "probabilities", most_likely),))
NUMBERS = ScoringSpec(
    mean_absolute_error("GW"),
    FALLING,
    (
        Output((4,), "steps"),
        Output((4, 1), "steps", without_last_axis),
        Output((6, 4), "at every step", last_step),
    ),
)


def digits(right: int, count: int) -> tuple[NDArray[np.float32], Labels]:
    """Predictions of which the first `right` of `count` are right."""
    labels = np.arange(count) % 10
    chosen = np.where(np.arange(count) < right, labels, (labels + 1) % 10)
    return np.eye(10, dtype=np.float32)[chosen], Labels(labels)


def forecasts(count: int, error: float, seed: int = 0) -> tuple[NDArray[np.float32], Labels]:
    random = np.random.default_rng(seed)
    truth = random.normal(5, 1, (count, 4))
    return (truth + error * random.choice([-1, 1], truth.shape)).astype(np.float32), Labels(truth)


@pytest.mark.parametrize(
    ("right", "earned"), [(100, 5), (90, 5), (89, 4), (80, 4), (79, 3), (50, 1), (49, 0), (0, 0)]
)
def test_a_band_begins_at_its_threshold(right: int, earned: int) -> None:
    assert score(*digits(right, 100), DIGITS).score == earned


@pytest.mark.parametrize(
    ("value", "earned"), [(0.0, 5), (1.0, 5), (1.01, 4), (5.0, 1), (5.01, 0), (float("nan"), 0)]
)
def test_where_less_is_better_a_band_ends_at_its_threshold(value: float, earned: int) -> None:
    assert earned_score(FALLING, value) == earned


def test_twenty_repeats_are_equal_to_the_last_bit() -> None:
    results = {
        (given.score, given.value.hex(), given.interval.low.hex(), given.interval.high.hex())
        for given in (score(*forecasts(700, 1.5), NUMBERS) for _ in range(20))
    }
    assert len(results) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_nan_predictions_are_refused_and_counted(bad: float) -> None:
    predictions, labels = digits(100, 100)
    broken = predictions.astype(np.float64)
    broken[:7, 3] = bad
    with pytest.raises(UnreadablePredictions, match="7 of 100") as error:
        score(broken, labels, DIGITS)
    assert error.value.code == "not_finite"


@pytest.mark.parametrize(
    ("predictions", "code", "told"),
    [
        (np.zeros((99, 10)), "output_count", "99 predictions for 100"),
        (np.zeros(()), "output_count", "0 predictions for 100"),
        (np.zeros((100, 9)), "output_shape", r"\(10,\).*\(9,\)"),
        (np.zeros((100, 10, 1)), "output_shape", r"\(10,\).*\(10, 1\)"),
        (np.zeros((100, 10), dtype=complex), "output_dtype", "complex128"),
        (np.zeros((100, 10), dtype=object), "output_dtype", "object"),
        (np.full((100, 10), "5"), "output_dtype", "numbers"),
    ],
)
def test_predictions_in_another_form_are_refused_with_expected_and_found(
    predictions: NDArray[np.float64], code: str, told: str
) -> None:
    with pytest.raises(UnreadablePredictions, match=told) as error:
        score(predictions, Labels(np.arange(100) % 10), DIGITS)
    assert error.value.code == code


def test_every_understood_shape_gives_the_same_score() -> None:
    predictions, labels = forecasts(50, 1.5)
    at_every_step = np.repeat(predictions[:, None, :], 6, axis=1)
    at_every_step[:, :-1] = 0
    values = {
        score(shaped, labels, NUMBERS).value
        for shaped in (predictions, predictions[..., None], at_every_step)
    }
    assert len(values) == 1


@given(st.permutations(range(60)))
def test_the_order_of_the_examples_changes_nothing(order: list[int]) -> None:
    predictions, labels = forecasts(60, 2.5)
    groups = np.arange(60) // 5
    for kept in (None, groups):
        first = score(predictions, Labels(labels.values, kept), NUMBERS)
        again = score(
            predictions[order], Labels(labels.values[order], None if kept is None else kept[order]), NUMBERS
        )
        assert (first.value, first.interval) == (again.value, again.interval)


@given(st.integers(0, 200), st.integers(0, 200))
def test_more_correct_predictions_never_lower_the_score(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    worse, better = score(*digits(fewer, 200), DIGITS), score(*digits(more, 200), DIGITS)
    assert worse.score <= better.score
    assert worse.value <= better.value


@given(st.floats(0, 6), st.floats(0, 6))
def test_smaller_errors_never_lower_the_score(small: float, large: float) -> None:
    small, large = sorted((small, large))
    assert score(*forecasts(30, small), NUMBERS).score >= score(*forecasts(30, large), NUMBERS).score


@given(st.integers(0, 300))
def test_the_interval_holds_the_value_and_its_scores_hold_the_score(right: int) -> None:
    given: Score = score(*digits(right, 300), DIGITS)
    assert given.interval.low <= given.value <= given.interval.high
    assert given.score in given.scores_in_interval
    assert list(given.scores_in_interval) == sorted(set(given.scores_in_interval))


def test_the_interval_of_an_accuracy_has_the_width_that_theory_gives() -> None:
    given = score(*digits(8_000, 10_000), DIGITS)
    theory = 2 * 1.96 * np.sqrt(0.8 * 0.2 / 10_000)
    assert given.interval.high - given.interval.low == pytest.approx(theory, rel=0.1)


def test_the_margin_leads_to_the_next_band() -> None:
    margin = margin_to_next(RISING, 4, 0.87, Interval(0.86, 0.91))
    assert margin is not None
    assert (margin.next_score, margin.threshold, margin.within_interval) == (5, 0.9, True)
    assert margin.distance == pytest.approx(0.03)
    assert margin_to_next(RISING, 5, 0.95, Interval(0.9, 1.0)) is None


def test_a_margin_out_of_reach_says_so() -> None:
    margin = margin_to_next(FALLING, 0, 9.0, Interval(8.0, 10.0))
    assert margin is not None
    assert (margin.next_score, margin.distance, margin.within_interval) == (1, 4.0, False)


def test_an_interval_across_thresholds_names_every_score_it_touches() -> None:
    assert scores_between(RISING, Interval(0.65, 0.85)) == (2, 3, 4)
    assert scores_between(FALLING, Interval(0.5, 1.5)) == (4, 5)
    assert scores_between(RISING, Interval(0.1, 0.2)) == (0,)


def test_scoring_ten_thousand_examples_is_cheap() -> None:
    """Generous: it takes a few hundredths of a second."""
    predictions, labels = forecasts(10_000, 1.5)
    began = time.process_time()
    score(predictions, labels, NUMBERS)
    assert time.process_time() - began < 5
