"""Mistakes that people make with every series: scaling outside the model, and time running backwards."""

from __future__ import annotations

import numpy as np

from .problem import Array, Perturbation
from .series import FORM
from .tables import from_zero_to_one, standardised


def backwards(windows: Array) -> Array:
    """(n, rows, columns) The latest row first."""
    return np.ascontiguousarray(windows[:, ::-1])


def of_series(row: str, units: str, predict_in: str) -> tuple[Perturbation, ...]:
    """For rows called so ("half-hour"), in these units ("GW and degrees"), forecast in this one."""
    inside = (
        "Put the scaling inside the model: a Normalization layer, adapted on the training windows, right "
        f"after the input, and let it predict in {predict_in}."
    )
    return (
        Perturbation(
            "forgot_to_rescale",
            FORM,
            standardised,
            f"Your model expects standardised windows, but the inputs come in {units}.",
            inside,
            normalises=True,
        ),
        Perturbation(
            "reversed_in_time",
            FORM,
            backwards,
            f"Your model expects the latest {row} first, but a window begins with the earliest.",
            "Cut windows from the series in the order of time, and do not turn them round.",
        ),
        Perturbation(
            "forgot_to_rescale",
            FORM,
            from_zero_to_one,
            f"Your model expects windows scaled to 0-1, but the inputs come in {units}.",
            inside,
        ),
    )
