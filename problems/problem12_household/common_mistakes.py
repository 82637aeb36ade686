"""What goes wrong with the household: scaling outside the model, time running backwards, and copying."""

from __future__ import annotations

from functools import partial

from ..perturb_series import of_series
from ..problem import Baseline, CommonMistakes, Rerendering
from ..series import MOST_EARLIER
from .data import HOUSEHOLD

common_mistakes = CommonMistakes(
    perturbations=of_series("hour", "their own units", "kW"),
    baselines=(
        Baseline(
            "persistence",
            HOUSEHOLD.last_value,
            "Your model repeats the last value of the window instead of forecasting.",
            "Look at the targets: the 24 hours after the window, not its end. Then train longer, with "
            "layers that see the whole window.",
            "the window's last value",
        ),
        Baseline(
            "copies_yesterday",
            partial(HOUSEHOLD.earlier, by=24),
            "Your model copies the same hours of the day before instead of forecasting.",
            "A household never does the same twice: let the model learn what is usual at an hour, and train "
            "longer.",
            "the same hours of the day before",
        ),
    ),
    rerendering=Rerendering(
        HOUSEHOLD.begun_earlier,
        "that begin one or two hours earlier",
        honest_move=0.6,
        positions=HOUSEHOLD.positions,
        reach=HOUSEHOLD.reach + MOST_EARLIER,
    ),
    ample_parameters=1_000_000,
)
