"""A series forecast: how the error grows with the distance, and whether it moves as the truth does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_WINDOWS: Final = 10
"""Fewer windows are not averaged: their mean would come close to telling one of them."""
MOVEMENTS: Final = 4

Values = NDArray[np.float64]


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
