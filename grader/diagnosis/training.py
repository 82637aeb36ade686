"""Checks of training: overfitting, underfitting, padding that is read, a threshold barely missed."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ...files.text import counted
from ...sandbox import Ending
from ..scoring.card import FULL_MARKS
from .finding import Evidence, GradedRun, finding, rounded

_FEW_EXAMPLES: Final = 20
_OVERFIT: Final = 0.7
"""An overfit model's error on its training data is at most this share of its error elsewhere."""
_STANDARD_ERRORS: Final = 1.96
"""Of a 95% interval."""
_BETTER_ON_TRAINING: Final = 0.8
"""A model does better on its training data when its error there is at most this share of that elsewhere."""
_LONGER: Final = (
    "Train for more epochs while the validation loss still falls; when it no longer falls, use more or wider "
    "layers."
)
_UNFINISHED: Final = (
    "Not everything could be tried in time, so there may be a particular mistake: check the file again when "
    "this machine has less to do."
)
_UP_TO: Final = (
    "Train for up to {most} epochs, and let EarlyStopping(patience=10, restore_best_weights=True) end it: "
)
_STILL_FALLING: Final = "the loss was lowest in epoch {best} of {epochs}, and had not levelled off."
_FEW_EPOCHS: Final = 5
"""Fewer are a beginning, whatever the loss did."""
_BEST_EPOCH: Final = "EarlyStopping with restore_best_weights"
_POOR: Final = 3
_PADDED: Final = 0.1
"""So many inputs that end in padding matter."""


@finding(Ending.COMPLETED)
def constant_predictions(run: GradedRun) -> Evidence | None:
    """Your model gives the same prediction for every input."""
    score = run.imperfect_score
    if score is None or len(score.decoded) < _FEW_EXAMPLES:
        return None
    flat = score.decoded.reshape(len(score.decoded), -1)
    if (flat != flat[0]).any():
        return None
    return Evidence(
        f"One prediction for all {len(flat):,} inputs.",
        "Check whether the loss falls at all: look at the scale of the inputs, the learning rate, the last "
        "layer's activation and the loss that goes with it.",
    )


@finding(Ending.COMPLETED)
def unmasked_padding(run: GradedRun) -> Evidence | None:
    """Your model reads the padding behind each text: its recurrent layer gives its state after the zeros."""
    facts = run.outcome.facts
    if run.imperfect_score is None or not facts.unmasked:
        return None
    inputs = run.dataset.inputs(run.split).get(facts.form)
    if not isinstance(inputs, np.ndarray) or inputs.ndim != 2 or inputs.dtype.kind not in "iu":
        return None
    padded = float((inputs[:, -1] == 0).mean())
    if padded < _PADDED:
        return None
    return Evidence(
        f"{padded:.0%} of the inputs end in zeros, and nothing masks them before the {facts.unmasked}.",
        "Mask them: Embedding(..., mask_zero=True). Or let the layer give its output at every step "
        "(return_sequences=True), with GlobalMaxPooling1D behind it.",
    )


@finding(Ending.COMPLETED)
def larger_than_needed(run: GradedRun) -> Evidence | None:
    """Your model is far larger than this problem needs, so it trains slowly or overfits."""
    ample, parameters = run.dataset.problem.common_mistakes.ample_parameters, run.outcome.facts.parameters
    if run.imperfect_score is None or ample is None or parameters is None or parameters <= ample:
        return None
    return Evidence(
        f"It has {parameters:,} parameters; {ample:,} are more than enough.",
        "Use fewer or narrower layers, and pooling instead of Flatten before the dense ones.",
    )


@finding(Ending.COMPLETED)
def unstable_training(run: GradedRun) -> Evidence | None:
    """Your training was unstable: its loss jumped upwards, or became no number."""
    if run.imperfect_score is None or run.trend is None or not run.trend.unstable:
        return None
    loss = run.trend.last.get("loss")
    ended = "not a number" if loss is None else rounded(loss)
    return Evidence(
        f"The loss was {ended} after {counted(run.trend.epochs, 'epoch')}, and jumped to more than "
        "twice its value on the way.",
        "Lower the learning rate to a tenth, and check that the inputs are scaled.",
    )


