"""Solar cells: photographs of their light under current, 2,223 of them sound or defective for sure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..pictures import PictureData
from ..problem import Splits
from ..split import Shares

CELLS: Final = PictureData(side=96, depth=1, shares=Shares(hidden=0.25, validation=0.15), classes=2)
CLASSES: Final = ("defective", "sound")
_SURE: Final = {"0.0": "sound", "1.0": "defective"}
"""How probable a defect is, as people said who looked at the cells. Others were not sure."""


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with labels.csv (a file, how probable a defect is, a kind) and the files it names."""
    from PIL import Image

    rows = [line.split() for line in (raw / "labels.csv").read_text("utf-8").splitlines()]
    sure = [(name, _SURE[defect]) for name, defect, _ in rows if defect in _SURE]
    pixels = []
    for name, _ in sure:
        with Image.open(raw / name) as photo:
            pixels.append(CELLS.shrink(photo))
    numbers = np.array([CLASSES.index(label) for _, label in sure], dtype=np.int64)
    return CELLS.split(CELLS.named(pixels, numbers, CLASSES), secret)
