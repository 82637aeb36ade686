"""What goes wrong with the solar cells: the scale of their pixels."""

from __future__ import annotations

from ..perturb_images import CENTRED, INVERTED, NOT_RESCALED, RESCALED_INSIDE, RESCALED_TWICE
from ..problem import CommonMistakes, Rerendering
from ..rerender_images import PictureChanges

common_mistakes = CommonMistakes(
    perturbations=(CENTRED, RESCALED_INSIDE, NOT_RESCALED, INVERTED, RESCALED_TWICE),
    mistaken_for="Train on the photographs in data/.",
    regularise="random flips (RandomFlip): a cell turned round is as sound as before, or Dropout",
    rerendering=Rerendering(
        PictureChanges(turn=1, move=1, zoom=0.02, light=0.04, grain=0.01).render,
        "turned, cropped and lit a little otherwise",
        honest_loss=0.75,
    ),
    # A large pretrained base is a usual way to solve it.
    ample_parameters=40_000_000,
)
