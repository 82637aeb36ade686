"""What goes wrong with the series: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..problem import Array, Augmentation, Baseline, CommonMistakes, Perturbation
from .data import DAY, HORIZON

_INSIDE = (
    "Put the scaling inside the model: a Normalization layer, adapted on the training windows, right after "
    "the input, and let it predict in GW."
)


def standardised(windows: Array) -> Array:
    """(n, 96, 3) Each column with mean 0 and deviation 1."""
    spread = windows.std(axis=(0, 1))
    scaled = (windows - windows.mean(axis=(0, 1))) / np.where(spread > 0, spread, 1)
    return np.asarray(scaled, dtype=windows.dtype)


def from_zero_to_one(windows: Array) -> Array:
    """(n, 96, 3) Each column from 0 to 1."""
    low = windows.min(axis=(0, 1))
    width = windows.max(axis=(0, 1)) - low
    return np.asarray((windows - low) / np.where(width > 0, width, 1), dtype=windows.dtype)


def backwards(windows: Array) -> Array:
    """(n, 96, 3) The latest half-hour first."""
    return np.ascontiguousarray(windows[:, ::-1])


def last_value(inputs: Mapping[str, Array | Sequence[str]]) -> Array:
    """(n, 24) The window's last demand, again and again."""
    return np.repeat(_demand(inputs)[:, -1:], HORIZON, axis=1)


def yesterday(inputs: Mapping[str, Array | Sequence[str]]) -> Array:
    """(n, 24) The demand of the same hours one day before."""
    demand = _demand(inputs)
    start = demand.shape[1] - DAY
    return demand[:, start : start + HORIZON]


def _demand(inputs: Mapping[str, Array | Sequence[str]]) -> Array:
    return np.asarray(inputs["window"])[:, :, 0]


def jittered(windows: Array) -> Array:
    """(n, 96, 3) Every demand up to 1% more or less, every temperature up to a quarter of a degree."""
    random = np.random.default_rng(0)
    changed = windows.copy()
    changed[:, :, 0] *= random.uniform(0.99, 1.01, windows.shape[:2]).astype(windows.dtype)
    changed[:, :, 1] += random.uniform(-0.25, 0.25, windows.shape[:2]).astype(windows.dtype)
    return changed


common_mistakes = CommonMistakes(
    perturbations=(
        Perturbation(
            "forgot_to_rescale",
            "window",
            standardised,
            "Your model expects standardised windows, but the inputs come in GW and degrees.",
            _INSIDE,
            normalises=True,
        ),
        Perturbation(
            "reversed_in_time",
            "window",
            backwards,
            "Your model expects the latest half-hour first, but a window begins with the earliest.",
            "Cut windows from the series in the order of time, and do not turn them round.",
        ),
        Perturbation(
            "forgot_to_rescale",
            "window",
            from_zero_to_one,
            "Your model expects windows scaled to 0-1, but the inputs come in GW and degrees.",
            _INSIDE,
        ),
    ),
    baselines=(
        Baseline(
            "persistence",
            last_value,
            "Your model repeats the last value of the window instead of forecasting.",
            "Look at the targets: the 24 half-hours after the window, not its end. Then train longer, with "
            "layers that see the whole window.",
        ),
        Baseline(
            "copies_yesterday",
            yesterday,
            "Your model copies the same hours of the day before instead of forecasting.",
            "Temperature and working days decide what changes from day to day: let the model use all three "
            "columns, and train longer.",
        ),
    ),
    augmentations=(
        Augmentation(
            "window", jittered, "changed by up to 1% in their demand and 0.25 degrees in temperature"
        ),
    ),
    ample_parameters=2_000_000,
)
