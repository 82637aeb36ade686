"""The bands that a score was measured by, and where a metric's value stands among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import UnknownProblem
from ..grader import ScoreCard
from ..problems import Band, Problem, find
from .wording import interval_of, number, value_of


@dataclass(frozen=True)
class Step:
    """One band on the scale."""

    score: int
    threshold: str
    """The values that earn it: "≥ 0.97"; empty for 0."""
    reached: bool


@dataclass(frozen=True)
class Scale:
    """Every score is equally wide, from 0 at the left to 5; places are percents of the whole width."""

    steps: tuple[Step, ...]
    at: float
    interval: tuple[float, float] | None
    """Left and right end of the confidence interval."""
    value: str
    description: str
    """The drawing in one sentence, for those who do not see it."""


def bands_of(card: ScoreCard) -> tuple[Band, ...]:
    """From 5 downwards; none where neither the card nor this installation knows them."""
    if card.bands:
        return card.bands
    try:
        problem = problem_named(card.problem)
        return problem.data_source(card.data_source.split(":")[0]).bands if problem else ()
    except KeyError:
        return ()


def problem_named(name: str) -> Problem | None:
    """The problem; None where the record is of an installation that had more problems than this one."""
    try:
        return find(name)
    except UnknownProblem:
        return None


def place_on_scale(card: ScoreCard, bands: Sequence[Band]) -> Scale | None:
    """The scale of a card; None where nothing was scored or no band is known."""
    if card.value is None or not bands:
        return None
    rising = sorted(bands, key=lambda band: band.score)
    ends = None
    if card.interval is not None:
        places = sorted(_place(end, rising) for end in (card.interval.low, card.interval.high))
        ends = (places[0], places[1])
    return Scale(
        steps=(Step(0, "", card.score is not None), *(_step(band, card) for band in rising)),
        at=_place(card.value, rising),
        interval=ends,
        value=value_of(card),
        description=_describe(card),
    )


def _step(band: Band, card: ScoreCard) -> Step:
    sign = "≥" if band.at_least is not None else "≤"
    reached = card.score is not None and band.score <= card.score
    return Step(band.score, f"{sign} {number(band.threshold)}", reached)


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
