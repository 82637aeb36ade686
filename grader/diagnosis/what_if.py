"""What a submission would earn if one mistake were mended: the measure of how much a cause explains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Band, Metric
from ..scoring.score import earned_score

Array = NDArray[Any]

_LEFT: Final = 0.7
"""A repair must take away so much that at most this share of the distance to a perfect model is left."""
ALIKE: Final = 0.7
"""From this correlation on, numbers rise and fall with the right ones."""
_ERRORS: Final = 3.0
"""So many standard errors of the paired difference must a repair be better than no repair."""


@dataclass(frozen=True)
class WhatIf:
    """The metric as it is and as it would be, on the same examples."""

    before: float
    after: float
    score: int
    """What `after` earns."""
    left: float
    """The share of the distance to a perfect model that is left."""
    count: int
    """How many examples were compared."""


@dataclass(frozen=True)
class WhatIfScorer:
    """How readings are measured against answers."""

    metric: Metric
    bands: Sequence[Band]

    def compare(self, before: Array, after: Array, labels: Array) -> WhatIf | None:
        """What the reading `after` gains over `before`; None where that is little, or may be chance.

        All three are (n, ...) in the form that the metric takes.
        """
        was, is_ = (self.metric.per_example(read, labels) for read in (before, after))
        best = float(self.metric.per_example(labels, labels).mean())
        gains = (is_ - was) if self.metric.higher_is_better else (was - is_)
        noise = float(gains.std()) / math.sqrt(len(gains))
        distance, left = abs(best - float(was.mean())), abs(best - float(is_.mean()))
        if not distance or left > _LEFT * distance or float(gains.mean()) <= _ERRORS * noise:
            return None
        return self._repair(float(was.mean()), float(is_.mean()), left / distance, len(gains))

    def _repair(self, before: float, after: float, left: float, count: int) -> WhatIf:
        return WhatIf(before, after, earned_score(self.bands, after), left, count)

    def tell(self, repair: WhatIf) -> str:
        """For example "the accuracy is 0.97 instead of 0.41"."""
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        return f"the {self.metric.name} is {rounded(repair.after)}{unit} instead of {rounded(repair.before)}"


def turned_back(read: Array, labels: Array) -> Array:
    """(n, ...) The numbers of `read` on the answers' scale; where they hardly vary, the answers' mean."""
    x, y = read.astype(np.float64), labels.astype(np.float64)
    spread = float(x.std())
    if not _varies(x):
        return np.full_like(y, y.mean())
    slope = float(((x - x.mean()) * (y - y.mean())).mean()) / spread**2
    return np.asarray(y.mean() + slope * (x - x.mean()))


def alike(read: Array, labels: Array) -> float:
    """The correlation of two readings; 0 where one of them hardly varies."""
    if not (_varies(read) and _varies(labels)):
        return 0.0
    return float(np.corrcoef(read.ravel().astype(np.float64), labels.ravel().astype(np.float64))[0, 1])


def _varies(read: Array) -> bool:
    return float(read.std()) > 1e-6 * max(1.0, float(np.abs(read).max()))


def rounded(value: float) -> str:
    """Two digits behind the point: enough to understand, too few to work out single examples."""
    return f"{value:.2f}"
