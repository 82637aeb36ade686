"""Checks for problems that predict numbers: scale, too little variation, forecasts shifted or reversed."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ...files.text import counted
from ...sandbox import Ending
from ..scoring.score import Score
from .finding import MIN_CORRELATION, Evidence, GradedRun, WhatIf, correlation, finding, rescaled
from .training import longer

_FLAT: Final = 0.1
"""Predictions that vary less than this share of what the labels do are called nearly constant."""
_MIN_STEPS: Final = 4
_BOUNDS: Final = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}
"""Between what an activation's values lie."""
_EXACT: Final = 0.05
_STUCK: Final = 0.3
"""So many true values out of an activation's reach, or predictions of a relu at 0, explain a score."""
_SAME_SCALE: Final = 0.5
"""A training error of at least this share of the error in the target's own unit is of the same scale."""
_GOOD: Final = 4
"""From this score on, predictions that were only scaled are no poor model's."""


@finding(Ending.COMPLETED)
def target_not_rescaled(run: GradedRun) -> Evidence | None:
    """Your model's predictions rise and fall with the true values, but on another scale."""
    scored = _scored(run)
    if scored is None:
        return None
    labels = run.labels.values
    found = correlation(scored.decoded, labels)
    what_if = run.what_if.compare(scored.decoded, rescaled(scored.decoded, labels), labels)
    if what_if is None or found < MIN_CORRELATION or not _was_scaled(run, scored, what_if):
        return None
    return Evidence(
        f"The correlation with the true values is {found:.2f}; your predictions are "
        f"{scored.decoded.mean():.3g} on average, the true values {labels.mean():.3g}. Scaled and shifted to "
        f"fit, {run.what_if.describe(what_if)}.",
        "If you normalised the target or took its logarithm, undo that inside the model (a Rescaling layer "
        "at its end), or train on the target as it is given.",
        what_if,
    )


@finding(Ending.COMPLETED)
def target_inverted(run: GradedRun) -> Evidence | None:
    """Your model predicts the inverse of the target: it falls where the true values rise."""
    scored = _scored(run)
    if scored is None or not (scored.decoded > 0).all():
        return None
    labels, inverse = run.labels.values, 1 / scored.decoded.astype(np.float64)
    what_if = run.what_if.compare(scored.decoded, rescaled(inverse, labels), labels)
    found = correlation(inverse, labels)
    if what_if is None or what_if.score < 1 or correlation(scored.decoded, labels) > -MIN_CORRELATION:
        return None
    return Evidence(
        f"The correlation of 1 / prediction with the true values is {found:.2f}. Turned round and scaled to "
        f"fit, {run.what_if.describe(what_if)}.",
        "Train on the target as it is given, or undo the division inside the model.",
        what_if,
    )


@finding(Ending.COMPLETED)
def bounded_output(run: GradedRun) -> Evidence | None:
    """Your model's last activation keeps its predictions from the values that are asked for."""
    scored, last = _scored(run), _last_activation(run)
    if scored is None or last not in (*_BOUNDS, "relu"):
        return None
    labels, predicted = run.labels.values, scored.decoded
    low, high = _BOUNDS.get(last, (0.0, math.inf))
    outside = float(((labels < low - _EXACT) | (labels > high + _EXACT)).mean())
    stuck = float((predicted == 0).mean()) if last == "relu" else outside
    if stuck < _STUCK:
        return None
    what = "are exactly 0" if last == "relu" else f"lie from {low:g} to {high:g}"
    share = f"{stuck:.0%} of its predictions" if last == "relu" else "Its predictions"
    return Evidence(
        f"It ends in {last}. {share} {what}; the true values are {labels.mean():.3g} on average.",
        "Give the last layer no activation, for numbers, and train again.",
    )


@finding(Ending.COMPLETED)
def forecast_reversed(run: GradedRun) -> Evidence | None:
    """Your model forecasts the right values in reverse: its last step is the next one."""
    scored = _series(run)
    if scored is None:
        return None
    what_if = run.what_if.compare(scored.decoded, scored.decoded[:, ::-1], run.labels.values)
    if what_if is None:
        return None
    return Evidence(
        f"With the steps in reverse order, {run.what_if.describe(what_if)}.",
        "The first output must be the step right after the window: check how you cut the "
        "targets for training.",
        what_if,
    )


