"""What goes wrong with the cars: numbers scaled before the model, and not inside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from ..problem import Array, CommonMistakes, Perturbation, Rerendering
from ..tables import FORM, FROM_ZERO_TO_ONE, STANDARDISED, UNIT_LENGTH, MeasuredAgain
from .data import FEATURES

_MEASURES: Final = {FEATURES.index(name): 0 for name in ("displacement", "horsepower", "weight")} | {
    FEATURES.index("acceleration"): 1
}
"""The columns that are measured, and to how many decimals."""


def reordered(features: Array, order: Sequence[int]) -> Array:
    """(n, 9) The columns in another order."""
    return np.ascontiguousarray(features[:, order])


def _columns(order: Sequence[int]) -> Perturbation:
    """For a model whose columns were `FEATURES` in this order."""
    if order[0]:
        where = f"begin with {', '.join(FEATURES[column] for column in order[:3])}"
    else:
        where = f"end with {', '.join(FEATURES[column] for column in order[6:])}"
    return Perturbation(
        "columns_in_another_order",
        FORM,
        partial(reordered, order=order),
        f"Your model takes the columns in another order: its columns {where}.",
        "Put the columns in the order of FEATURES in starter.py, which ends with usa, europe, japan: "
        "pandas.get_dummies sorts its columns by name.",
    )


common_mistakes = CommonMistakes(
    perturbations=(
        STANDARDISED,
        _columns((*range(6), 7, 8, 6)),
        FROM_ZERO_TO_ONE,
        _columns((*range(6), 8, 6, 7)),
        _columns((*range(6), 6, 8, 7)),
        _columns((*range(6), 7, 6, 8)),
        _columns((*range(6), 8, 7, 6)),
        _columns((6, 7, 8, *range(6))),
        UNIT_LENGTH,
    ),
    rerendering=Rerendering(
        MeasuredAgain(_MEASURES).render,
        "with measures that are up to 2% others",
        label_doubt=0.05,
        honest_move=0.15,
    ),
    ample_parameters=200_000,
)
