"""The score: a pure function of predictions, labels and the scoring specification.

    decoded by shape -> one number per example -> mean -> band -> confidence interval -> margin

Nothing here knows where predictions came from, and nothing is drawn: not from a clock, not from a generator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...problems import Band, Labels, Output
from .card import Interval, Margin
from .interval import confidence_interval
from .specification import ScoringSpec

_LARGEST: Final = 1e100
"""Beyond it sums overflow; no model that learned anything predicts so."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """What the predictions earned."""

    score: int
    value: float
    interval: Interval
    scores_in_interval: tuple[int, ...]
    margin: Margin | None
    """None at full marks."""
    decoded: NDArray[Any] = field(repr=False, compare=False)
    """(n, ...) The predictions in the form that the metric takes, such as class numbers."""
    per_example: Values = field(repr=False, compare=False)
    """(n,) The metric of each example."""


def score(predictions: NDArray[Any], labels: Labels, spec: ScoringSpec) -> Score:
    """Scores the predictions of one split.

    Args:
        predictions: (n, *output) as the model gave them; `output` is one of the specification's shapes.
        labels: the n labels in the same order, and the group of each where examples are not independent.
        spec: metric, bands and shapes.

    Returns:
        The metric's mean in its own unit, the score from 0 to 5 that it earns, a 95% confidence interval, and
        the distance to the next band. The same arguments give the same result, bit for bit.

    Raises:
        UnreadablePredictions: wrong count (`output_count`), shape (`output_shape`) or dtype
            (`output_dtype`), or numbers that are not finite (`not_finite`).
    """
    output = matching_output(predictions, len(labels.values), spec.outputs)
    check_finite(predictions)
    decoded = output.read(predictions)
    per_example = spec.metric.per_example(decoded, labels.values)
    value = math.fsum(per_example.tolist()) / len(per_example)
    interval = confidence_interval(per_example, labels.groups, is_share=spec.metric.is_share)
    earned = earned_score(spec.bands, value)
    return Score(
        score=earned,
        value=value,
        interval=interval,
        scores_in_interval=scores_between(spec.bands, interval),
        margin=margin_to_next(spec.bands, earned, value, interval),
        decoded=decoded,
        per_example=per_example,
    )


def matching_output(predictions: NDArray[Any], count: int, outputs: Sequence[Output]) -> Output:
    """The output whose shape these predictions have. Raises UnreadablePredictions."""
    if predictions.dtype.kind not in "fiub":
        raise UnreadablePredictions(
            "output_dtype", f"The model must predict numbers, but its predictions are {predictions.dtype}."
        )
    if predictions.ndim == 0 or len(predictions) != count:
        found = len(predictions) if predictions.ndim else 0
        raise UnreadablePredictions(
            "output_count", f"The model gave {found:,} predictions for {count:,} inputs."
        )
    for output in outputs:
        if predictions.shape[1:] == output.shape:
            return output
    expected = " or ".join(str(output.shape) for output in outputs)
    raise UnreadablePredictions(
        "output_shape",
        f"One prediction must have the shape {expected}, but the model's has {predictions.shape[1:]}.",
    )


def check_finite(predictions: NDArray[Any]) -> None:
    """Raises UnreadablePredictions for NaN and infinity: they are a broken model, not a bad one."""
    numbers = np.abs(predictions.astype(np.float64)).reshape(len(predictions), -1)
    wrong = ~(numbers <= _LARGEST).all(axis=1)
    if wrong.any():
        kind = "NaN" if np.isnan(numbers).any() else "infinite"
        raise UnreadablePredictions(
            "not_finite",
            f"{int(wrong.sum()):,} of {len(predictions):,} predictions are {kind}, so nothing can be scored.",
        )


def earned_score(bands: Sequence[Band], value: float) -> int:
    """The best band that holds `value`; 0 where none does."""
    return max((band.score for band in bands if band.holds(value)), default=0)


def scores_between(bands: Sequence[Band], interval: Interval) -> tuple[int, ...]:
    """Every score that some value inside the interval would earn, rising."""
    ends = {earned_score(bands, interval.low), earned_score(bands, interval.high)}
    possible = {0, *(band.score for band in bands)}
    return tuple(sorted(score for score in possible if min(ends) <= score <= max(ends)))


def margin_to_next(bands: Sequence[Band], earned: int, value: float, interval: Interval) -> Margin | None:
    """How far `value` is from the band above the earned one; None at the top."""
    above = [band for band in bands if band.score > earned]
    if not above:
        return None
    following = min(above, key=lambda band: band.score)
    return Margin(
        next_score=following.score,
        threshold=following.threshold,
        distance=abs(following.threshold - value),
        within_interval=interval.low <= following.threshold <= interval.high,
    )
