"""What goes wrong with the series: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from ..perturb_series import of_series
from ..problem import Array, Baseline, CommonMistakes, Copies, Inputs, Rerendering
from ..series import FORM, MOST_EARLIER
from .data import DAY, DEMAND


def begun_earlier(inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
    """Windows that begin one or two half-hours earlier, at another level of demand and with a little noise.

    What comes after such a window is known: the window's own end, and its label. The half-hours before it are
    not: they go on as those of the next day do.
    """
    windows = np.asarray(inputs[FORM])
    by = random.integers(1, MOST_EARLIER + 1, len(windows))[:, None]
    before = windows[:, :1] + windows[:, DAY - MOST_EARLIER : DAY] - windows[:, DAY : DAY + 1]
    before[:, :, 2] = windows[:, :1, 2]
    moved = DEMAND.moved(before, windows, by)
    level = random.uniform(0.98, 1.02, (len(windows), 1)).astype(windows.dtype)
    changed = moved.copy()
    changed[:, :, 0] *= level * random.normal(1, 0.001, windows.shape[:2]).astype(windows.dtype)
    changed[:, :, 1] += np.round(random.uniform(-0.25, 0.25, windows.shape[:2]), 1).astype(windows.dtype)
    return Copies({FORM: changed}, partial(_moved_labels, windows=windows, by=by, level=level))


def _moved_labels(labels: Array, windows: Array, by: Array, level: Array) -> Array:
    """(n, HORIZON) The demand after windows that begin so many half-hours earlier, at another level."""
    return np.asarray(DEMAND.moved_labels(labels, windows, by) * level, labels.dtype)


common_mistakes = CommonMistakes(
    perturbations=of_series("half-hour", "GW and degrees", "GW"),
    baselines=(
        Baseline(
            "persistence",
            DEMAND.last_value,
            "Your model repeats the last value of the window instead of forecasting.",
            "Look at the targets: the 24 half-hours after the window, not its end. Then train longer, with "
            "layers that see the whole window.",
            "the window's last value",
        ),
        Baseline(
            "copies_yesterday",
            partial(DEMAND.earlier, by=DAY),
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
        positions=DEMAND.positions,
        reach=DEMAND.reach + MOST_EARLIER,
    ),
    ample_parameters=2_000_000,
)
