"""Checks of a classifier's answers as numbers: the range that shows a doubled activation, and sureness."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...sandbox import Ending
from ..scoring.score import matching_output
from .finding import Evidence, GradedRun, finding, rounded

_EXACT: Final = 1e-3
"""By so much may a number lie outside of its range: 32-bit numbers are rounded."""
_SURE: Final = 0.99
_OFTEN: Final = 0.05
"""A trained model is as sure as a probability can be of at least this share of the inputs."""
_OVERCONFIDENT: Final = 0.2
"""A model is surer than it is right when its mean confidence exceeds its accuracy by so much."""
_SKILL: Final = 0.2
"""Of the way from guessing to perfect, a model that knows something else gets no further than this."""
_ONE_ANSWER: Final = 0.9
"""A model that answers one class so often has collapsed: that has another cause."""

Array = NDArray[Any]


@finding(Ending.COMPLETED)
def sigmoid_twice(run: GradedRun) -> Evidence | None:
    """Your model applies a sigmoid to a sigmoid: all its answers lie between 0.5 and 0.73."""
    scored, raw = run.imperfect_score, _class_answers(run)
    if scored is None or raw is None or raw.shape[1] != 1 or not _in_range(_logit(raw)):
        return None
    output = matching_output(raw.reshape(_shape(run)), len(raw), run.dataset.outputs)
    inner = output.read(_logit(raw).reshape(_shape(run)))
    what_if = run.what_if.compare(scored.decoded, inner, run.labels.values)
    if what_if is None:
        return None
    return Evidence(
        f"Its answers lie from {rounded(raw.min())} to {rounded(raw.max())}. With the outer sigmoid taken "
        f"off, {run.what_if.describe(what_if)}.",
        "Take away the last sigmoid, because the model already ends in one, and save again: that needs no "
        "new training.",
        what_if,
    )


@finding(Ending.COMPLETED)
def softmax_over_one(run: GradedRun) -> Evidence | None:
    """Your model answers exactly 1 for every input, as a softmax over a single number does."""
    raw = run.outcome.predictions
    if run.imperfect_score is None or raw is None or raw.size != len(raw) or not (raw == 1).all():
        return None
    instead = 'activation="sigmoid"' if run.dataset.classes else "no activation"
    return Evidence(
        f"One answer for all {len(raw):,} inputs.", f"End the model with {instead}, and train it again."
    )


@finding(Ending.COMPLETED)
def activation_twice(run: GradedRun) -> Evidence | None:
    """Your model's answers went through a second softmax or sigmoid, so that they lie close together."""
    raw = _class_answers(run)
    if run.imperfect_score is None or raw is None or raw.shape[1] < 2 or (raw <= 0).any():
        return None
    if not any(_in_range(inner) and _is_often_sure(inner) for inner in (_before_softmax(raw), _logit(raw))):
        return None
    return Evidence(
        f"Its answers lie from {rounded(raw.min())} to {rounded(raw.max())}; one softmax gives from 0 to 1.",
        'End the model with one Dense(..., activation="softmax") and no Softmax or Activation layer behind '
        "it, and train it again: the loss then falls much further.",
    )


@finding(Ending.COMPLETED)
def trained_on_other_inputs(run: GradedRun) -> Evidence | None:
    """Your model is sure of its answers, and right hardly more often than by guessing."""
    scored, training, raw = run.imperfect_score, run.probes.training, _class_answers(run)
    if scored is None or training is None or raw is None:
        return None
    counts = np.bincount(scored.decoded.astype(np.int64), minlength=2)
    guessing = 1 / len(run.dataset.classes)
    most = max(scored.value, training.value)
    sure = float(_probabilities(raw).max(axis=1).mean())
    if (most - guessing) / (1 - guessing) > _SKILL or sure - most < _OVERCONFIDENT:
        return None
    if counts.max() > _ONE_ANSWER * counts.sum():
        return None
    return Evidence(
        f"Its mean confidence is {rounded(sure)}; the accuracy is {rounded(training.value)} on training data "
        f"and {rounded(scored.value)} on {run.split} examples. So it was trained on other inputs, or on "
        "other labels.",
        f"{run.dataset.problem.common_mistakes.mistaken_for} Check too that inputs and labels were shuffled "
        "together.",
    )


def _class_answers(run: GradedRun) -> Array | None:
    """(n, outputs) float64 What a classifier answered; None for anything else."""
    raw = run.outcome.predictions
    if raw is None or run.score is None or not run.dataset.classes or raw.dtype.kind != "f" or raw.ndim > 2:
        return None
    return np.asarray(raw, np.float64).reshape(len(raw), -1)


def _shape(run: GradedRun) -> tuple[int, ...]:
    return run.outcome.predictions.shape if run.outcome.predictions is not None else ()


def _logit(answers: Array) -> Array:
    """What a sigmoid was given."""
    inside = np.clip(answers, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _before_softmax(answers: Array) -> Array:
    """What a softmax was given, if that added up to 1."""
    logs = np.log(answers)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True) + 1 / answers.shape[1])


def _in_range(inner: Array) -> bool:
    return bool((inner >= -_EXACT).all() and (inner <= 1 + _EXACT).all())


def _is_often_sure(inner: Array) -> bool:
    return float((inner.max(axis=1) > _SURE).mean()) >= _OFTEN


def _probabilities(answers: Array) -> Array:
    """(n, classes) Answers as probabilities, whether they are such or logits."""
    are_logits = bool((answers < -_EXACT).any() or (answers > 1 + _EXACT).any())
    if answers.shape[1] == 1:
        one = 1 / (1 + np.exp(-np.clip(answers, -50, 50))) if are_logits else np.clip(answers, 0, 1)
        return np.concatenate([1 - one, one], axis=1)
    if are_logits:
        answers = np.exp(answers - answers.max(axis=1, keepdims=True))
    total = answers.sum(axis=1, keepdims=True)
    return np.asarray(answers / np.where(total > math.ulp(1.0), total, 1))
