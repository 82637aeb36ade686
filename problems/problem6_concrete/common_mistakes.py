"""What goes wrong with the mixtures: amounts scaled before the model, and not inside it."""

from __future__ import annotations

from ..problem import CommonMistakes, Rerendering
from ..tables import FROM_ZERO_TO_ONE, STANDARDISED, UNIT_LENGTH, MeasuredAgain
from .data import TABLE

common_mistakes = CommonMistakes(
    perturbations=(STANDARDISED, FROM_ZERO_TO_ONE, UNIT_LENGTH),
    rerendering=Rerendering(
        MeasuredAgain(dict.fromkeys(range(len(TABLE.features) - 1), 1)).render,
        "with amounts that are up to 2% others",
        label_doubt=0.05,
        honest_move=0.15,
    ),
    ample_parameters=200_000,
)
