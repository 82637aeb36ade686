"""Whether two models make the same mistakes, beyond what honest models do.

Honest models err on the same hard questions. So a pair is compared with what their own error rates and each
question's difficulty let one expect, both taken from the rest of the cohort: never from the pair, nor from
others who agree as much. How the lines below were chosen, and what they were measured on, stands in
design/similarity.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Numbers = NDArray[np.float64]

FEW_MISTAKES: Final = 10
_KNOWN: Final = 8
"""Of fewer others nothing can be learned about the questions."""
_COMPONENTS: Final = 3
_UNUSUAL: Final = 3.0
_CLIPPED: Final = 0.15
"""So much lower may the correlation be whose medians are not taken, but whose unusual errors are clipped."""
_NOTHING: Final = 1e-12
_EFFICIENCY: Final = 0.37
"""So much of the data medians use, where errors are normal: they need more to be as sure."""
_WORTH_A_LOOK: Final = 0.2
"""So much below the line, a pair may still be above it when what is common is taken out."""
_MOST_PAIRS: Final = 1_000
_MOST_CLOSE: Final = 200
_MOST_NUMBERS: Final = 2_000
_MOST_OTHERS: Final = 60


@dataclass(frozen=True)
class Lines:
    """From where on a pair is named."""

    chance: float = 0.01
    """Chance would bring about one such pair in a hundred cohorts, or fewer."""
    shared: float = 0.7
    """How much of what honest models do not share: 0 for as much as they do, 1 for every mistake."""
    shared_alone: float = 0.95
    """The same where there are no others to learn from what honest models share."""
    alike: float = 0.9
    """The correlation of errors that are numbers, after taking out what the others' have in common."""
    alike_alone: float = 0.998
    """The same where there are no others."""


MEASURED: Final = Lines()
"""As they were measured."""


@dataclass(frozen=True)
class Agreement:
    """Two models, by their places, that err alike beyond chance."""

    first: int
    second: int
    share: float
    """0 for as much as honest models share, 1 for everything; for numbers, the errors' correlation."""
    chance: float
    """At most so probable is such a pair anywhere among honest models."""
    told: str
    """The evidence in numbers."""


def shared_mistakes(
    reads: Array, truth: Array, classes: int, lines: Lines = MEASURED
) -> tuple[Agreement, ...]:
    """Pairs that give the same wrong classes. `reads` (models, n) and `truth` (n,) hold class numbers."""
    crowd = _Crowd(reads, truth, classes, lines)
    found = (crowd.compare(first, second) for first, second in crowd.candidates())
    return _surest(agreement for agreement in found if agreement is not None)


def shared_errors(reads: Array, truth: Array, lines: Lines = MEASURED) -> tuple[Agreement, ...]:
    """Pairs whose errors rise and fall together. `reads` is (models, n, ...) and `truth` (n, ...)."""
    errors = (reads.astype(np.float64) - truth.astype(np.float64)).reshape(len(reads), -1)
    taken = np.linspace(0, errors.shape[1] - 1, min(errors.shape[1], _MOST_NUMBERS)).astype(np.intp)
    errors = errors[:, taken]
    # Numbers of one example go together: an example counts once.
    examples = min(len(truth), len(taken))
    close = _Errors(errors, examples, lines)
    found = (close.compare(first, second) for first, second in close.candidates())
    return _surest(agreement for agreement in found if agreement is not None)


