"""Whether two models make the same mistakes, beyond what honest models do.

Honest models make mistakes on the same difficult inputs. So the mistakes of a pair are compared with the
number that is expected from their own error rates and the difficulty of each input. The difficulty is
estimated from the rest of the cohort: not from the pair, nor from others who agree as much. How the
thresholds were chosen, and what they were measured on, is in design/similarity.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Numbers = NDArray[np.float64]

FEW_MISTAKES: Final = 10
_KNOWN: Final = 8
"""From fewer others the difficulty of the inputs cannot be estimated."""
_COMPONENTS: Final = 3
_UNUSUAL: Final = 3.0
_CLIPPED: Final = 0.15
"""The correlation of clipped errors may be so much below that of medians."""
_NOTHING: Final = 1e-12
_SAME: Final = 1e-9
"""Directions that differ by less are one."""
_EFFICIENCY: Final = 0.37
"""The efficiency of medians where errors are normal: they need more data for the same certainty."""
_MARGIN: Final = 0.2
"""A pair so much below the threshold may be above it when the common part is removed."""
_MOST_PAIRS: Final = 1_000
_MOST_CLOSE: Final = 200
_MOST_NUMBERS: Final = 2_000
_MOST_OTHERS: Final = 60


@dataclass(frozen=True)
class Thresholds:
    """From which values on a pair is reported."""

    chance: float = 0.01
    """At most: such a pair occurs by chance in one of a hundred cohorts."""
    shared: float = 0.7
    """At least: the share of mistakes in common, 0 for as many as honest models have, 1 for all."""
    shared_alone: float = 0.95
    """The same where there are too few others to estimate what honest models share."""
    alike: float = 0.9
    """At least: the correlation of numeric errors, without the part that the others have in common."""
    alike_alone: float = 0.998
    """The same where there are too few others."""


MEASURED: Final = Thresholds()


@dataclass(frozen=True)
class Agreement:
    """Two models, by their positions, with more mistakes in common than chance explains."""

    first: int
    second: int
    share: float
    """0 for as much as honest models share, 1 for everything; for numbers, the errors' correlation."""
    chance: float
    """An upper bound of the probability that honest models of a cohort contain such a pair."""
    evidence: str
    """The numbers, in a sentence."""


def shared_mistakes(
    reads: Array, truth: Array, classes: int, thresholds: Thresholds = MEASURED
) -> tuple[Agreement, ...]:
    """Pairs of models that predict the same wrong classes, the surest first.

    Args:
        reads: (models, n) predicted class numbers.
        truth: (n,) the labels.
        classes: how many classes there are.
        thresholds: from which values on a pair is reported.
    """
    mistakes = _ClassMistakes(reads, truth, classes, thresholds)
    found = (mistakes.compare(first, second) for first, second in mistakes.candidates())
    return _surest(agreement for agreement in found if agreement is not None)


def shared_errors(reads: Array, truth: Array, thresholds: Thresholds = MEASURED) -> tuple[Agreement, ...]:
    """Pairs of models whose numeric errors are correlated, the surest first.

    Args:
        reads: (models, n, ...) predictions.
        truth: (n, ...) the labels.
        thresholds: from which values on a pair is reported.
    """
    errors = (reads.astype(np.float64) - truth.astype(np.float64)).reshape(len(reads), -1)
    taken = np.linspace(0, errors.shape[1] - 1, min(errors.shape[1], _MOST_NUMBERS)).astype(np.intp)
    errors = errors[:, taken]
    # Numbers of one example go together: an example counts once.
    examples = min(len(truth), len(taken))
    labels = truth.astype(np.float64).reshape(-1)[taken]
    numeric = _NumericErrors(errors, labels, examples, thresholds)
    found = (numeric.compare(first, second) for first, second in numeric.candidates())
    return _surest(agreement for agreement in found if agreement is not None)


