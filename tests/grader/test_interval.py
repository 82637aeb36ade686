"""A 95% confidence interval covers the true value 94 times in a hundred or more, whatever the errors are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.grader.scoring.card import Interval
from tfprep.grader.scoring.interval import confidence_interval, wilson

from .coverage import coverage_of_errors, coverage_of_series, coverage_of_share


def interval_of(right: int, count: int) -> Interval:
    return confidence_interval(np.repeat([1.0, 0.0], [right, count - right]), None, is_share=True)


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(81, 263, 0.2535, 0.3682), (15, 148, 0.0598, 0.1644), (0, 20, 0.0, 0.2005), (1, 29, 0.0018, 0.1963)],
)
def test_shares_have_the_intervals_that_newcombe_published(
    right: int, count: int, low: float, high: float
) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 4."""
    assert wilson(right / count, count) == pytest.approx((low, high), abs=1e-4)


def test_sixty_two_of_sixty_two_may_have_been_luck() -> None:
    interval = interval_of(62, 62)
    assert interval.high == 1
    assert interval.low == pytest.approx(0.927, abs=0.001)


@pytest.mark.parametrize("count", [40, 62, 67, 100, 400, 1_000, 10_000])
def test_intervals_of_shares_cover_what_they_say(count: int) -> None:
    """Not simulated: computed over every number of right predictions."""
    shares = np.linspace(0.5, 0.99, 99 if count < 1_000 else 9)
    worst = min(coverage_of_share(count, float(share)).covered for share in shares)
    assert worst >= 0.95 - 1e-3


@pytest.mark.parametrize(
    ("name", "count", "times"),
    [
        ("half normal", 40, 2_000),
        ("exponential", 40, 2_000),
        ("lognormal, sigma 1", 40, 2_000),
        ("lognormal, sigma 1.5", 40, 2_000),
        ("|t|, 3 degrees", 40, 2_000),
        ("Pareto, 3", 100, 2_000),
        ("|t|, 3 degrees", 400, 2_000),
        ("lognormal, sigma 1", 1_000, 1_000),
        ("exponential", 10_000, 1_000),
    ],
)
def test_intervals_of_errors_cover_what_they_say(name: str, count: int, times: int) -> None:
    assert coverage_of_errors(name, count, times).covered >= 0.94


@pytest.mark.parametrize(
    ("days", "windows", "correlation"),
    [(7, 40, 0.9), (10, 40, 0.95), (20, 100, 0.9), (73, 500, 0.0), (73, 500, 0.95)],
)
def test_intervals_of_overlapping_windows_cover_what_they_say(
    days: int, windows: int, correlation: float
) -> None:
    assert coverage_of_series(days, windows, correlation, 800).covered >= 0.94


@pytest.mark.parametrize("half", [0, 1])
def test_intervals_of_half_a_series_cover_what_they_say(half: int) -> None:
    assert coverage_of_series(73, 522, 0.95, 400, half=half).covered >= 0.94


@given(st.permutations(range(60)))
def test_the_order_of_the_examples_changes_no_bit(order: list[int]) -> None:
    errors, days = np.random.default_rng(4).lognormal(0, 1, 60), np.arange(60) // 4
    assert confidence_interval(errors[order], None, is_share=False) == confidence_interval(
        errors, None, is_share=False
    )
    assert confidence_interval(errors[order], days[order], is_share=False) == confidence_interval(
        errors, days, is_share=False
    )


@given(st.lists(st.floats(0, 1e100), min_size=1, max_size=40), st.booleans())
def test_an_interval_is_finite_holds_the_mean_and_is_never_below_zero(
    values: list[float], grouped: bool
) -> None:
    errors = np.array(values)
    interval = confidence_interval(errors, np.arange(len(errors)) // 2 if grouped else None, is_share=False)
    assert 0 <= interval.low <= math.fsum(errors) / len(errors) <= interval.high < math.inf


def test_examples_that_belong_together_widen_the_interval() -> None:
    days = np.repeat(np.random.default_rng(2).normal(5, 1, 50), 24)
    alone = confidence_interval(days, None, is_share=False)
    grouped = confidence_interval(days, np.repeat(np.arange(50), 24), is_share=False)
    assert (grouped.high - grouped.low) > 3 * (alone.high - alone.low)


def test_an_interval_says_what_it_assumes() -> None:
    days = np.repeat(np.random.default_rng(2).normal(5, 1, 50), 24)
    assert confidence_interval(days, None, is_share=False).assumes == "1,200 independent examples"
    assumed = confidence_interval(days, np.repeat(np.arange(50), 24), is_share=False).assumes
    assert "1,200 neighbouring examples" in assumed
    assert "10 stretches" in assumed


def test_of_two_days_nothing_more_is_said_than_what_was_seen() -> None:
    values, days = np.array([0.0] * 90 + [1.0] * 10), np.array([0] * 90 + [1] * 10)
    interval = confidence_interval(values, days, is_share=False)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_a_share_of_neighbouring_examples_is_never_certain() -> None:
    interval = confidence_interval(np.ones(200), np.arange(200) // 10, is_share=True)
    assert 0.7 < interval.low < 0.9
    assert interval.high == 1
