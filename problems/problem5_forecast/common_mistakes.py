"""What goes wrong with the series: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..problem import Array, Baseline, CommonMistakes, Copies, Inputs, Perturbation, Rerendering
from .data import DAY, HORIZON, REACH, WINDOW

MOST_EARLIER: Final = 2
"""Half-hours."""
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


def begun_earlier(inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
    """Windows that begin one or two half-hours earlier, at another level of demand and with a little noise.

    What comes after such a window is known: the window's own end, and its label. The half-hours before it are
    not: they go on as those of the next day do.
    """
    windows = np.asarray(inputs["window"])
    by = random.integers(1, MOST_EARLIER + 1, len(windows))[:, None]
    before = windows[:, :1] + windows[:, DAY - MOST_EARLIER : DAY] - windows[:, DAY : DAY + 1]
    before[:, :, 2] = windows[:, :1, 2]
    places = np.arange(WINDOW)[None] + MOST_EARLIER - by
    moved = np.take_along_axis(np.concatenate([before, windows], axis=1), places[:, :, None], axis=1)
    level = random.uniform(0.98, 1.02, (len(windows), 1)).astype(windows.dtype)
    changed = moved.copy()
    changed[:, :, 0] *= level * random.normal(1, 0.001, windows.shape[:2]).astype(windows.dtype)
    changed[:, :, 1] += np.round(random.uniform(-0.25, 0.25, windows.shape[:2]), 1).astype(windows.dtype)
    return Copies({"window": changed}, partial(_moved_labels, windows=windows, by=by, level=level))


def _moved_labels(labels: Array, windows: Array, by: Array, level: Array) -> Array:
    """(n, HORIZON) The demand after windows that begin so many half-hours earlier, at another level."""
    known = np.concatenate([windows[:, -MOST_EARLIER:, 0], labels], axis=1)
    places = np.arange(HORIZON)[None] + MOST_EARLIER - by
    return np.asarray(np.take_along_axis(known, places, axis=1) * level, labels.dtype)


def positions(inputs: Inputs) -> NDArray[np.int64]:
    """(n,) Where windows that are in order of time begin, counted from the first.

    Of two that follow each other and share nothing, the later begins where the earlier ends, at least.
    """
    windows = np.asarray(inputs["window"])
    steps = np.full(max(0, len(windows) - 1), WINDOW, np.int64)
    for step in range(WINDOW - 1, 0, -1):
        fits = (windows[:-1, step:] == windows[1:, : WINDOW - step]).all(axis=(1, 2))
        steps[fits] = step
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)])[: len(windows)]


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
            "the window's last value",
        ),
        Baseline(
            "copies_yesterday",
            yesterday,
            "Your model copies the same hours of the day before instead of forecasting.",
            "Temperature and working days decide what changes from day to day: let the model use all three "
            "columns, and train longer.",
            "the same hours of the day before",
        ),
    ),
    rerendering=Rerendering(
        begun_earlier,
        "that begin up to an hour earlier, at a level that is up to 2% another",
        honest_move=0.35,
        positions=positions,
        reach=REACH + MOST_EARLIER,
    ),
    ample_parameters=2_000_000,
)
