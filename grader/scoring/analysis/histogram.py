"""Counts by bin: many examples as a few bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
