"""Where a value stands on the scale of bands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.grader import Interval, ScoreCard, Verdict
from tfprep.problems import Band
from tfprep.reports.scale import Scale, place_on_scale

from .cards import INVALID

RISING = (Band(5, at_least=0.98), Band(4, at_least=0.97), Band(3, at_least=0.9))
FALLING = (Band(5, at_most=1.0), Band(4, at_most=2.0), Band(3, at_most=4.0))


def card(value: float, score: int = 4) -> ScoreCard:
    return ScoreCard(
        problem="problem2", data_source="package", verdict=Verdict.PARTIAL, reason="", score=score,
        metric="accuracy", value=value, interval=Interval(value - 0.005, value + 0.005),
    )  # fmt: skip


def placed(value: float, bands: tuple[Band, ...]) -> Scale:
    scale = place_on_scale(card(value), bands)
    assert scale is not None
    return scale


@pytest.mark.parametrize(
    ("bands", "value", "at"),
    [
        (RISING, 0.9, 25.0),
        (RISING, 0.935, 37.5),
        (RISING, 0.97, 50.0),
        (RISING, 0.98, 75.0),
        (RISING, 0.1, 0.0),
        (FALLING, 4.0, 25.0),
        (FALLING, 3.0, 37.5),
        (FALLING, 1.0, 75.0),
        (FALLING, 1000.0, 0.0),
        (FALLING, -1000.0, 100.0),
    ],
)
def test_a_threshold_stands_at_its_band_and_between_two_the_scale_is_linear(
    bands: tuple[Band, ...], value: float, at: float
) -> None:
    assert placed(value, bands).at == pytest.approx(at)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from([RISING, FALLING]))
def test_a_better_value_never_stands_further_left(one: float, two: float, bands: tuple[Band, ...]) -> None:
    worse, better = sorted((one, two), reverse=bands is FALLING)
    assert 0 <= placed(worse, bands).at <= placed(better, bands).at <= 100


@given(st.floats(0.5, 5), st.sampled_from([RISING, FALLING]))
def test_the_interval_goes_from_left_to_right_around_the_value(value: float, bands: tuple[Band, ...]) -> None:
    scale = placed(value, bands)
    assert scale.interval is not None
    assert scale.interval[0] <= scale.at <= scale.interval[1]


def test_what_is_reached_is_the_score_s_and_all_below() -> None:
    scale = placed(0.975, RISING)
    assert [(step.score, step.reached) for step in scale.steps] == [
        (0, True),
        (3, True),
        (4, True),
        (5, False),
    ]
    assert scale.steps[1].threshold == "≥ 0.9"


def test_nothing_scored_stands_nowhere() -> None:
    assert place_on_scale(INVALID, RISING) is None
    assert place_on_scale(card(0.9), ()) is None


def test_one_band_alone_makes_a_scale() -> None:
    assert placed(0.5, (Band(5, at_least=0.5),)).at == pytest.approx(50.0)
    assert place_on_scale(replace(card(0.5), interval=None), RISING) is not None


def test_baselines_stand_on_the_scale_of_the_score_with_their_values() -> None:
    scale = place_on_scale(card(0.97), RISING, [("the most frequent class every time", 0.11)])
    assert scale is not None
    assert scale.baselines == (("the most frequent class every time (0.11)", 0.0),)
    falling = place_on_scale(card(1.5), FALLING, [("the mean every time", 3.0), ("yesterday", 2.0)])
    assert falling is not None
    assert [at for _, at in falling.baselines] == pytest.approx([37.5, 50.0])
