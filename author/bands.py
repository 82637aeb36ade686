"""Proposes what earns the scores 1 to 5, from what solutions and baselines were measured to earn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ..problems import Metric
from ..problems.dataset import Counts
from .baselines import BaselineResult
from .trials import Trained

_ABOVE_NAIVE: Final = 0.15
"""The first band begins so far from the best naive baseline, as a share of its distance to full marks."""
_CLOSEST: Final = 1e-4
"""Full marks begin so far below the reference at least, as a share of its distance to the best guess."""
_DIGITS: Final = 3


@dataclass(frozen=True)
class Measures:
    """What was measured on one division of the data."""

    metric: Metric
    counts: Counts
    baselines: Sequence[BaselineResult]
    trained: Mapping[str, Trained]
    """By the solution's name."""

    @property
    def lines(self) -> tuple[str, ...]:
        """For people, a line each."""
        solutions = [
            f"{name}.py: {each.value:.4g}, {each.train_seconds:.0f} s" for name, each in self.trained.items()
        ]
        return (*solutions, *(f"{each.name}: {each.value:.4g}" for each in self.baselines))


def propose_bands(measured: Measures) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The thresholds for the scores 1 to 5, and a sentence on whatever a teacher should look at.

    Full marks begin a little below what the reference has, as other examples might give it; the first band
    a little better than the best that learned nothing.
    """
    sign = 1.0 if measured.metric.higher_is_better else -1.0
    reference, ordinary, naive = (measured.trained[name] for name in ("reference", "ordinary", "naive"))
    guess = max(sign * each.value for each in measured.baselines if not each.learns)
    naive_best = max(guess, sign * _value(naive))
    half_width = ((reference.high or 0) - (reference.low or 0)) / 2
    gap = sign * _value(reference) - naive_best
    remarks = []
    if gap <= 0:
        remarks.append(
            "The reference is no better than a guess: make it better, or there is nothing to learn."
        )
        gap = abs(sign * _value(reference)) * 0.1 or 0.1
    best = naive_best + gap
    behind = best - sign * _value(ordinary)
    if behind <= 0:
        remarks.append("The ordinary attempt is as good as the reference: bands cannot tell them apart.")
    to_full = min(half_width, gap / 4, *((behind / 2,) if behind > 0 else ()))
    to_first = (1 - _ABOVE_NAIVE) * gap
    if half_width > gap / 3:
        remarks.append(
            f"{measured.counts.hidden} hidden examples are few: chance alone moves a score by a band or more."
        )
    # Each band halves, or so, what is left to the reference: near it, good models lie close together.
    steps = [best - to_first * (max(to_full, gap * _CLOSEST) / to_first) ** (step / 4) for step in range(5)]
    return _rounded([sign * step for step in steps]), tuple(remarks)


def _value(trained: Trained) -> float:
    return trained.value if trained.value is not None else math.nan


def _rounded(thresholds: Sequence[float]) -> tuple[float, ...]:
    """With as few digits as keep them apart, and never below 0."""
    for digits in range(_DIGITS, 17):
        short = tuple(float(f"{max(0.0, value):.{digits}g}") for value in thresholds)
        if all(one != other for one, other in pairwise(short)):
            return short
    return tuple(thresholds)
