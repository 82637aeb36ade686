"""Models that learned too little or too much, said one thing to everything, or just missed a line."""

from __future__ import annotations

import math
from typing import Final

from ...sandbox import Ending
from .finding import Evidence, GradedRun, finding
from .what_if import rounded

_FEW_EXAMPLES: Final = 20
_HEART: Final = 0.7
"""Learned by heart: on its training data a model is at most this far from perfect, compared to elsewhere."""
_ERRORS: Final = 1.96
"""Standard errors of a 95% interval."""
_BETTER: Final = 0.8
"""Better on what it was taught: there a model makes at most this share of its error elsewhere."""
_LONGER: Final = (
    "Train for more epochs while the validation loss still falls; once it does not, use more or wider layers."
)
_STEADIER: Final = (
    "It does better on its training data: add Dropout or, for pictures, random flips and shifts, and "
    "keep the epoch with the best validation loss (EarlyStopping with restore_best_weights)."
)
_POOR: Final = 3
_FULL: Final = 5


@finding(Ending.COMPLETED)
def constant_predictions(run: GradedRun) -> Evidence | None:
    """Your model gives the same answer to every question."""
    if run.score is None or len(run.score.read) < _FEW_EXAMPLES or run.score.margin is None:
        return None
    read = run.score.read.reshape(len(run.score.read), -1)
    if (read != read[0]).any():
        return None
    return Evidence(
        f"One answer to all {len(read):,} questions.",
        "See whether the loss falls at all: check the scale of the inputs, the learning rate, the last "
        "layer's activation and the loss that goes with it.",
    )


@finding(Ending.COMPLETED)
def larger_than_needed(run: GradedRun) -> Evidence | None:
    """Your model is far larger than this problem needs, so it learns slowly or by heart."""
    ample, parameters = run.dataset.problem.common_mistakes.ample_parameters, run.outcome.facts.parameters
    if run.score is None or run.score.margin is None or ample is None or parameters is None:
        return None
    if parameters <= ample:
        return None
    return Evidence(
        f"It has {parameters:,} parameters; {ample:,} are more than enough.",
        "Use fewer or narrower layers, and pooling instead of Flatten before the dense ones.",
    )


@finding(Ending.COMPLETED)
def overfitting(run: GradedRun) -> Evidence | None:
    """Your model knows its training data by heart, and does far worse on examples it has not seen."""
    if run.score is None or run.score.margin is None or run.inquiry.taught is None:
        return None
    taught, metric = run.inquiry.taught, run.dataset.problem.metric
    best = float(metric.per_example(run.labels.values, run.labels.values).mean())
    unseen, seen = abs(best - run.score.value), abs(best - taught.value)
    interval = run.score.interval
    # Both values are those of samples: two models that are equally good differ by so much now and then.
    chance = math.hypot(_ERRORS * taught.error, (interval.high - interval.low) / 2)
    if taught.score < _FULL or seen > _HEART * unseen or unseen - seen <= chance:
        return None
    return Evidence(
        f"The {metric.name} is {rounded(taught.value)} on training data and {rounded(run.score.value)} on "
        f"{run.split} examples.",
        "Stop when the validation loss rises (EarlyStopping with restore_best_weights), and add Dropout or, "
        "for pictures, random flips and shifts.",
    )


@finding(Ending.COMPLETED)
def underfitting(run: GradedRun) -> Evidence | None:
    """Your model has learned too little: it does not do well on its own training data either."""
    if run.score is None or run.score.margin is None or run.inquiry.taught is None:
        return None
    taught = run.inquiry.taught
    if run.score.score > _POOR or taught.score >= _FULL:
        return None
    return Evidence(
        f"The {run.dataset.problem.metric.name} is {rounded(taught.value)} on training data and "
        f"{rounded(run.score.value)} on {run.split} examples.",
        "Train for more epochs while the loss still falls; if it no longer does, use a larger model or a "
        "higher learning rate, and check that the inputs are scaled.",
    )


@finding(Ending.COMPLETED)
def barely_missed(run: GradedRun) -> Evidence | None:
    """You are so close to the next score that other examples might have earned it."""
    if run.score is None or run.score.margin is None or not run.score.margin.within_interval:
        return None
    margin, interval = run.score.margin, run.score.interval
    return Evidence(
        f"The line for {margin.next_score} is {margin.threshold:g}; the 95% interval of your "
        f"{run.dataset.problem.metric.name} reaches from {interval.low:.4g} to {interval.high:.4g}.",
        "A little more of the same: a few more epochs with early stopping, or slightly more regularisation.",
    )


@finding(Ending.COMPLETED)
def more_to_learn(run: GradedRun) -> Evidence | None:
    """Your model makes more errors than full marks allow; no particular mistake was seen."""
    if run.score is None or run.score.margin is None:
        return None
    metric, taught = run.dataset.problem.metric, run.inquiry.taught
    best = float(metric.per_example(run.labels.values, run.labels.values).mean())
    unseen, allowed = abs(best - run.score.value), abs(best - run.dataset.bands[0].threshold)
    told = f"Its error is {unseen / allowed:.2g} times what full marks allow." if allowed else ""
    if taught is None:
        return Evidence(told, _LONGER)
    told += f" The {metric.name} on training data is {rounded(taught.value)}."
    return Evidence(told.strip(), _STEADIER if abs(best - taught.value) < _BETTER * unseen else _LONGER)
