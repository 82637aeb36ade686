"""Pictures rendered anew: turned, moved, zoomed, lit and grained a little, as in another photograph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .perturb_images import FORM
from .problem import Array, Copies, Inputs

_LEVELS: Final = 255
"""Pixels are whole steps of this scale, as those of the data are."""


@dataclass(frozen=True)
class PictureChanges:
    """The most that each picture is changed. Each draws its own change, to either side."""

    turn: float
    """Degrees."""
    move: float
    """Pixels, down and to the right."""
    zoom: float
    light: float
    """As shares of one."""
    grain: float
    """The standard deviation of noise, as a share of each pixel's own light: black stays black."""

    def render(self, inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
        """Pictures (n, height, width, ...) from 0 to 1, rendered anew; their labels stay right."""
        pixels = np.asarray(inputs[FORM])
        moved = _sampled(pixels, *self._places(pixels, random))
        light = 1 + random.uniform(-self.light, self.light, len(pixels))
        lit = moved * light.reshape(-1, *[1] * (pixels.ndim - 1))
        lit *= 1 + random.normal(0, self.grain, lit.shape)
        whole = np.rint(np.clip(lit, 0, 1) * _LEVELS) / _LEVELS
        return Copies({FORM: whole.astype(pixels.dtype)})

    def _places(self, pixels: Array, random: np.random.Generator) -> tuple[Array, Array]:
        """(n, height, width) From which row and column of the picture each pixel is taken."""
        count, height, width = pixels.shape[:3]
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        down, right = rows - (height - 1) / 2, columns - (width - 1) / 2

        def drawn(most: float) -> Array:
            return random.uniform(-most, most, (count, 1, 1)).astype(np.float32)

        angle, size = np.deg2rad(drawn(self.turn)), 1 / (1 + drawn(self.zoom))
        cosine, sine = np.cos(angle) * size, np.sin(angle) * size
        return (
            cosine * down - sine * right + (height - 1) / 2 + drawn(self.move),
            sine * down + cosine * right + (width - 1) / 2 + drawn(self.move),
        )


def _sampled(pixels: Array, rows: Array, columns: Array) -> Array:
    """(n, height, width, ...) Each pixel between its four neighbours; beyond the edge, the edge itself."""
    height, width = pixels.shape[1:3]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top, left = np.minimum(rows.astype(int), height - 2), np.minimum(columns.astype(int), width - 2)
    each = np.arange(len(pixels))[:, None, None]
    extra = (*rows.shape, *[1] * (pixels.ndim - 3))
    down, right = (rows - top).reshape(extra), (columns - left).reshape(extra)
    upper = pixels[each, top, left] * (1 - right) + pixels[each, top, left + 1] * right
    lower = pixels[each, top + 1, left] * (1 - right) + pixels[each, top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down)