@finding(Ending.COMPLETED)
def overfitting(run: GradedRun) -> Evidence | None:
    """Your model overfits: it does well on its training data, and far worse on examples it has not seen."""
    score, training, metric = run.imperfect_score, run.probes.training, run.dataset.problem.metric
    if score is None or training is None or _still_falling(run):
        return None
    best = float(metric.per_example(run.labels.values, run.labels.values).mean())
    error, training_error = abs(best - score.value), abs(best - training.value)
    # Both values are those of samples: two models that are equally good differ by so much now and then.
    noise = math.hypot(_STANDARD_ERRORS * training.error, (score.interval.high - score.interval.low) / 2)
    if training.score < FULL_MARKS or training_error > _OVERFIT * error or error - training_error <= noise:
        return None
    return Evidence(
        f"The {metric.name} is {rounded(training.value)} on training data and {rounded(score.value)} on "
        f"{run.split} examples.",
        f"{_stop(run)}, and add {run.dataset.problem.common_mistakes.regularise}.",
    )


@finding(Ending.COMPLETED)
def underfitting(run: GradedRun) -> Evidence | None:
    """Your model underfits: it does not do well on its own training data either."""
    score, training = run.imperfect_score, run.probes.training
    if score is None or training is None or score.score > _POOR or training.score >= FULL_MARKS:
        return None
    return Evidence(
        f"The {run.dataset.problem.metric.name} is {rounded(training.value)} on training data and "
        f"{rounded(score.value)} on {run.split} examples.",
        longer(run)
        or "Train for more epochs while the loss still falls; if it no longer does, use a larger model, and "
        "check that the inputs are scaled.",
    )


@finding(Ending.COMPLETED)
def barely_missed(run: GradedRun) -> Evidence | None:
    """You are so close to the next score that other examples might have earned it."""
    score = run.score
    if score is None or score.margin is None or not score.margin.within_interval:
        return None
    margin, interval = score.margin, score.interval
    return Evidence(
        f"The threshold for {margin.next_score} is {margin.threshold:g}; the 95% confidence interval of your "
        f"{run.dataset.problem.metric.name} is {interval.low:.4g} to {interval.high:.4g}.",
        longer(run) or _little_more(run),
    )


@finding(Ending.COMPLETED)
def more_to_learn(run: GradedRun) -> Evidence | None:
    """Your model makes more errors than full marks allow; no particular mistake was found."""
    score, training, metric = run.imperfect_score, run.probes.training, run.dataset.problem.metric
    if score is None:
        return None
    best = float(metric.per_example(run.labels.values, run.labels.values).mean())
    error, allowed = abs(best - score.value), abs(best - run.dataset.bands[0].threshold)
    text = f"Its error is {error / allowed:.2g} times what full marks allow." if allowed else ""
    if run.probes.unfinished:
        text += " " + _UNFINISHED
    if training is None:
        return Evidence(text.strip(), longer(run) or _LONGER)
    text += f" The {metric.name} on training data is {rounded(training.value)}."
    if abs(best - training.value) >= _BETTER_ON_TRAINING * error:
        return Evidence(text.strip(), longer(run) or _LONGER)
    added = run.dataset.problem.common_mistakes.regularise
    regularise = f"It does better on its training data: add {added}, and keep the best epoch ({_BEST_EPOCH})."
    return Evidence(text.strip(), longer(run) or regularise)


def _still_falling(run: GradedRun) -> bool:
    return run.trend is not None and run.trend.still_falling and not run.trend.unstable


def longer(run: GradedRun) -> str:
    """To train longer, where the log says that the training ended too early, or hardly began; else empty.

    What earns nothing is far from the end of its training.
    """
    score, trend = run.imperfect_score, run.trend
    if score is None or trend is None or trend.unstable:
        return ""
    most = max(10, 3 * trend.epochs) if score.score else max(30, min(10 * trend.epochs, trend.epochs + 200))
    if trend.still_falling:
        why = _STILL_FALLING.format(best=trend.best_epoch, epochs=trend.epochs)
    elif trend.epochs < _FEW_EPOCHS and not trend.rose:
        why = f"it was trained for {counted(trend.epochs, 'epoch')} only."
    else:
        return ""
    return _UP_TO.format(most=most) + why


def _stop(run: GradedRun) -> str:
    """When to stop, by the log where there is one."""
    if run.trend is not None and run.trend.rose:
        lowest = f"epoch {run.trend.best_epoch} of {run.trend.epochs}"
        return f"The validation loss was lowest in {lowest}: stop there ({_BEST_EPOCH})"
    return f"Stop when the validation loss rises ({_BEST_EPOCH})"


def _little_more(run: GradedRun) -> str:
    if run.trend is not None and run.trend.rose:
        return f"{_stop(run)}, with slightly more regularisation."
    return (
        "Let ReduceLROnPlateau lower the learning rate where the validation loss no longer falls, and "
        "train for three times as many epochs with EarlyStopping."
    )
