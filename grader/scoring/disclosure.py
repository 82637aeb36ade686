"""What keeps a figure over many hidden examples from telling one of them: noise, coarse steps, and groups.

Every count of an analysis gets noise of a few examples, is told in steps of five, and below ten not at all.
The noise is the geometric mechanism of differential privacy (Ghosh, Roughgarden, Sundararajan: Universally
utility-maximizing privacy mechanisms, 2009). A label moves one example from one count of a table to another,
so a table changes the odds of a guess about it by a factor of at most e. The home's secret, the labels and
the predictions fix the noise: the same page again tells nothing more.
"""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 5
"""Counts are told in such steps."""
_LEAST_COUNT: Final = 10
"""Smaller ones are not told: noise alone makes one of those in 300 cells that are empty."""
MIN_GROUP: Final = 10
"""Fewer examples are not averaged: their mean would come close to a single label."""
_SCALE: Final = 2.0
"""Of the noise, in examples: its standard deviation is 2.8."""
_WINDOW: Final = 0.05
"""A quantile is the mean over this share of the values on either side of it."""
_DIGITS: Final = 3
_STANDARD_ERRORS: Final = 2.0
_LEAST: Final = 0.25
"""Of the metric's own standard error: so that the figures of few models are told, however they are chosen."""

BinCounts = NDArray[np.int64]
Values = NDArray[np.float64]


class CountNoise:
    """Noise for the counts of one analysis, fixed by a key and by what it is made from.

    Without the key, whoever knows all labels but one could compute the noise for each value of that one.
    """

    def __init__(self, key: bytes, *made_from: NDArray[Any]) -> None:
        digest = hmac.new(key, digestmod="sha256")
        for array in made_from:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        self._random = np.random.default_rng(int.from_bytes(digest.digest()))

    def add_noise(self, counts: NDArray[Any]) -> BinCounts:
        """The counts with noise, none below 0."""
        chance = 1 - math.exp(-1 / _SCALE)
        more, less = (self._random.geometric(chance, counts.shape) for _ in range(2))
        return np.asarray(np.maximum(0, counts.astype(np.int64) + more - less))

    def coarsen(self, counts: NDArray[Any]) -> BinCounts:
        """The counts as they may be told: with noise, in steps, and 0 where there are few."""
        noisy = self.add_noise(counts)
        return np.where(noisy < _LEAST_COUNT, 0, (noisy + STEP // 2) // STEP * STEP)


def round_count(count: int) -> int:
    """A count that depends on no label, in the same steps."""
    return (count + STEP // 2) // STEP * STEP


def rounded_figure(value: float, digits: int = _DIGITS) -> float:
    """A figure to three digits: more would tell an example's part in it."""
    if not value or not math.isfinite(value):
        return float(value)
    return round(float(value), digits - 1 - math.floor(math.log10(abs(value))))


def round_up_figure(value: float) -> float:
    """The next of 1, 2 or 5 times a power of ten: the end of an axis."""
    if not value > 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if value <= step * power * (1 + 1e-9)))


def quantile(values: NDArray[Any], share: float) -> Values:
    """(...) What this share of the values (n, ...) lies below: a mean over at least MIN_GROUP neighbours.

    A quantile itself is one example's value: a model could choose whose.
    """
    count = len(values)
    half = max(MIN_GROUP // 2, round(_WINDOW * count))
    middle = round(share * (count - 1))
    start = min(max(0, middle - half), max(0, count - 2 * half))
    return np.asarray(np.sort(values, axis=0)[start : start + 2 * half].mean(axis=0))


def differs_measurably(one: Values, other: Values) -> bool:
    """Whether two models' values (n,) of the metric, example by example, differ by more than chance.

    As in the parameter-free ladder of Blum and Hardt (The Ladder, 2015), with two standard errors of the
    paired difference: a few changed predictions are never enough, whatever they change.
    """
    gains = one - other
    if len(gains) < 2:
        return False
    noise = float(gains.std(ddof=1)) / math.sqrt(len(gains))
    least = _LEAST * float(one.std(ddof=1)) / math.sqrt(len(gains))
    return abs(float(gains.mean())) > max(_STANDARD_ERRORS * noise, least)


@dataclass(frozen=True)
class Histogram:
    """How many values fall between two neighbouring edges; values beyond the ends count in the last bins."""

    edges: tuple[float, ...]
    """One more than there are counts, rising."""
    counts: tuple[int, ...]


def count_by_bin(values: NDArray[Any], low: float, high: float, bins: int) -> Histogram:
    """How many of (n,) values lie in equal bins from `low` to `high`."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    return Histogram(tuple(map(float, edges)), tuple(map(int, counts)))


def coarse_histogram(histogram: Histogram, discretion: CountNoise) -> Histogram:
    """The histogram as it may be told."""
    counts = discretion.coarsen(np.array(histogram.counts))
    return Histogram(histogram.edges, tuple(map(int, counts)))
