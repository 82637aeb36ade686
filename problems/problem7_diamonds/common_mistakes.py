"""What goes wrong with the diamonds: numbers scaled before the model, and not inside it."""

from __future__ import annotations

from typing import Final

from ..problem import CommonMistakes, Rerendering
from ..tables import FROM_ZERO_TO_ONE, STANDARDISED, UNIT_LENGTH, MeasuredAgain
from .data import TABLE

_MEASURES: Final = {TABLE.features.index(name): 2 for name in ("carat", "x", "y", "z")} | {
    TABLE.features.index(name): 1 for name in ("depth", "table")
}

common_mistakes = CommonMistakes(
    perturbations=(STANDARDISED, FROM_ZERO_TO_ONE, UNIT_LENGTH),
    rerendering=Rerendering(
        MeasuredAgain(_MEASURES, most=0.01).render,
        "with measures that are up to 1% others",
        label_doubt=0.05,
        honest_move=0.15,
    ),
    ample_parameters=500_000,
)
