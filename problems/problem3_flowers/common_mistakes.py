"""What goes wrong with the flowers: the scale of their pixels, and colours in another order."""

from __future__ import annotations

from ..perturb_images import (
    BLUE_FIRST,
    CENTRED,
    NOT_RESCALED,
    RESCALED_INSIDE,
    RESCALED_TWICE,
    TRANSPOSED,
)
from ..problem import CommonMistakes, Rerendering
from ..rerender_images import PictureChanges

common_mistakes = CommonMistakes(
    perturbations=(CENTRED, BLUE_FIRST, RESCALED_INSIDE, NOT_RESCALED, TRANSPOSED, RESCALED_TWICE),
    mistaken_for="Train on the photographs in data/.",
    regularise="random flips, turns and shifts (RandomFlip, RandomRotation, RandomTranslation), or Dropout",
    rerendering=Rerendering(
        PictureChanges(turn=3, move=1, zoom=0.04, light=0.05, grain=0.01).render,
        "turned, cropped and lit a little otherwise",
        honest_loss=0.75,
    ),
    # A large pretrained base is the usual way to solve it.
    ample_parameters=40_000_000,
)
