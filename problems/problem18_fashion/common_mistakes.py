"""What goes wrong with the clothes: the scale of their pixels, dark for light, and exchanged axes."""

from __future__ import annotations

from ..perturb_images import (
    CENTRED,
    INVERTED,
    NORMALISED_DOWN,
    NORMALISED_LAST,
    NOT_RESCALED,
    RESCALED_INSIDE,
    RESCALED_TWICE,
    STANDARDISED,
    STANDARDISED_ALONE,
    TRANSPOSED,
)
from ..problem import CommonMistakes, Rerendering
from ..rerender_images import PictureChanges

common_mistakes = CommonMistakes(
    perturbations=(
        CENTRED,
        RESCALED_INSIDE,
        NOT_RESCALED,
        NORMALISED_DOWN,
        NORMALISED_LAST,
        TRANSPOSED,
        INVERTED,
        RESCALED_TWICE,
        STANDARDISED_ALONE,
        STANDARDISED,
    ),
    mistaken_for="MNIST has pictures of the same shape, and as many classes: train on the clothes in "
    "data/fashion.npz.",
    regularise="Dropout, or shifts by a pixel or two (RandomTranslation), or flips from left to right: a "
    "mirrored shoe is a shoe",
    rerendering=Rerendering(
        PictureChanges(turn=4, move=0.5, zoom=0.03, light=0.05, grain=0.02).render,
        "turned, moved, sized and lit a little otherwise",
        honest_loss=1.0,
        honest_healing=0.25,
    ),
    ample_parameters=5_000_000,
)
