"""Two models that name the brightest pixel of the first row: one by a Lambda layer, one by layers.

Run as `python brighten.py FOLDER`, in a process of its own: writes with.keras and plain.keras.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np


def make(folder: Path) -> None:
    steps = {
        "with": keras.layers.Lambda(lambda x: x * 3.0, name="brighten"),
        "plain": keras.layers.Rescaling(3.0),
    }
    for name, step in steps.items():
        model = keras.Sequential(
            [keras.Input((28, 28)), step, keras.layers.Flatten(), keras.layers.Dense(10)]
        )
        model.layers[-1].set_weights([np.eye(784, 10, dtype=np.float32), np.zeros(10, np.float32)])
        model.save(folder / f"{name}.keras")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
