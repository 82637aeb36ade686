"""Analysis of predicted numbers, one or a series of them: their errors, and how they follow the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MIN_GROUP: Final = 10
"""Fewer examples are not averaged: their mean would come close to a single label."""
MAX_GROUPS: Final = 10
MIN_WINDOWS: Final = 10
"""Fewer windows are not averaged, for the same reason."""
MOVEMENT_GROUPS: Final = 4
_BINS: Final = (7, 25)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """How many values fall between two neighbouring edges; values beyond the ends count in the last bins."""

    edges: tuple[float, ...]
    """One more than there are counts, rising."""
    counts: tuple[int, ...]


def count_by_bin(values: NDArray[Any], low: float, high: float, bins: int) -> Histogram:
    """(n,) values in equal bins from `low` to `high`."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    return Histogram(tuple(map(float, edges)), tuple(map(int, counts)))


@dataclass(frozen=True)
class NumberGroup:
    """At least `MIN_GROUP` examples whose true numbers are neighbours, and their predictions."""

    examples: int
    true: float
    """The mean of the true numbers."""
    p10: float
    """The predictions' 10th percentile."""
    median: float
    p90: float


@dataclass(frozen=True)
class NumberAnalysis:
    """What predictions of one number show, in the metric's unit."""

    groups: tuple[NumberGroup, ...]
    """From the smallest true numbers to the largest; empty where there are too few examples."""
    errors: Histogram
    """Predicted minus true; the largest errors count in the outermost bins."""
    bias: float
    """The mean of predicted minus true."""
    median_error: float
    """The median absolute error."""
    p90_error: float
    """The 90th percentile of the absolute error."""
    r2: float | None
    """The coefficient of determination (R²); None where the true numbers do not vary."""


@dataclass(frozen=True)
class HorizonStep:
    """One step of a forecast's horizon, over all windows, in the metric's unit."""

    step: int
    """1 is the first step after the window."""
    mean_error: float
    """The mean absolute error."""
    p10: float
    """The absolute error's 10th percentile."""
    p90: float
    bias: float
    """The mean of predicted minus true."""


@dataclass(frozen=True)
class Movement:
    """Windows after which the series moved alike: the mean of all of them, step by step."""

    windows: int
    true: tuple[float, ...]
    predicted: tuple[float, ...]

    @property
    def change(self) -> float:
        """How far the true series rose from its first step to its last."""
        return self.true[-1] - self.true[0]


@dataclass(frozen=True)
class SeriesAnalysis:
    """What forecasts of a series show."""

    steps: tuple[HorizonStep, ...]
    movements: tuple[Movement, ...]
    """A quarter of the windows each, by how far the true series rose: where it fell most comes first."""
    bias: float


def analyse_numbers(predicted: Values, true: Values) -> NumberAnalysis:
    """(n,) predictions against (n,) true numbers."""
    errors = predicted - true
    absolute = np.abs(errors)
    reach = float(np.quantile(absolute, 0.98))
    # An odd number of bins, so that the middle one is "about right".
    bins = int(np.clip(len(errors) // 10, *_BINS)) // 2 * 2 + 1
    variance = float(np.square(true - true.mean()).sum())
    return NumberAnalysis(
        groups=group_by_true(predicted, true),
        errors=count_by_bin(errors, -reach, reach, bins),
        bias=float(errors.mean()),
        median_error=float(np.quantile(absolute, 0.5)),
        p90_error=float(np.quantile(absolute, 0.9)),
        r2=None if variance == 0 else 1 - float(np.square(errors).sum()) / variance,
    )


def group_by_true(predicted: Values, true: Values) -> tuple[NumberGroup, ...]:
    """Equally large groups of neighbouring true numbers; equal ones stay together as far as order allows."""
    groups = min(MAX_GROUPS, len(true) // MIN_GROUP)
    if not groups:
        return ()
    order = np.argsort(true, kind="stable")
    return tuple(_group(predicted[part], true[part]) for part in np.array_split(order, groups))


def _group(predicted: Values, true: Values) -> NumberGroup:
    p10, median, p90 = (float(value) for value in np.quantile(predicted, (0.1, 0.5, 0.9)))
    return NumberGroup(len(true), float(true.mean()), p10, median, p90)


def analyse_series(predicted: Values, true: Values) -> SeriesAnalysis:
    """(n, horizon) forecasts against the (n, horizon) true values."""
    errors = predicted - true
    absolute = np.abs(errors)
    measures = (absolute.mean(axis=0), *np.quantile(absolute, (0.1, 0.9), axis=0), errors.mean(axis=0))
    steps = tuple(
        HorizonStep(step, *map(float, values)) for step, values in enumerate(zip(*measures, strict=True), 1)
    )
    return SeriesAnalysis(steps, _movements(predicted, true), float(errors.mean()))


def _movements(predicted: Values, true: Values) -> tuple[Movement, ...]:
    if len(true) < MIN_WINDOWS:
        return ()
    order = np.argsort(true[:, -1] - true[:, 0], kind="stable")
    groups = MOVEMENT_GROUPS if len(true) >= MIN_WINDOWS * MOVEMENT_GROUPS else 1
    return tuple(_movement(predicted[part], true[part]) for part in np.array_split(order, groups))


def _movement(predicted: Values, true: Values) -> Movement:
    means = (tuple(map(float, values.mean(axis=0))) for values in (true, predicted))
    return Movement(len(true), *means)
