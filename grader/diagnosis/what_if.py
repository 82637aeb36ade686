"""What a submission would earn if one mistake were corrected: how much of its error a cause explains."""

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

MIN_CORRELATION: Final = 0.7
"""From this correlation on, predictions rise and fall with the labels."""
_MAX_REMAINING: Final = 0.7
"""A correction must leave at most this share of the distance to a perfect model."""
_STANDARD_ERRORS: Final = 3.0
"""So many standard errors of the paired difference must the corrected predictions be better."""


@dataclass(frozen=True)
class WhatIf:
    """The metric as it is and as it would be, on the same examples."""

    before: float
    after: float
    score: int
    """What `after` earns."""
    remaining: float
    """The share of the distance to a perfect model that is left."""
    count: int
    """How many examples were compared."""


@dataclass(frozen=True)
class WhatIfScorer:
    """Compares predictions before and after a correction."""

    metric: Metric
    bands: Sequence[Band]

    def compare(self, before: Array, after: Array, labels: Array) -> WhatIf | None:
        """What `after` gains over `before`; None where that is little, or may be chance.

        All three are (n, ...) in the form that the metric takes.
        """
        old, new = (self.metric.per_example(predictions, labels) for predictions in (before, after))
        best = float(self.metric.per_example(labels, labels).mean())
        gains = (new - old) if self.metric.higher_is_better else (old - new)
        noise = float(gains.std()) / math.sqrt(len(gains))
        distance, remaining = abs(best - float(old.mean())), abs(best - float(new.mean()))
        if not distance or remaining > _MAX_REMAINING * distance:
            return None
        if float(gains.mean()) <= _STANDARD_ERRORS * noise:
            return None
        value = float(new.mean())
        earned = earned_score(self.bands, value)
        return WhatIf(float(old.mean()), value, earned, remaining / distance, len(gains))

    def describe(self, what_if: WhatIf) -> str:
        """For example "the accuracy is 0.97 instead of 0.41"."""
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        return (
            f"the {self.metric.name} is {rounded(what_if.after)}{unit} instead of {rounded(what_if.before)}"
        )


def rescaled(predictions: Array, labels: Array) -> Array:
    """(n, ...) The predictions scaled and shifted to fit the labels; their mean where nothing varies."""
    x, y = predictions.astype(np.float64), labels.astype(np.float64)
    if not _varies(x):
        return np.full_like(y, y.mean())
    slope = float(((x - x.mean()) * (y - y.mean())).mean()) / float(x.std()) ** 2
    return np.asarray(y.mean() + slope * (x - x.mean()))


def correlation(predictions: Array, labels: Array) -> float:
    """The correlation of predictions and labels; 0 where one of them hardly varies."""
    if not (_varies(predictions) and _varies(labels)):
        return 0.0
    x, y = (values.ravel().astype(np.float64) for values in (predictions, labels))
    return float(np.corrcoef(x, y)[0, 1])


def _varies(values: Array) -> bool:
    return float(values.std()) > 1e-6 * max(1.0, float(np.abs(values).max()))


def rounded(value: float) -> str:
    """Two decimals: enough to understand, too few to work out single examples."""
    return f"{value:.2f}"
