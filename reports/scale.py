"""The scale of a report: where a value of the metric lies among the bands, as places in percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..grader import ScoreCard
from ..problems import Band
from .wording import amount, interval_of, number, value_of


@dataclass(frozen=True)
class ScaleBand:
    """One band on the scale."""

    score: int
    threshold: str
    """The values that earn it: "≥ 0.97"; empty for 0."""
    reached: bool


@dataclass(frozen=True)
class Scale:
    """Every score is equally wide, from 0 at the left to 5; places are percents of the whole width."""

    steps: tuple[ScaleBand, ...]
    at: float
    interval: tuple[float, float] | None
    """Left and right end of the confidence interval."""
    value: str
    description: str
    """The drawing in one sentence, for those who do not see it."""
    baselines: tuple[tuple[str, float], ...] = ()
    """What needs no learning, with its value: "the mean every time (6.4 mpg)"; and its place."""


def place_on_scale(
    card: ScoreCard, bands: Sequence[Band], baselines: Sequence[tuple[str, float]] = ()
) -> Scale | None:
    """The scale of a card, and of `baselines`' values; None where nothing was scored or no band is known."""
    if card.value is None or not bands:
        return None
    rising = sorted(bands, key=lambda band: band.score)
    ends = None
    if card.interval is not None:
        places = sorted(_place(end, rising) for end in (card.interval.low, card.interval.high))
        ends = (places[0], places[1])
    return Scale(
        steps=(ScaleBand(0, "", card.score is not None), *(_step(band, card) for band in rising)),
        at=_place(card.value, rising),
        interval=ends,
        value=value_of(card),
        description=_describe(card),
        baselines=tuple(
            (f"{name} ({amount(each, card.unit)})", _place(each, rising)) for name, each in baselines
        ),
    )


def _step(band: Band, card: ScoreCard) -> ScaleBand:
    sign = "≥" if band.at_least is not None else "≤"
    reached = card.score is not None and band.score <= card.score
    return ScaleBand(band.score, f"{sign} {number(band.threshold)}", reached)


def _place(value: float, rising: Sequence[Band]) -> float:
    """The value's place in percent: linear between two thresholds; at most the edge beyond the ends."""
    thresholds = [band.threshold for band in rising]
    sign = 1.0 if rising[0].at_least is not None else -1.0
    step = abs(thresholds[-1] - thresholds[0]) / max(1, len(thresholds) - 1) or abs(thresholds[0]) or 1.0
    widths = [abs(after - before) for before, after in pairwise(thresholds)]
    low, high = thresholds[0] - sign * max([step, *widths]) * 2, thresholds[-1] + sign * step
    marks = [low, *thresholds, high]
    for index, (left, right) in enumerate(pairwise(marks)):
        if sign * value < sign * right or index == len(marks) - 2:
            within = min(1.0, max(0.0, (value - left) / (right - left)))
            return round(100 * (index + within) / (len(marks) - 1), 2)
    raise AssertionError("unreachable: the last stretch takes every value")


def _describe(card: ScoreCard) -> str:
    interval = "" if card.interval is None else f", 95% confidence interval {interval_of(card)}"
    return f"{card.metric} {value_of(card)}{interval}: {card.score} of 5. The bands follow."