@finding(Ending.COMPLETED)
def forecast_shifted(run: GradedRun) -> Evidence | None:
    """Your model's forecast is shifted in time: each value belongs to another step."""
    scored = _series(run)
    if scored is None:
        return None
    steps = range(1, scored.decoded.shape[1] // 2 + 1)
    shifts = (*steps, *(-step for step in steps))
    found = [(what_if, step) for step in shifts if (what_if := _shifted(run, scored, step))]
    if not found:
        return None
    what_if, step = min(found, key=lambda pair: pair[0].remaining)
    direction = "early" if step > 0 else "late"
    return Evidence(
        f"It is {counted(abs(step), 'step')} too {direction}: shifted back, {run.what_if.describe(what_if)}.",
        "Begin the targets with the step right after the window's last one: print the end of one window and "
        "its target to check the index.",
        what_if,
    )


@finding(Ending.COMPLETED)
def flat_predictions(run: GradedRun) -> Evidence | None:
    """Your model predicts nearly the same value for every input."""
    scored = _scored(run)
    if scored is None or (scored.decoded == scored.decoded[0]).all():
        return None
    spreads = (float(values.std(axis=0).mean()) for values in (scored.decoded, run.labels.values))
    predicted, true = spreads
    if not true or predicted > _FLAT * true or (run.trend is not None and run.trend.still_falling):
        return None
    return Evidence(
        f"The standard deviation of its predictions is {predicted:.2g}, that of the true values {true:.2g}.",
        longer(run)
        or "Check whether the loss falls at all: look at the scale of the inputs, the learning rate and the "
        "last layer's activation (for numbers: none).",
    )


def _shifted(run: GradedRun, scored: Score, step: int) -> WhatIf | None:
    """What is gained by moving the forecast later by `step` steps, measured where both overlap."""
    decoded, labels = scored.decoded, run.labels.values
    if step > 0:
        return run.what_if.compare(decoded[:, step:], decoded[:, :-step], labels[:, step:])
    return run.what_if.compare(decoded[:, :step], decoded[:, -step:], labels[:, :step])


def _was_scaled(run: GradedRun, scored: Score, what_if: WhatIf) -> bool:
    """Whether the target was scaled in training, and the model is not merely poor.

    A model that learned little predicts on a scale of its own too, so a good fit is not enough: the loss in
    the log, which is of the target's scale, decides; else the predictions look like a scaled target, or the
    rescaled ones are good.
    """
    if what_if.score < 1 or not run.is_better_than_naive(what_if.after):
        return False
    if run.logged_metric is not None:
        # Without dropout and with the means of batch normalisation, as the model predicts.
        return run.logged_metric < _SAME_SCALE * scored.value
    training, trend = run.probes.training, run.trend
    if training is not None and trend is not None and "loss" in trend.last and trend.last["loss"] >= 0:
        name, loss = run.outcome.facts.loss, trend.last["loss"]
        is_absolute = any(word in name for word in ("absolute", "mae", "huber"))
        error = trend.last.get("mae", loss if is_absolute else math.sqrt(loss))
        return error < _SAME_SCALE * training.value
    mean, spread = float(scored.decoded.mean()), float(scored.decoded.std())
    labels = run.labels.values
    true_spread = float(labels.std())
    standardised = abs(mean) < 1 and spread < 2 and true_spread > 2 * spread
    squeezed = 0 <= mean <= 1 and spread < 1 and float(labels.max()) > 2
    return standardised or squeezed or what_if.score >= _GOOD


def _last_activation(run: GradedRun) -> str:
    """The activation behind which the model ends; empty where it is not known, or more layers follow."""
    facts = run.outcome.facts
    ends = bool(facts.layers) and facts.layers[-1] in ("Dense", "Activation", "ReLU", "Softmax")
    return facts.activations[-1] if ends and facts.activations else ""


def _scored(run: GradedRun) -> Score | None:
    """The score of a model that predicted numbers, below full marks; else None."""
    scored = run.imperfect_score
    if scored is None or run.dataset.classes or scored.decoded.shape != run.labels.values.shape:
        return None
    return scored if len(scored.decoded) > 1 else None


def _series(run: GradedRun) -> Score | None:
    scored = _scored(run)
    return scored if scored and scored.decoded.ndim == 2 and scored.decoded.shape[1] >= _MIN_STEPS else None
