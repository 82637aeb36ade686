"""How far scores move with the examples that a learner is asked: measured with the class's own models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..files.text import counted
from ..grader.scoring.score import earned_score
from ..problems import Dataset


def describe_spread(
    pool: Dataset, models: Sequence[NDArray[np.float64]], variants: Sequence[NDArray[np.intp]]
) -> str:
    """How far the scores of some models move from variant to variant, in a sentence.

    Args:
        pool: the half of the hidden examples that is the exam's.
        models: for each model the metric of each example of the pool.
        variants: for each learner the indices of the examples that they are asked.
    """
    metric, bands = pool.problem.metric, pool.bands
    moved, widest = 0, 0.0
    for per_example in models:
        values = [float(per_example[chosen].mean()) for chosen in variants]
        usual = earned_score(bands, float(per_example.mean()))
        moved += sum(earned_score(bands, value) != usual for value in values)
        widest = max(widest, float(np.std(values)))
    count = len(models) * len(variants)
    unit = f" {metric.unit}" if metric.unit else ""
    class_s = counted(len(models), "model of this class gets", "models of this class get")
    return (
        f"{pool.problem.id}: asked each of the {len(variants)} learners' examples, the {class_s} another "
        f"score than on all {pool.counts.hidden:,} in {moved:,} of {count:,} cases."
        f" The standard deviation of one model's {metric.name} is at most {widest:.3g}{unit}."
    )
