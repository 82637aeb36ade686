"""A number predicted: how it follows the truth, and how far it strays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .histogram import Histogram, count

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
