"""What predictions for changed copies tell beside those for the inputs as they were."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Metric

STANDARD_ERRORS: Final = 2.5
"""A loss must be so many standard errors more than honest models lose: with few inputs, chance takes some."""
FEWEST: Final = 20
"""Inputs that must have been copied: of fewer nothing is told."""
HEALED_AT_MOST: Final = 0.75
"""Of mistakes, on half of the copies at least: honest models are far below."""
_CHANCE: Final = 0.01
_HALF: Final = 0.5
_ROUNDING: Final = 0.05
"""Of the spread of predictions: half precision in batches of another size stays far below."""
MOVED_AT_LEAST: Final = 0.002
"""As a share of the error of one prediction for everything: so far numbers move from input to copy."""

Array = NDArray[Any]


@dataclass(frozen=True)
class CopiesComparison:
    """A model on some inputs as they were, and on copies of these."""

    before: float
    after: float
    """The metric, on the same inputs and on their copies."""
    count: int
    """How many copies."""
    inputs: int
    """Of how many inputs."""
    loss: float
    """How much worse it does on the copies, in the metric's unit."""
    noise: float
    """The standard error of that."""
    moved: float
    """How far numbers move from input to copy, as a share of `spread`; NaN for classes."""
    spread: float
    """The error of one prediction for everything, in the metric's unit."""
    mistakes: int = 0
    """Of classes: inputs that it mistook, of which further copies were made."""
    healed: int = 0
    """Those of them of which it gets a copy right."""
    mostly_healed: int = 0
    """Those of them of which it gets half of the copies right."""

    def loses_more_than(self, honest: float, doubt: float) -> bool:
        """Whether the loss is more than honest models have, in the metric's unit, and no chance.

        However narrow the bands are, a share of `doubt` of the spread is no loss.
        """
        least = max(honest, doubt * self.spread)
        return self.inputs >= FEWEST and self.loss > least + STANDARD_ERRORS * self.noise

    def is_unmoved(self, honest_healing: float) -> bool:
        """Whether its errors stay what they are however an input is changed, as those of a table do."""
        if self.inputs < FEWEST:
            return False
        if not math.isnan(self.moved):
            return self.moved < MOVED_AT_LEAST
        return binomial_at_most(self.healed, self.mistakes, honest_healing) < _CHANCE

    def is_scattered(self, honest_move: float) -> bool:
        """Whether its errors have nothing to do with the input, as those of predictions spoilt at random."""
        if self.inputs < FEWEST:
            return False
        if not math.isnan(self.moved):
            return self.moved > honest_move
        lasting = self.mistakes - self.mostly_healed
        return binomial_at_most(lasting, self.mistakes, 1 - HEALED_AT_MOST) < _CHANCE


@dataclass(frozen=True)
class LabelledPredictions:
    """What a model predicts for m inputs, and their labels, in the form that the metric takes."""

    predictions: Array
    """(m, ...)"""
    labels: Array
    """(m, ...)"""


def compare_with_copies(
    metric: Metric,
    plain: LabelledPredictions,
    of_copies: LabelledPredictions,
    carried: Array,
    copied: Array,
) -> CopiesComparison:
    """Compares predictions for inputs and for their copies.

    Args:
        metric: the problem's.
        plain: for the inputs that were copied.
        of_copies: for the copies.
        carried: (m, ...) the predictions for the inputs, as they would be for the copies: what follows from
            the change alone.
        copied: (m,) which input each is a copy of.
    """
    before, labels = plain.predictions, plain.labels
    after, moved_labels = of_copies.predictions, of_copies.labels
    unchanged = metric.per_example(before, labels)
    changed = metric.per_example(after, moved_labels)
    loss = (unchanged - changed) if metric.higher_is_better else (changed - unchanged)
    by_input = _means(loss, copied)
    spread, moved = _spread(metric, labels), math.nan
    if not metric.is_share:
        moved = float(metric.per_example(after, carried).mean()) / max(spread, 1e-12)
    return CopiesComparison(
        before=float(unchanged.mean()),
        after=float(changed.mean()),
        count=len(copied),
        inputs=len(by_input),
        loss=float(by_input.mean()),
        noise=float(by_input.std()) / math.sqrt(max(1, len(by_input))),
        moved=moved,
        spread=spread,
    )


def _spread(metric: Metric, labels: Array) -> float:
    """The error of the best constant prediction: the most frequent class, or the median."""
    best: Any = np.bincount(labels.ravel()).argmax() if metric.is_share else np.median(labels, axis=0)
    constant = np.broadcast_to(np.asarray(best, labels.dtype), labels.shape)
    perfect = metric.per_example(labels, labels)
    return float(np.abs(perfect - metric.per_example(constant, labels)).mean())


def with_mistakes(compared: CopiesComparison, right: NDArray[np.bool_]) -> CopiesComparison:
    """The comparison, with what became of mistakes: (k, copies) which copies of them the model gets right."""
    shares = right.mean(axis=1)
    return replace(
        compared,
        mistakes=len(right),
        healed=int((shares > 0).sum()),
        mostly_healed=int((shares >= _HALF).sum()),
    )


def differing(first: Array, second: Array, everything: Array) -> int:
    """Of how many inputs two raw predictions (r, ...) differ beyond rounding.

    Args:
        first: the first time.
        second: the second time.
        everything: (n, ...) all that the model predicted, for how much its predictions vary.
    """
    spread = float(np.std(everything.astype(np.float64))) + 1e-12
    away = np.abs(first.astype(np.float64) - second.astype(np.float64)).reshape(len(first), -1)
    return int((~(away.max(axis=1) <= _ROUNDING * spread)).sum())


def binomial_at_most(found: int, count: int, share: float) -> float:
    """The chance of `found` or fewer of `count`, each with this chance."""
    return math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(found + 1))


def _means(values: Array, groups: Array) -> Array:
    """The mean of each group's values, in order of the groups."""
    _, places = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(places, values) / np.bincount(places))
