"""Fashion-MNIST: 70,000 photographs of clothes, 28x28 grey pixels, in ten classes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..image_files import Pictures
from ..npz_pictures import NpzPictures
from ..problem import Splits

CLOTHES: Final = NpzPictures(
    (
        *("T-shirt or top", "trousers", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    "fashion.npz",
)
_HEADER: Final = {"images": 16, "labels": 8}
"""Bytes before the numbers of an IDX file, which hold its shape."""


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with the set's four files, in the format IDX and packed by gzip."""
    pixels, labels = (
        np.concatenate([_read(raw, part, what) for part in ("train", "t10k")])
        for what in ("images", "labels")
    )
    return CLOTHES.split(
        Pictures(pixels.reshape(-1, *CLOTHES.shape), labels.astype(np.int64), CLOTHES.classes), secret
    )


def _read(raw: Path, part: str, what: str) -> NDArray[np.uint8]:
    dimensions = {"images": 3, "labels": 1}[what]
    content = gzip.decompress((raw / f"{part}-{what}-idx{dimensions}-ubyte.gz").read_bytes())
    return np.frombuffer(content, dtype=np.uint8, offset=_HEADER[what])
