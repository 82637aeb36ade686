"""MNIST: 70,000 handwritten digits, 28x28 grey pixels. The usual test set is public, so all are pooled."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import BadData
from ...files.text import counted
from ..image_files import Pictures, gather, read_own_pictures, scaled
from ..problem import LabelledSet, Labels, Loaded, Splits
from ..split import Shares, split

SHAPE: Final = (28, 28)
DIGITS: Final = 10
CLASSES: Final = tuple(str(digit) for digit in range(DIGITS))
SHARES: Final = Shares(hidden=1 / 7, validation=1 / 6)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with mnist_train.csv and mnist_test.csv: a label and 784 pixels a row."""
    files = [
        np.loadtxt(raw / f"mnist_{part}.csv", dtype=np.uint8, delimiter=",", skiprows=1)
        for part in ("train", "test")
    ]
    rows = np.concatenate(files)
    pixels = np.ascontiguousarray(rows[:, 1:]).reshape(-1, *SHAPE)
    return _split(Pictures(pixels, rows[:, 0].astype(np.int64), CLASSES), secret)


def split_tfds(raw: Loaded, secret: bytes) -> Splits:
    """`raw` has the splits train and test with (28, 28, 1) images."""
    examples = [example for split_name in ("train", "test") for example in raw.splits[split_name]]
    pixels = gather([example["image"] for example in examples], SHAPE)
    labels = np.array([example["label"] for example in examples], dtype=np.int64)
    return _split(Pictures(pixels, labels, CLASSES), secret)


def split_own(raw: Path, secret: bytes) -> Splits:
    """`raw` is a mentor's folder of images per class; there are ten classes, whatever they are called."""
    pictures = read_own_pictures(raw, SHAPE)
    if len(pictures.classes) != DIGITS:
        found = ", ".join(pictures.classes)
        classes = counted(len(pictures.classes), "class", "classes")
        raise BadData(f"{raw} holds {classes} ({found}), and models predict {DIGITS}.")
    return _split(pictures, secret)


def _split(pictures: Pictures, secret: bytes) -> Splits:
    masks = split(pictures.examples(), secret, SHARES)
    return Splits(
        write_public=partial(
            _write_public, pictures=pictures, train=masks.train, validation=masks.validation
        ),
        validation=_labelled_set(pictures, masks.validation),
        hidden=_labelled_set(pictures, masks.hidden),
        classes=pictures.classes,
        public_count=len(masks.public),
        duplicates=masks.duplicates,
        training=_labelled_set(pictures, masks.training_sample),
    )


def _write_public(
    folder: Path, pictures: Pictures, train: NDArray[np.intp], validation: NDArray[np.intp]
) -> None:
    np.savez_compressed(
        folder / "mnist.npz",
        x_train=pictures.pixels[train],
        y_train=pictures.labels[train].astype(np.uint8),
        x_valid=pictures.pixels[validation],
        y_valid=pictures.labels[validation].astype(np.uint8),
    )


def _labelled_set(pictures: Pictures, chosen: NDArray[np.intp]) -> LabelledSet:
    return LabelledSet({"pixels": scaled(pictures.pixels[chosen])}, Labels(pictures.labels[chosen]))
