"""What goes wrong with the flowers: the scale of their pixels, and colours in another order."""

from __future__ import annotations

from ..perturb_images import (
    BLUE_FIRST,
    CENTRED,
    MIRRORED,
    MOVED,
    NOT_RESCALED,
    RESCALED_INSIDE,
    RESCALED_TWICE,
    TRANSPOSED,
)
from ..problem import CommonMistakes

common_mistakes = CommonMistakes(
    perturbations=(CENTRED, BLUE_FIRST, RESCALED_INSIDE, NOT_RESCALED, TRANSPOSED, RESCALED_TWICE),
    mistaken_for="Train on the photographs in data/.",
    augmentations=(MIRRORED, MOVED),
    # A large pretrained base is the usual way to solve it.
    ample_parameters=40_000_000,
)