class _Crowd:
    """Everyone's mistakes on questions that ask for a class."""

    def __init__(self, reads: Array, truth: Array, classes: int, lines: Lines) -> None:
        self._lines = lines
        self._pairs = _pairs(len(reads))
        self._all = len(truth)
        missed = (reads != truth).any(axis=0)
        # A question that nobody missed tells nobody apart.
        self._reads, self._truth = reads[:, missed].astype(np.int64), truth[missed].astype(np.int64)
        self._wrong = self._reads != self._truth
        self._mistakes = self._wrong.sum(axis=1)
        self._classes = max(classes, 2)
        self._missed = self._wrong.sum(axis=0)
        self._gave = np.stack([(self._reads == number).sum(axis=0) for number in range(self._classes)])
        self._same = self._count_same()
        self._friends: list[set[int]] = []

    def candidates(self) -> list[tuple[int, int]]:
        """Pairs that could pass a line, the likest first: beyond chance, less is shared than in all."""
        fewer = np.minimum.outer(self._mistakes, self._mistakes)
        share = self._same / np.maximum(fewer, 1)
        share[fewer < FEW_MISTAKES] = 0
        firsts, seconds = np.nonzero(np.triu(share >= self._lines.shared, 1))
        order = np.argsort(-share[firsts, seconds], kind="stable")[:_MOST_PAIRS]
        pairs = [(int(firsts[place]), int(seconds[place])) for place in order]
        self._friends = _friends(pairs, len(self._reads))
        return pairs

    def compare(self, first: int, second: int) -> Agreement | None:
        """Their agreement, if it is beyond what the others let one expect."""
        aside = self._aside(first, second)
        others = len(self._reads) - len(aside)
        same, fewer = int(self._same[first, second]), int(min(self._mistakes[[first, second]]))
        expected = self._expected(first, second, aside) if others else self._by_chance(first, second)
        share = (same - expected) / max(fewer - expected, 1e-9)
        chance = min(1.0, self._pairs * _tail(same, expected, fewer))
        line = self._lines.shared if others else self._lines.shared_alone
        if share < line or chance > self._lines.chance:
            return None
        return Agreement(
            first,
            second,
            share,
            chance,
            f"{same:,} of {fewer:,} mistakes are the same; {expected:.0f} were to be expected"
            f"{_chance_told(chance)}.",
        )

    def _count_same(self) -> Numbers:
        """(models, models) How often two gave the same wrong answer."""
        same = np.zeros((len(self._reads), len(self._reads)))
        for number in range(self._classes):
            gave = (self._wrong & (self._reads == number)).astype(np.float32)
            same += gave @ gave.T
        return same

    def _aside(self, first: int, second: int) -> list[int]:
        """Whom nothing is learned from about the questions: the pair, and those who agree with them as much.

        Everybody, where too few are left.
        """
        friends = next((group for group in self._friends if first in group), {first, second})
        for aside in (friends, {first, second}):
            if len(self._reads) - len(aside) >= _KNOWN:
                return sorted(aside)
        return list(range(len(self._reads)))

    def _by_chance(self, first: int, second: int) -> float:
        return float(self._mistakes[first] * self._mistakes[second] / self._all)

    def _expected(self, first: int, second: int, aside: list[int]) -> float:
        """How many of the mistakes of the one that makes fewer the other one would make too, if honest."""
        few, many = sorted((first, second), key=lambda place: int(self._mistakes[place]))
        others = len(self._reads) - len(aside)
        missed = self._missed - self._wrong[aside].sum(axis=0)
        rate = (missed + 2 * missed.mean() / others) / (others + 2)
        missing = _missing(np.log(rate / (1 - rate)), int(self._mistakes[many]))
        # Of those who miss a question, so many give this very answer.
        reads = self._reads[few]
        gave = self._gave[reads, np.arange(len(reads))] - (self._reads[aside] == reads).sum(axis=0)
        share = (gave + 1 / (self._classes - 1)) / (missed + 1)
        return float((missing * share)[self._wrong[few]].sum())


class _Errors:
    """Everyone's errors (models, numbers) on questions that ask for numbers."""

    def __init__(self, errors: Numbers, examples: int, lines: Lines) -> None:
        self._errors, self._examples, self._lines = errors, examples, lines
        self._known = len(errors) - 2 >= _KNOWN

    def candidates(self) -> list[tuple[int, int]]:
        """Pairs of which it is worth looking whether their errors are alike; the likest first."""
        left = self._errors - self._errors.mean(axis=0) if self._known else self._errors
        alike = np.triu(_correlations(_tamed(left)), 1)
        firsts, seconds = np.nonzero(np.triu(alike >= self._lines.alike - _WORTH_A_LOOK, 1))
        order = np.argsort(-alike[firsts, seconds], kind="stable")[:_MOST_CLOSE]
        return [(int(firsts[place]), int(seconds[place])) for place in order]

    def compare(self, first: int, second: int) -> Agreement | None:
        """Their agreement, if it is beyond what the others let one expect."""
        others = np.delete(self._errors, [first, second], axis=0)
        common = _common(_thinned(others)) if self._known else np.zeros((others.shape[1], 0))
        left = self._errors[[first, second]]
        left = left - (left @ common) @ common.T
        alike = _robust_correlation(*left)
        freedom = self._examples - 3 - common.shape[1]
        chance = min(1.0, _pairs(len(self._errors)) * _chance_of(alike, freedom))
        line = self._lines.alike if self._known else self._lines.alike_alone
        clipped = float(_correlations(_tamed(left))[0, 1])
        if alike < line or clipped < line - _CLIPPED or chance > self._lines.chance:
            return None
        what = "what they do not share with the others" if self._known else "their errors"
        told = f"The correlation of {what} is {alike:.3f}{_chance_told(chance)}."
        return Agreement(first, second, alike, chance, told)


