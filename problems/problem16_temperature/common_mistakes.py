"""What goes wrong with the temperature: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from ..perturb_series import of_series
from ..problem import Baseline, CommonMistakes, Rerendering
from ..series import MOST_EARLIER
from .data import DAYS

common_mistakes = CommonMistakes(
    perturbations=of_series("day", "°F and numbers of days", "°F"),
    baselines=(
        Baseline(
            "persistence",
            DAYS.last_value,
            "Your model repeats the last day of the window instead of forecasting.",
            "Look at the targets: the 7 days after the window, not its end. Then train longer, with layers "
            "that see the whole window.",
            "the window's last day",
        ),
    ),
    rerendering=Rerendering(
        DAYS.begun_earlier,
        "that begin one or two days earlier",
        honest_move=0.5,
        positions=DAYS.positions,
        reach=DAYS.reach + MOST_EARLIER,
    ),
    ample_parameters=500_000,
)