class _ClassMistakes:
    """The mistakes of all models of a classification problem."""

    def __init__(self, reads: Array, truth: Array, classes: int, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._pairs = _pairs(len(reads))
        self._all = len(truth)
        missed = (reads != truth).any(axis=0)
        self._by_class = np.maximum(np.bincount(truth.astype(np.int64), minlength=max(classes, 2)), 1)
        # An input that every model predicts correctly distinguishes no models.
        self._reads, self._truth = reads[:, missed].astype(np.int64), truth[missed].astype(np.int64)
        self._wrong = self._reads != self._truth
        self._mistakes = self._wrong.sum(axis=1)
        self._classes = max(classes, 2)
        self._missed = self._wrong.sum(axis=0)
        self._gave = np.stack([(self._reads == number).sum(axis=0) for number in range(self._classes)])
        self._same = self._count_same()
        self._groups: list[set[int]] = []

    def candidates(self) -> list[tuple[int, int]]:
        """Pairs that could pass the thresholds, those with most in common first."""
        fewer = np.minimum.outer(self._mistakes, self._mistakes)
        share = self._same / np.maximum(fewer, 1)
        share[fewer < FEW_MISTAKES] = 0
        pairs = _highest(share, self._thresholds.shared, _MOST_PAIRS)
        self._groups = _groups(pairs, len(self._reads))
        return pairs

    def compare(self, first: int, second: int) -> Agreement | None:
        """Their agreement, if it is more than the other models let one expect."""
        left_out = self._left_out(first, second)
        others = len(self._reads) - len(left_out)
        same, fewer = int(self._same[first, second]), int(min(self._mistakes[[first, second]]))
        expected = self._expected(first, second, left_out) if others else self._by_chance(first, second)
        expected = max(expected, self._by_answers(first, second))
        share = (same - expected) / max(fewer - expected, 1e-9)
        chance = min(1.0, self._pairs * _tail_probability(same, expected, fewer))
        threshold = self._thresholds.shared if others else self._thresholds.shared_alone
        if share < threshold or chance > self._thresholds.chance:
            return None
        return Agreement(
            first,
            second,
            share,
            chance,
            f"{same:,} of {fewer:,} mistakes are the same; {expected:.0f} are expected"
            f"{_chance_text(chance)}.",
        )

    def _count_same(self) -> Numbers:
        """(models, models) How often two models predict the same wrong class."""
        same = np.zeros((len(self._reads), len(self._reads)))
        for number in range(self._classes):
            gave = (self._wrong & (self._reads == number)).astype(np.float32)
            same += gave @ gave.T
        return same

    def _left_out(self, first: int, second: int) -> list[int]:
        """The models that the difficulty is not estimated from: the pair, and those who agree as much.

        All models, where too few are left.
        """
        group = next((group for group in self._groups if first in group), {first, second})
        for left_out in (group, {first, second}):
            if len(self._reads) - len(left_out) >= _KNOWN:
                return sorted(left_out)
        return list(range(len(self._reads)))

    def _by_chance(self, first: int, second: int) -> float:
        return float(self._mistakes[first] * self._mistakes[second] / self._all)

    def _by_answers(self, first: int, second: int) -> float:
        """How many mistakes they would share if each knew of an input its class alone.

        That is all of them for two that always predict one class, or that count the classes from 1.
        """
        one, other = (self._answers(index) for index in (first, second))
        return float((one * other / self._by_class[:, None]).sum())

    def _answers(self, index: int) -> Numbers:
        """(classes, classes) How often a model gave which wrong prediction for inputs of which class."""
        wrong = self._wrong[index]
        pairs = self._truth[wrong] * self._classes + self._reads[index][wrong]
        counts = np.bincount(pairs, minlength=self._classes**2).reshape(self._classes, -1)
        return counts.astype(np.float64)

    def _expected(self, first: int, second: int, left_out: list[int]) -> float:
        """How many mistakes of the model with fewer the other one would share, if both are honest."""
        few, many = sorted((first, second), key=lambda index: int(self._mistakes[index]))
        others = len(self._reads) - len(left_out)
        missed = self._missed - self._wrong[left_out].sum(axis=0)
        rate = (missed + 2 * missed.mean() / others) / (others + 2)
        missing = _miss_probability(np.log(rate / (1 - rate)), int(self._mistakes[many]))
        # The share of wrong predictions for an input that are this very class.
        reads = self._reads[few]
        gave = self._gave[reads, np.arange(len(reads))] - (self._reads[left_out] == reads).sum(axis=0)
        share = (gave + 1 / (self._classes - 1)) / (missed + 1)
        return float((missing * share)[self._wrong[few]].sum())


class _NumericErrors:
    """The errors (models, numbers) of all models of a problem with numeric labels (numbers)."""

    def __init__(self, errors: Numbers, labels: Numbers, examples: int, thresholds: Thresholds) -> None:
        self._errors, self._examples, self._thresholds = errors, examples, thresholds
        # Predictions on another scale, or one number always, are errors that follow from the labels.
        self._scale = np.stack([np.ones_like(labels), labels])
        # A model whose predictions vary more beside the labels than with them errs as its inputs are.
        scale = _directions([*self._scale])
        beside = errors - (errors @ scale) @ scale.T
        along = errors + labels - beside
        self._knows_nothing = (labels.std() > _NOTHING) & (beside.std(axis=1) > along.std(axis=1))
        self._known = len(errors) - 2 >= _KNOWN

    def candidates(self) -> list[tuple[int, int]]:
        """Pairs that could pass the threshold, the most correlated first."""
        left = self._errors - self._errors.mean(axis=0) if self._known else self._errors
        correlations = np.triu(_correlations(_clipped(left)), 1)
        return _highest(correlations, self._thresholds.alike - _MARGIN, _MOST_CLOSE)

    def compare(self, first: int, second: int) -> Agreement | None:
        """Their agreement, if it is more than the other models let one expect."""
        if self._knows_nothing[[first, second]].any():
            return None
        others = np.delete(self._errors, [first, second], axis=0)
        common = _directions([*self._scale, *(_common(_sampled(others)) if self._known else ())])
        left = self._errors[[first, second]]
        left = left - (left @ common) @ common.T
        correlation = _robust_correlation(*left)
        freedom = self._examples - 3 - common.shape[1]
        chance = min(1.0, _pairs(len(self._errors)) * _chance_of(correlation, freedom))
        threshold = self._thresholds.alike if self._known else self._thresholds.alike_alone
        clipped = float(_correlations(_clipped(left))[0, 1])
        too_low = correlation < threshold or clipped < threshold - _CLIPPED
        if too_low or chance > self._thresholds.chance:
            return None
        what = "their errors, without the part common to all," if self._known else "their errors"
        evidence = f"The correlation of {what} is {correlation:.3f}{_chance_text(chance)}."
        return Agreement(first, second, correlation, chance, evidence)


def _miss_probability(difficulty: Numbers, mistakes: int) -> Numbers:
    """(n,) The probability that a model with so many mistakes misses each input (Rasch's model)."""
    ability = 0.0
    for _ in range(40):
        missing = 1 / (1 + np.exp(-(difficulty + ability)))
        away = missing.sum() - mistakes
        if abs(away) < 1e-3:
            break
        ability -= float(np.clip(away / ((missing * (1 - missing)).sum() + 1e-9), -2, 2))
    return np.asarray(1 / (1 + np.exp(-(difficulty + ability))))


def _tail_probability(seen: int, expected: float, most: int) -> float:
    """An upper bound of the probability of `seen` or more of `most` (Chernoff's bound)."""
    split, due = seen / most, min(max(expected / most, 1e-9), 1 - 1e-9)
    if split <= due:
        return 1.0
    left = (1 - split) * math.log((1 - split) / (1 - due)) if split < 1 else 0.0
    return math.exp(-most * (split * math.log(split / due) + left))


def _highest(values: Numbers, least: float, most: int) -> list[tuple[int, int]]:
    """The pairs (first < second) of at least this value, the highest first."""
    firsts, seconds = np.nonzero(np.triu(values >= least, 1))
    order = np.argsort(-values[firsts, seconds], kind="stable")[:most]
    return [(int(firsts[index]), int(seconds[index])) for index in order]


def _groups(pairs: Iterable[tuple[int, int]], count: int) -> list[set[int]]:
    """The connected groups of pairs."""
    group = list(range(count))
    for first, second in pairs:
        old, new = group[second], group[first]
        group = [new if number == old else number for number in group]
    return [{index for index in range(count) if group[index] == number} for number in set(group)]


def _sampled(others: Numbers) -> Numbers:
    rows = np.linspace(0, len(others) - 1, min(len(others), _MOST_OTHERS))
    return others[rows.astype(np.intp)]


def _common(others: Numbers) -> list[Numbers]:
    """What the others' errors have in common: their mean, and how they vary most."""
    mean = others.mean(axis=0)
    count = min(_COMPONENTS, len(others) // 4)
    apart = others - mean
    # As of a singular value decomposition, at a tenth of its cost: there are fewer models than numbers.
    directions = np.linalg.eigh(apart @ apart.T)[1][:, len(others) - count :].T @ apart
    return [mean, *directions]


def _directions(rows: Sequence[Numbers]) -> Numbers:
    """(numbers, k) An orthonormal basis of what these span."""
    basis, sizes, _ = np.linalg.svd(np.stack([_unit(row) for row in rows], axis=1), full_matrices=False)
    return np.asarray(basis[:, sizes > _SAME * sizes[0]])


def _unit(row: Numbers) -> Numbers:
    length = float(np.linalg.norm(row))
    return row / length if length > _NOTHING else row


def _clipped(rows: Numbers) -> Numbers:
    """Errors limited to so many times the usual distance from the median."""
    middle = np.median(rows, axis=1, keepdims=True)
    most = _UNUSUAL * np.median(np.abs(rows - middle), axis=1, keepdims=True)
    return np.asarray(np.clip(rows, middle - most, middle + most))


def _robust_correlation(first: Numbers, second: Numbers) -> float:
    """Of two rows, by their medians (Gnanadesikan and Kettenring): a few changed predictions hide no copy."""
    spreads = _spread(first), _spread(second)
    if min(spreads) < _NOTHING:
        return 0.0
    first, second = first / spreads[0], second / spreads[1]
    together, apart = _spread(first + second) ** 2, _spread(first - second) ** 2
    return (together - apart) / (together + apart)


def _spread(row: Numbers) -> float:
    """The median distance from the median."""
    return float(np.median(np.abs(row - np.median(row))))


def _correlations(rows: Numbers) -> Numbers:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > _NOTHING)
    return np.asarray(unit @ unit.T)


def _chance_of(correlation: float, freedom: int) -> float:
    """The probability of so high a correlation between independent numbers."""
    if freedom < 1:
        return 1.0
    return 0.5 * math.erfc(math.atanh(min(correlation, 1 - 1e-12)) * math.sqrt(_EFFICIENCY * freedom / 2))


def _chance_text(chance: float) -> str:
    if chance < 1e-9:
        return "; by chance, in less than 1 such cohort of 1,000,000,000"
    return f"; by chance, in at most 1 such cohort of {1 / chance:,.0f}"


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _surest(agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
    return tuple(sorted(agreements, key=lambda agreement: -agreement.share))
