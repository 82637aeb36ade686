"""What goes wrong with the cells: measures scaled before the model, and not inside it."""

from __future__ import annotations

from ..problem import CommonMistakes, Rerendering
from ..tables import FROM_ZERO_TO_ONE, STANDARDISED, UNIT_LENGTH, MeasuredAgain
from .data import TABLE

common_mistakes = CommonMistakes(
    perturbations=(STANDARDISED, FROM_ZERO_TO_ONE, UNIT_LENGTH),
    rerendering=Rerendering(
        MeasuredAgain(dict.fromkeys(range(len(TABLE.features)), 6)).render,
        "with measures that are up to 2% others",
        honest_loss=1.0,
    ),
    ample_parameters=200_000,
)
