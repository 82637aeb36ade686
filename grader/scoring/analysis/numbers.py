"""Predicted numbers, one or a series: how they follow the true values, and how far off they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Histogram:
    """How many values fall between two neighbouring edges; values beyond the ends count in the last bars."""

    edges: tuple[float, ...]
    """One more than there are counts, rising."""
    counts: tuple[int, ...]


def count(values: NDArray[Any], low: float, high: float, bins: int) -> Histogram:
    """(n,) values in equal bins from `low` to `high`."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    return Histogram(tuple(map(float, edges)), tuple(map(int, counts)))


LEAST_GROUP: Final = 10
"""Fewer examples are not summed up: their mean would come close to telling one of them."""
MOST_GROUPS: Final = 10
_BINS: Final = (7, 25)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Examples whose true numbers are neighbours, at least `LEAST_GROUP` of them."""

    examples: int
    truth: float
    """Their mean."""
    low: float
    """A tenth of the predictions are below this; half are below `middle`, nine tenths below `high`."""
    middle: float
    high: float


@dataclass(frozen=True)
class NumberAnalysis:
    """Predictions of a number, in the metric's unit."""

    groups: tuple[Group, ...]
    """From the smallest true numbers to the largest; empty where there are too few examples."""
    errors: Histogram
    """Prediction minus truth; what strays furthest counts in the outermost bars."""
    bias: float
    """The mean of prediction minus truth."""
    typical: float
    """Half of the predictions are closer than this."""
    most: float
    """Nine tenths are."""
    explained: float | None
    """The share of the truth's variance that the predictions explain (R²); None where it does not vary."""


def analyse_numbers(said: Values, truth: Values) -> NumberAnalysis:
    """(n,) predictions against (n,) true numbers."""
    errors = said - truth
    distances = np.abs(errors)
    reach = float(np.quantile(distances, 0.98))
    bins = (
        int(np.clip(len(errors) // 10, *_BINS)) // 2 * 2 + 1
    )  # an odd number: the middle bar is "about right"
    variance = float(np.square(truth - truth.mean()).sum())
    return NumberAnalysis(
        groups=group_by_truth(said, truth),
        errors=count(errors, -reach, reach, bins),
        bias=float(errors.mean()),
        typical=float(np.quantile(distances, 0.5)),
        most=float(np.quantile(distances, 0.9)),
        explained=None if variance == 0 else 1 - float(np.square(errors).sum()) / variance,
    )


def group_by_truth(said: Values, truth: Values) -> tuple[Group, ...]:
    """Equally large groups of neighbouring true numbers; equal ones stay together as far as order allows."""
    groups = min(MOST_GROUPS, len(truth) // LEAST_GROUP)
    if not groups:
        return ()
    order = np.argsort(truth, kind="stable")
    return tuple(_group(said[split], truth[split]) for split in np.array_split(order, groups))


def _group(said: Values, truth: Values) -> Group:
    low, middle, high = (float(value) for value in np.quantile(said, (0.1, 0.5, 0.9)))
    return Group(len(truth), float(truth.mean()), low, middle, high)


LEAST_WINDOWS: Final = 10
"""Fewer windows are not averaged: their mean would come close to telling one of them."""
MOVEMENTS: Final = 4


@dataclass(frozen=True)
class HorizonStep:
    """One step of the horizon, over all windows."""

    step: int
    """1 is the first step after the window."""
    error: float
    """The mean distance between forecast and truth, in the metric's unit."""
    low: float
    """A tenth of the distances are below this, nine tenths below `high`."""
    high: float
    bias: float
    """The mean of forecast minus truth."""


@dataclass(frozen=True)
class Movement:
    """Windows after which the truth moved alike: the mean of all of them, step by step."""

    windows: int
    truth: tuple[float, ...]
    forecast: tuple[float, ...]

    @property
    def change(self) -> float:
        """How far the truth rose from its first step to its last."""
        return self.truth[-1] - self.truth[0]


@dataclass(frozen=True)
class SeriesAnalysis:
    """Forecasts of a series."""

    steps: tuple[HorizonStep, ...]
    movements: tuple[Movement, ...]
    """A quarter of the windows each, by how far the truth rose: those where it fell most come first."""
    bias: float


def analyse_series(said: Values, truth: Values) -> SeriesAnalysis:
    """(n, horizon) forecasts against the (n, horizon) truth."""
    errors = said - truth
    distances = np.abs(errors)
    low, high = np.quantile(distances, (0.1, 0.9), axis=0)
    means, biases = distances.mean(axis=0), errors.mean(axis=0)
    steps = tuple(
        HorizonStep(at + 1, float(means[at]), float(low[at]), float(high[at]), float(biases[at]))
        for at in range(truth.shape[1])
    )
    return SeriesAnalysis(steps, _movements(said, truth), float(errors.mean()))


def _movements(said: Values, truth: Values) -> tuple[Movement, ...]:
    if len(truth) < LEAST_WINDOWS:
        return ()
    order = np.argsort(truth[:, -1] - truth[:, 0], kind="stable")
    groups = MOVEMENTS if len(truth) >= LEAST_WINDOWS * MOVEMENTS else 1
    return tuple(_movement(said[split], truth[split]) for split in np.array_split(order, groups))


def _movement(said: Values, truth: Values) -> Movement:
    means = (tuple(map(float, values.mean(axis=0))) for values in (truth, said))
    return Movement(len(truth), *means)
