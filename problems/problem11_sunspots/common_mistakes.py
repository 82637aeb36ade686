"""What goes wrong with the sunspots: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from ..perturb_series import of_series
from ..problem import Baseline, CommonMistakes, Rerendering
from ..series import MOST_EARLIER
from .data import SUNSPOTS

common_mistakes = CommonMistakes(
    perturbations=of_series("month", "sunspot numbers", "sunspot numbers"),
    baselines=(
        Baseline(
            "persistence",
            SUNSPOTS.last_value,
            "Your model repeats the last value of the window instead of forecasting.",
            "Look at the targets: the 12 months after the window, not its end. Then train longer, with "
            "layers that see the whole window.",
            "the window's last value",
        ),
    ),
    rerendering=Rerendering(
        SUNSPOTS.begun_earlier,
        "that begin one or two months earlier",
        honest_move=0.5,
        positions=SUNSPOTS.positions,
        reach=SUNSPOTS.reach + MOST_EARLIER,
    ),
    ample_parameters=200_000,
)
