"""Checks for problems that predict numbers: scale, too little variation, forecasts shifted or reversed."""

from __future__ import annotations

from typing import Final

from ...sandbox import Ending
from ..scoring.score import Score
from .finding import MIN_CORRELATION, Evidence, GradedRun, WhatIf, correlation, finding, rescaled

_FLAT: Final = 0.1
"""Predictions that vary less than this share of what the labels do are called nearly constant."""
_MIN_STEPS: Final = 4


@finding(Ending.COMPLETED)
def target_not_rescaled(run: GradedRun) -> Evidence | None:
    """Your model's predictions rise and fall with the true values, but on another scale."""
    scored = _scored(run)
    if scored is None:
        return None
    labels = run.labels.values
    found = correlation(scored.decoded, labels)
    what_if = run.what_if.compare(scored.decoded, rescaled(scored.decoded, labels), labels)
    if what_if is None or found < MIN_CORRELATION:
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
        f"It is {abs(step)} steps too {direction}: shifted back, {run.what_if.describe(what_if)}.",
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
    if not true or predicted > _FLAT * true:
        return None
    return Evidence(
        f"The standard deviation of its predictions is {predicted:.2g}, that of the true values {true:.2g}.",
        "Check whether the loss falls at all: look at the scale of the inputs, the learning rate and the "
        "last layer's activation (for numbers: none).",
    )


def _shifted(run: GradedRun, scored: Score, step: int) -> WhatIf | None:
    """What is gained by moving the forecast later by `step` steps, measured where both overlap."""
    decoded, labels = scored.decoded, run.labels.values
    if step > 0:
        return run.what_if.compare(decoded[:, step:], decoded[:, :-step], labels[:, step:])
    return run.what_if.compare(decoded[:, :step], decoded[:, -step:], labels[:, :step])


def _scored(run: GradedRun) -> Score | None:
    """The score of a model that predicted numbers, below full marks; else None."""
    scored = run.imperfect_score
    if scored is None or run.dataset.classes or scored.decoded.shape != run.labels.values.shape:
        return None
    return scored if len(scored.decoded) > 1 else None


def _series(run: GradedRun) -> Score | None:
    scored = _scored(run)
    return scored if scored and scored.decoded.ndim == 2 and scored.decoded.shape[1] >= _MIN_STEPS else None
