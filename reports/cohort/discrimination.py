"""How well a problem tells strong learners from weak ones: the corrected item-total correlation."""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import StatisticsError, correlation
from typing import Final

from ...cohorts import Cohort, Result

ENOUGH: Final = 20
"""Learners: with fewer, the interval is so wide that the number says nothing."""
_95: Final = 1.96
_CERTAIN: Final = 0.9999
"""Fisher's z of 1 is infinite."""


@dataclass(frozen=True)
class Discrimination:
    """Pearson's correlation of the points in a problem with the total without it.

    Also called item-rest correlation. Source: Henrysson, Correction of item-total correlations in item
    analysis, Psychometrika 28 (1963).
    """

    r: float
    low: float
    """Of the 95% confidence interval, by Fisher's z."""
    high: float
    n: int
    """The learners who have points in the problem, by the grader or by hand."""


def discriminate(cohort: Cohort) -> tuple[Discrimination | None, ...]:
    """The discrimination of each problem, in the cohort's order.

    The total is the gradebook's: a problem that was not handed in counts 0 there. None where it cannot be
    told: fewer than ENOUGH learners have points in the problem, or all have the same, here or in the others.
    """
    return tuple(_discrimination(cohort, index) for index in range(len(cohort.problems)))


def _discrimination(cohort: Cohort, index: int) -> Discrimination | None:
    scored = [one.results for one in cohort.learners if _has_points(one.results[index])]
    if len(scored) < ENOUGH:
        return None
    weights = [0.0 if place == index else weight for place, weight in enumerate(cohort.weights)]
    rest = [
        sum(weight * result.points for weight, result in zip(weights, results, strict=True))
        for results in scored
    ]
    try:
        r = correlation([results[index].points for results in scored], rest)
    except StatisticsError:  # all have the same points
        return None
    z, half = atanh(max(-_CERTAIN, min(_CERTAIN, r))), _95 / sqrt(len(scored) - 3)
    return Discrimination(r, tanh(z - half), tanh(z + half), len(scored))


def _has_points(result: Result) -> bool:
    return result.machine is not None or result.override is not None
