"""What goes wrong with the cars: numbers scaled before the model, and not inside it."""

from __future__ import annotations

import numpy as np

from ..problem import Array, Augmentation, CommonMistakes, Perturbation

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


def jittered(features: Array) -> Array:
    """(n, 9) Displacement, horsepower, weight and acceleration up to 1% more or less."""
    changed = features.copy()
    share = np.random.default_rng(0).uniform(0.99, 1.01, (len(features), 4))
    changed[:, 1:5] = features[:, 1:5] * share
    return changed


common_mistakes = CommonMistakes(
    perturbations=(
        Perturbation(
            "forgot_to_rescale",
            "features",
            standardised,
            "Your model expects standardised features, but the inputs come in their own units.",
            _INSIDE,
        ),
        Perturbation(
            "forgot_to_rescale",
            "features",
            from_zero_to_one,
            "Your model expects features from 0 to 1, but the inputs come in their own units.",
            _INSIDE,
        ),
    ),
    augmentations=(Augmentation("features", jittered, "changed by up to 1% in their measures"),),
    ample_parameters=200_000,
)
