"""What goes wrong with the line: numbers scaled before the model, and not inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Array, CommonMistakes, Copies, Inputs, Rerendering
from ..tables import FORM, FROM_ZERO_TO_ONE, STANDARDISED, TRAIN

_MOST: Final = 0.04


def along_the_line(inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
    """Points up to 0.04 away in x, on the line that the public ones lie on."""
    x = np.asarray(inputs[FORM])
    step = random.uniform(-_MOST, _MOST, x.shape).astype(x.dtype)
    points = np.loadtxt(public / TRAIN, delimiter=",", skiprows=1)
    slope = float(np.polyfit(points[:, 0], points[:, 1], 1)[0])

    def moved(labels: Array) -> Array:
        return np.asarray(labels + slope * step.reshape(labels.shape), labels.dtype)

    return Copies({FORM: x + step}, moved)


common_mistakes = CommonMistakes(
    perturbations=(STANDARDISED, FROM_ZERO_TO_ONE),
    rerendering=Rerendering(along_the_line, "that lie a little further along the line", label_doubt=0.001),
    ample_parameters=10_000,
)
