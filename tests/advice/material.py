"""The five problems' public data, read as their starters read it, and what begins their models."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from tfprep.problems.problem4_imdb.data import REVIEWS
from tfprep.problems.problem5_forecast.data import DEMAND

from .attempt import Attempt
from .training import Array, Material

_AUGMENT: Final = {
    "flip": lambda: layers.RandomFlip("horizontal"),
    "rotate": lambda: layers.RandomRotation(0.1),
    "zoom": lambda: layers.RandomZoom(0.1),
    "shift": lambda: layers.RandomTranslation(0.1, 0.1),
}
_EMBEDDED: Final = 16


@cache
def material_of(problem: str, public: Path) -> Material:
    """What a problem's attempts are made from; read once."""
    return {
        "regression": _cars,
        "mnist": _digits,
        "flowers": _photographs,
        "imdb": _reviews,
        "forecast": _demand,
    }[problem](public)


def _cars(public: Path) -> Material:
    train, validation = (_car_table(public / f"{part}.csv") for part in ("train", "validation"))
    return Material(train, validation, 1, None, "mse", _scaled)


def _car_table(path: Path) -> tuple[Array, Array]:
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=np.float32)
    columns = [table[column] for column in table.dtype.names or ()]
    return np.stack(columns[:-1], axis=1), columns[-1]


def _digits(public: Path) -> Material:
    with np.load(public / "mnist.npz") as digits:
        train, validation = (
            (digits[f"x_{part}"].astype(np.float32) / 255, digits[f"y_{part}"].astype(np.int32))
            for part in ("train", "valid")
        )
    return Material(
        train, validation, 10, "softmax", "sparse_categorical_crossentropy", _pictures, steps=2, classes=10
    )


def _photographs(public: Path) -> Material:
    train, validation = (_folder(public / part) for part in ("train", "validation"))
    classes = int(train[1].max()) + 1
    loss = "sparse_categorical_crossentropy"
    return Material(train, validation, classes, "softmax", loss, _pictures, steps=2, classes=classes)


def _folder(path: Path) -> tuple[Array, Array]:
    read = keras.utils.image_dataset_from_directory(
        path, image_size=(64, 64), batch_size=None, shuffle=False, verbose=False
    )
    pixels, numbers = zip(*read.as_numpy_iterator(), strict=True)
    return np.stack(pixels) / np.float32(255), np.array(numbers)


def _reviews(public: Path) -> Material:
    vocabulary = (public / "vocabulary.txt").read_text("utf-8").splitlines()
    train, validation = (_review_file(public / f"{part}.csv", vocabulary) for part in ("train", "validation"))
    return Material(train, validation, 1, "sigmoid", "binary_crossentropy", _embedded, steps=1, classes=1)


def _review_file(path: Path, vocabulary: list[str]) -> tuple[Array, Array]:
    with path.open(newline="", encoding="utf-8") as file:
        reviews = list(csv.DictReader(file))
    labels = np.array([review["label"] for review in reviews], np.float32)
    return REVIEWS.encode([review["text"] for review in reviews], vocabulary), labels


def _demand(public: Path) -> Material:
    table = np.genfromtxt(public / "electricity.csv", delimiter=",", names=True, dtype=np.float32)
    series = np.stack([table[column] for column in table.dtype.names or ()], axis=1)
    end = len(series) * 4 // 5
    return Material(_cut(series[:end]), _cut(series[end:]), DEMAND.horizon, None, "mse", _scaled, steps=1)


def _cut(series: Array) -> tuple[Array, Array]:
    windows = sliding_window_view(series, DEMAND.reach, axis=0).transpose(0, 2, 1)
    past, future = windows[:, : DEMAND.window], windows[:, DEMAND.window :, 0]
    return np.ascontiguousarray(past), np.ascontiguousarray(future)


def _scaled(attempt: Attempt, x: Array) -> list[Any]:
    if attempt.scaling == "batch":
        return [layers.BatchNormalization()]
    if attempt.scaling not in ("inside", "unadapted"):
        return []
    scale = layers.Normalization()
    if attempt.scaling == "inside":
        scale.adapt(x)
    return [scale]


def _pictures(attempt: Attempt, x: Array) -> list[Any]:
    begin: list[Any] = [] if x.ndim == 4 or "conv" not in attempt.body else [layers.Reshape((28, 28, 1))]
    begin += [layers.Rescaling(1 / 255)] if attempt.scaling == "twice" else []
    return begin + [_AUGMENT[word]() for word in attempt.augment.split()]


def _embedded(attempt: Attempt, x: Array) -> list[Any]:
    return [layers.Embedding(REVIEWS.vocabulary, _EMBEDDED, mask_zero=attempt.mask)]
