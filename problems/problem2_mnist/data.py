"""MNIST: 70,000 handwritten digits, 28x28 grey pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..image_files import Pictures
from ..npz_pictures import NpzPictures
from ..problem import Splits

DIGITS: Final = NpzPictures(tuple(str(digit) for digit in range(10)), "mnist.npz")


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with mnist_train.csv and mnist_test.csv: a label and 784 pixels a row."""
    files = [
        np.loadtxt(raw / f"mnist_{part}.csv", dtype=np.uint8, delimiter=",", skiprows=1)
        for part in ("train", "test")
    ]
    rows = np.concatenate(files)
    pixels = np.ascontiguousarray(rows[:, 1:]).reshape(-1, *DIGITS.shape)
    return DIGITS.split(Pictures(pixels, rows[:, 0].astype(np.int64), DIGITS.classes), secret)
