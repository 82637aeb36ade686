"""Mistakes that people make with every table: numbers scaled before the model, and not inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .problem import Array, Copies, Inputs, Perturbation

FORM: Final = "features"
INSIDE: Final = (
    "Put the scaling inside the model: a Normalization layer, adapted on the training data, right after the "
    "input."
)


def standardised(features: Array) -> Array:
    """(n, k) Each feature with mean 0 and deviation 1."""
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.asarray(scaled, dtype=features.dtype)


def from_zero_to_one(features: Array) -> Array:
    """(n, k) Each feature from 0 to 1."""
    low = features.min(axis=0)
    width = features.max(axis=0) - low
    return np.asarray((features - low) / np.where(width > 0, width, 1), dtype=features.dtype)


def unit_length(features: Array) -> Array:
    """(n, k) What `keras.utils.normalize` does: each row's numbers divided by their length."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(length > 0, length, 1), dtype=features.dtype)


STANDARDISED: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    standardised,
    "Your model expects standardised features, but the inputs come in their own units.",
    INSIDE,
    normalises=True,
)
FROM_ZERO_TO_ONE: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    from_zero_to_one,
    "Your model expects features from 0 to 1, but the inputs come in their own units.",
    INSIDE,
)
UNIT_LENGTH: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    unit_length,
    "Your model expects rows from keras.utils.normalize, but they come in their own units.",
    f"{INSIDE} UnitNormalization() does there what keras.utils.normalize does.",
)


@dataclass(frozen=True)
class MeasuredAgain:
    """Rows of which some columns were measured a little more or less."""

    decimals: dict[int, int]
    """The columns that are measured, and to how many decimals."""
    most: float = 0.02
    """As a share of each value."""

    def render(self, inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
        """Rows (n, k), measured again; their labels stay right."""
        features = np.asarray(inputs[FORM])
        changed = features.copy()
        for column, decimals in self.decimals.items():
            share = random.uniform(1 - self.most, 1 + self.most, len(features))
            changed[:, column] = np.round(features[:, column] * share, decimals)
        return Copies({FORM: changed})
