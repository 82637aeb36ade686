"""What goes wrong with the digits: the scale of their pixels, ink for paper, and exchanged axes."""

from __future__ import annotations

from ..perturb_images import (
    CENTRED,
    DARKER,
    INVERTED,
    MOVED,
    NOT_RESCALED,
    RESCALED_INSIDE,
    RESCALED_TWICE,
    TRANSPOSED,
)
from ..problem import CommonMistakes

common_mistakes = CommonMistakes(
    perturbations=(CENTRED, RESCALED_INSIDE, NOT_RESCALED, TRANSPOSED, INVERTED, RESCALED_TWICE),
    augmentations=(MOVED, DARKER),
    ample_parameters=5_000_000,
)
