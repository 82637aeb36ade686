"""Flowers: photographs in colour, 64x64 pixels, the kind of flower being the folder's name."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from ..pictures import PictureData
from ..problem import Splits
from ..split import Shares

FLOWERS: Final = PictureData(
    side=64,
    depth=3,
    shares=Shares(hidden=0.2, validation=0.2),
    small=Shares(hidden=0.3, validation=0.2),
)
KINDS: Final = (
    "phlox",
    "rose",
    "calendula",
    "iris",
    "shasta_daisy",
    "bellflower",
    "viola",
    "rudbeckia",
    "peony",
    "aquilegia",
)
"""What the package's labels 0 to 9 stand for."""


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a zip file with flower_labels.csv (file, label) and the photographs it names."""
    from PIL import Image

    with zipfile.ZipFile(raw) as archive:
        table = io.StringIO(archive.read("flower_images/flower_labels.csv").decode())
        rows = list(csv.DictReader(table))
        photos = [
            FLOWERS.shrink(Image.open(io.BytesIO(archive.read(f"flower_images/{row['file']}"))))
            for row in rows
        ]
    numbers = np.array([int(row["label"]) for row in rows])
    return FLOWERS.split(FLOWERS.named(photos, numbers, KINDS), secret)
