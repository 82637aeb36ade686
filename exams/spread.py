"""How far scores move with the examples that a learner is asked: measured with the class's own models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..files.text import counted
from ..grader.scoring.score import earned_score
from ..problems import Dataset

Spread = tuple[int, int, float]
"""Of one model: with how many learners' examples it gets another score than on all examples of the exam's
half, of how many learners, and the standard deviation of its metric."""


def measure_spread(
    pool: Dataset, per_example: NDArray[np.float64], variants: Sequence[NDArray[np.intp]]
) -> Spread | None:
    """How far one model's score moves; None where every learner is asked the same examples.

    Args:
        pool: the half of the hidden examples that is the exam's.
        per_example: the model's metric of each example of the pool.
        variants: for each learner the indices of the examples that they are asked.
    """
    if len({tuple(sorted(each.tolist())) for each in variants}) < 2:
        return None
    values = [float(per_example[chosen].mean()) for chosen in variants]
    usual = earned_score(pool.bands, float(per_example.mean()))
    moved = sum(earned_score(pool.bands, value) != usual for value in values)
    return moved, len(variants), float(np.std(values))


def describe_spread(pool: Dataset, spreads: Sequence[Spread]) -> str:
    """How far the scores of some models move from variant to variant, in a sentence."""
    metric = pool.problem.metric
    moved, counts, deviations = zip(*spreads, strict=True)
    unit = f" {metric.unit}" if metric.unit else ""
    class_s = counted(len(spreads), "model of this class gets", "models of this class get")
    return (
        f"{pool.problem.id}: asked each of the {max(counts)} learners' examples, the {class_s} another "
        f"score than on all {pool.counts.hidden:,} in {sum(moved):,} of {sum(counts):,} cases."
        f" The standard deviation of one model's {metric.name} is at most {max(deviations):.3g}{unit}."
    )