def _missing(difficulty: Numbers, mistakes: int) -> Numbers:
    """(n,) How probably a model that makes so many mistakes misses each question (Rasch's model)."""
    ability = 0.0
    for _ in range(40):
        missing = 1 / (1 + np.exp(-(difficulty + ability)))
        away = missing.sum() - mistakes
        if abs(away) < 1e-3:
            break
        ability -= float(np.clip(away / ((missing * (1 - missing)).sum() + 1e-9), -2, 2))
    return np.asarray(1 / (1 + np.exp(-(difficulty + ability))))


def _tail(seen: int, expected: float, most: int) -> float:
    """At most so probable is it to see so many of `most` (Chernoff's bound, which never says too little)."""
    split, due = seen / most, min(max(expected / most, 1e-9), 1 - 1e-9)
    if split <= due:
        return 1.0
    left = (1 - split) * math.log((1 - split) / (1 - due)) if split < 1 else 0.0
    return math.exp(-most * (split * math.log(split / due) + left))


def _friends(pairs: Iterable[tuple[int, int]], count: int) -> list[set[int]]:
    """The groups that pairs tie together."""
    group = list(range(count))
    for first, second in pairs:
        old, new = group[second], group[first]
        group = [new if number == old else number for number in group]
    return [{place for place in range(count) if group[place] == number} for number in set(group)]


def _thinned(others: Numbers) -> Numbers:
    places = np.linspace(0, len(others) - 1, min(len(others), _MOST_OTHERS))
    return others[places.astype(np.intp)]


def _common(others: Numbers) -> Numbers:
    """(numbers, k) What the others' errors have in common: their mean, and how they vary most."""
    mean = others.mean(axis=0)
    count = min(_COMPONENTS, len(others) // 4)
    apart = others - mean
    # As of a singular value decomposition, at a tenth of its cost: there are fewer models than numbers.
    directions = np.linalg.eigh(apart @ apart.T)[1][:, len(others) - count :].T @ apart
    basis, _ = np.linalg.qr(np.stack([np.ones_like(mean), mean, *directions], axis=1))
    return np.asarray(basis)


def _tamed(rows: Numbers) -> Numbers:
    """No error counts as more than so many times the usual one."""
    middle = np.median(rows, axis=1, keepdims=True)
    most = _UNUSUAL * np.median(np.abs(rows - middle), axis=1, keepdims=True)
    return np.asarray(np.clip(rows, middle - most, middle + most))


def _robust_correlation(first: Numbers, second: Numbers) -> float:
    """Of two rows, by their medians (Gnanadesikan and Kettenring): a few answers changed hide no copy."""
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


def _chance_of(alike: float, freedom: int) -> float:
    """How probable so high a correlation is between numbers that have nothing to do with each other."""
    if freedom < 1:
        return 1.0
    return 0.5 * math.erfc(math.atanh(min(alike, 1 - 1e-12)) * math.sqrt(_EFFICIENCY * freedom / 2))


def _chance_told(chance: float) -> str:
    if chance < 1e-9:
        return "; by chance, in less than 1 such cohort of 1,000,000,000"
    return f"; by chance, in at most 1 such cohort of {1 / chance:,.0f}"


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _surest(agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
    return tuple(sorted(agreements, key=lambda agreement: -agreement.share))
