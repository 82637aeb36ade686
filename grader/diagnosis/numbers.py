"""What goes wrong where numbers are asked for: scale, too little variation, time shifted or reversed."""

from __future__ import annotations

from typing import Final

from ...sandbox import Ending
from ..scoring.score import Score
from .finding import Evidence, GradedRun, finding
from .what_if import ALIKE, WhatIf, WhatIfScorer, alike, turned_back

_FLAT: Final = 0.1
"""A model whose answers vary less than this share of what the right ones do says the same to everything."""
_LEAST_STEPS: Final = 4


@finding(Ending.COMPLETED)
def target_not_turned_back(run: GradedRun) -> Evidence | None:
    """Your model's answers rise and fall with the right ones, but on another scale."""
    scored = _scored(run)
    if scored is None:
        return None
    right = run.labels.values
    correlation = alike(scored.read, right)
    repair = _ruler(run).compare(scored.read, turned_back(scored.read, right), right)
    if repair is None or correlation < ALIKE:
        return None
    return Evidence(
        f"The correlation with the right answers is {correlation:.2f}; yours are {scored.read.mean():.3g} on "
        f"average, and the right ones {right.mean():.3g}. Scaled and moved to fit, "
        f"{_ruler(run).tell(repair)}.",
        "If you normalised or took the logarithm of the target, turn the answer back inside the model (a "
        "Rescaling layer at its end), or train on the target as it is given.",
        repair,
    )


@finding(Ending.COMPLETED)
def forecast_reversed(run: GradedRun) -> Evidence | None:
    """Your model forecasts the right values in reverse: its last step is the next one."""
    scored = _series(run)
    if scored is None:
        return None
    repair = _ruler(run).compare(scored.read, scored.read[:, ::-1], run.labels.values)
    if repair is None:
        return None
    return Evidence(
        f"With the steps in the opposite order, {_ruler(run).tell(repair)}.",
        "Let the first output be the step right after the window: see how the targets are cut for training.",
        repair,
    )


@finding(Ending.COMPLETED)
def forecast_shifted(run: GradedRun) -> Evidence | None:
    """Your model's forecast is shifted in time: each value belongs to another step."""
    scored = _series(run)
    if scored is None:
        return None
    steps = range(1, scored.read.shape[1] // 2 + 1)
    found = [
        (repair, step) for step in (*steps, *(-step for step in steps)) if (repair := _shifted(run, step))
    ]
    if not found:
        return None
    repair, step = min(found, key=lambda pair: pair[0].left)
    direction = "early" if step > 0 else "late"
    return Evidence(
        f"It stands {abs(step)} steps too {direction}: moved by as many, {_ruler(run).tell(repair)}.",
        "Begin the targets with the step right after the window's last one, and check the index by printing "
        "the end of one window and its target.",
        repair,
    )


@finding(Ending.COMPLETED)
def flat_predictions(run: GradedRun) -> Evidence | None:
    """Your model answers nearly the same to every question."""
    scored = _scored(run)
    if scored is None or (scored.read == scored.read[0]).all():
        return None
    mine, right = (float(numbers.std(axis=0).mean()) for numbers in (scored.read, run.labels.values))
    if not right or mine > _FLAT * right:
        return None
    return Evidence(
        f"Its answers vary by {mine:.2g} from question to question, and the right ones by {right:.2g}.",
        "See whether the loss falls at all: check the scale of the inputs, the learning rate and the last "
        "layer's activation, which for numbers is none.",
    )


def _shifted(run: GradedRun, step: int) -> WhatIf | None:
    """What is gained by moving the forecast later by `step` half-hours, measured where both overlap."""
    if run.score is None:
        return None
    read, labels = run.score.read, run.labels.values
    if step > 0:
        return _ruler(run).compare(read[:, step:], read[:, :-step], labels[:, step:])
    return _ruler(run).compare(read[:, :step], read[:, -step:], labels[:, :step])


def _scored(run: GradedRun) -> Score | None:
    """The score of a model that answered with numbers, below full marks; else None."""
    if run.score is None or run.dataset.classes or run.score.margin is None:
        return None
    return run.score if run.score.read.shape == run.labels.values.shape and len(run.score.read) > 1 else None


def _series(run: GradedRun) -> Score | None:
    scored = _scored(run)
    return scored if scored and scored.read.ndim == 2 and scored.read.shape[1] >= _LEAST_STEPS else None


def _ruler(run: GradedRun) -> WhatIfScorer:
    return WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
