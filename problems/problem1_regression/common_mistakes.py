"""What goes wrong with the cars: numbers scaled before the model, and not inside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Array, CommonMistakes, Copies, Inputs, Perturbation, Rerendering
from .data import FEATURES

_MEASURES: Final = {FEATURES.index(name): 0 for name in ("displacement", "horsepower", "weight")} | {
    FEATURES.index("acceleration"): 1
}
"""The columns that are measured, and to how many decimals."""
_INSIDE = (
    "Put the scaling inside the model: a Normalization layer, adapted on the training data, right after the "
    "input."
)


def standardised(features: Array) -> Array:
    """(n, 9) Each feature with mean 0 and deviation 1."""
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.asarray(scaled, dtype=features.dtype)


def from_zero_to_one(features: Array) -> Array:
    """(n, 9) Each feature from 0 to 1."""
    low = features.min(axis=0)
    width = features.max(axis=0) - low
    return np.asarray((features - low) / np.where(width > 0, width, 1), dtype=features.dtype)


def reordered(features: Array, order: Sequence[int]) -> Array:
    """(n, 9) The columns in another order."""
    return np.ascontiguousarray(features[:, order])


def unit_length(features: Array) -> Array:
    """(n, 9) What `keras.utils.normalize` does: each car's numbers divided by their length."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(length > 0, length, 1), dtype=features.dtype)


def _columns(order: Sequence[int]) -> Perturbation:
    """For a model whose columns were `FEATURES` in this order."""
    if order[0]:
        where = f"begin with {', '.join(FEATURES[column] for column in order[:3])}"
    else:
        where = f"end with {', '.join(FEATURES[column] for column in order[6:])}"
    return Perturbation(
        "columns_in_another_order",
        "features",
        partial(reordered, order=order),
        f"Your model takes the columns in another order: its columns {where}.",
        "Put the columns in the order of FEATURES in starter.py, which ends with usa, europe, japan: "
        "pandas.get_dummies sorts its columns by name.",
    )


def measured_again(inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
    """Cars whose displacement, horsepower, weight and acceleration were measured up to 2% more or less."""
    features = np.asarray(inputs["features"])
    changed = features.copy()
    for column, decimals in _MEASURES.items():
        share = random.uniform(0.98, 1.02, len(features))
        changed[:, column] = np.round(features[:, column] * share, decimals)
    return Copies({"features": changed})


common_mistakes = CommonMistakes(
    perturbations=(
        Perturbation(
            "forgot_to_rescale",
            "features",
            standardised,
            "Your model expects standardised features, but the inputs come in their own units.",
            _INSIDE,
            normalises=True,
        ),
        _columns((*range(6), 7, 8, 6)),
        Perturbation(
            "forgot_to_rescale",
            "features",
            from_zero_to_one,
            "Your model expects features from 0 to 1, but the inputs come in their own units.",
            _INSIDE,
        ),
        _columns((*range(6), 8, 6, 7)),
        _columns((*range(6), 6, 8, 7)),
        _columns((*range(6), 7, 6, 8)),
        _columns((*range(6), 8, 7, 6)),
        _columns((6, 7, 8, *range(6))),
        Perturbation(
            "forgot_to_rescale",
            "features",
            unit_length,
            "Your model expects cars from keras.utils.normalize, but they come in their own units.",
            f"{_INSIDE} UnitNormalization() does there what keras.utils.normalize does.",
        ),
    ),
    rerendering=Rerendering(
        measured_again, "with measures that are up to 2% others", label_doubt=0.05, honest_move=0.15
    ),
    ample_parameters=200_000,
)
