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
RIGHT_ALONE: Final = 1.25
"""So much likelier than one of its copies an input may be what an honest model gets right alone: copies are a
little harder."""
_CHANCE_ALONE: Final = 0.002
_ENOUGH_COPIES: Final = 4
"""Of each input, for that."""
_MANY_COPIES: Final = 400
"""Of so many, a model that mistakes many inputs predicts some as another class than the input."""
_CHANCE_STILL: Final = 0.05
"""Where it does not, less is enough to call its mistakes unmoved."""
NEAREST: Final = 10
"""So many of the nearest other inputs tell whether one is easy."""
_OFTEN_EASY: Final = 0.4
"""Of the inputs that a model gets right at least this share is easy; else distances tell nothing."""
_EASY_MISTAKES: Final = 0.4
"""As a share of that: so many of an honest model's mistakes may be easy. Of fifty, at most an eighth were."""
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
    easy_mistakes: int = 0
    """Those of them whose nearest inputs are all of their class."""
    easy_share: float = 0.0
    """Of the inputs that it got right."""
    changed: int | None = None
    """Of classes: copies that are predicted as another class than their input."""
    copies_of_each: int = 1
    right_once: int = 0
    """Of classes: inputs of which it got one right, of the input itself and all its copies."""
    right_alone: int = 0
    """Those of them of which that is the input."""

    def loses_more_than(self, honest: float, doubt: float) -> bool:
        """Whether the loss is more than honest models have, in the metric's unit, and no chance.

        However narrow the bands are, a share of `doubt` of the spread is no loss.
        """
        least = max(honest, doubt * self.spread)
        return self.inputs >= FEWEST and self.loss > least + STANDARD_ERRORS * self.noise

    def is_right_alone(self) -> bool:
        """Whether it is right on inputs, and on none of their copies, too often for chance."""
        if self.copies_of_each < _ENOUGH_COPIES:
            return False
        share = RIGHT_ALONE / (self.copies_of_each + 1)
        return _binomial_at_least(self.right_alone, self.right_once, share) < _CHANCE_ALONE

    def errs_where_it_is_easy(self) -> bool:
        """Whether many of its mistakes are inputs that hardly any model mistakes."""
        if self.easy_share < _OFTEN_EASY:
            return False
        share = _EASY_MISTAKES * self.easy_share
        return _binomial_at_least(self.easy_mistakes, self.mistakes, share) < _CHANCE

    def is_unmoved(self, honest_healing: float) -> bool:
        """Whether its errors stay what they are however an input is changed, as those of a table do."""
        if self.inputs < FEWEST:
            return False
        if not math.isnan(self.moved):
            return self.moved < MOVED_AT_LEAST
        is_still = self.count >= _MANY_COPIES and self.changed == 0
        return binomial_at_most(self.healed, self.mistakes, honest_healing) < (
            _CHANCE_STILL if is_still else _CHANCE
        )

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
    spread, moved, once, alone, other = _spread(metric, labels), math.nan, 0, 0, None
    if metric.is_share:
        other = int((after != before).sum())
        first = _means(unchanged, copied) == 1
        of_copies_right = np.round(_means(changed, copied) * np.bincount(copied)[np.unique(copied)])
        once, alone = int((first + of_copies_right == 1).sum()), int((first & (of_copies_right == 0)).sum())
    else:
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
        changed=other,
        copies_of_each=round(len(copied) / max(1, len(by_input))),
        right_once=once,
        right_alone=alone,
    )


def _spread(metric: Metric, labels: Array) -> float:
    """The error of the best constant prediction: the most frequent class, or the median."""
    best: Any = np.bincount(labels.ravel()).argmax() if metric.is_share else np.median(labels, axis=0)
    constant = np.broadcast_to(np.asarray(best, labels.dtype), labels.shape)
    perfect = metric.per_example(labels, labels)
    return float(np.abs(perfect - metric.per_example(constant, labels)).mean())


def with_mistakes(
    compared: CopiesComparison, right: NDArray[np.bool_], easy: tuple[int, float]
) -> CopiesComparison:
    """The comparison, with what became of mistakes.

    Args:
        compared: without them.
        right: (k, copies) which copies of them the model gets right.
        easy: how many of them are easy, and which share of the inputs that it got right.
    """
    shares = right.mean(axis=1)
    return replace(
        compared,
        mistakes=len(right),
        healed=int((shares > 0).sum()),
        mostly_healed=int((shares >= _HALF).sum()),
        easy_mistakes=easy[0],
        easy_share=easy[1],
    )


def are_easy(inputs: Array, labels: Array, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(k,) Of which inputs the nearest others are all of the same class.

    Args:
        inputs: (n, ...) numbers.
        labels: (n,) of classes.
        places: (k,) which of them are asked about.
    """
    rows = inputs.reshape(len(inputs), -1).astype(np.float32)
    away = (rows**2).sum(axis=1)[None] - 2 * rows[places] @ rows.T
    away[np.arange(len(places)), places] = np.inf
    count = min(NEAREST, len(rows) - 1)
    nearest = np.argpartition(away, count - 1, axis=1)[:, :count]
    return np.asarray((labels[nearest] == labels[places][:, None]).all(axis=1))


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


def _binomial_at_least(found: int, count: int, share: float) -> float:
    return 1.0 if found == 0 else 1 - binomial_at_most(found - 1, count, share)


def _means(values: Array, groups: Array) -> Array:
    """The mean of each group's values, in order of the groups."""
    _, places = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(places, values) / np.bincount(places))
