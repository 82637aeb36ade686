"""How an ordinary attempt is built and trained, as a learner would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from keras import layers

from .attempt import LOGITS, Attempt

Array = np.ndarray
_RECURRENT: Final = {"lstm": layers.LSTM, "bilstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}
_TAKES_STEPS: Final = (*_RECURRENT, "conv", "pool", "average", "max", "flatten")


@dataclass(frozen=True)
class Material:
    """A problem's public data, as its starter reads it, and what its models begin and end with."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array]
    outputs: int
    last: str | None
    loss: str
    begin: Callable[[Attempt, Array], list[Any]]
    """The layers before the body."""
    steps: int = 0
    """Dimensions of convolutions: 2 for pictures, 1 for series and texts, 0 for plain numbers."""
    classes: int = 0


def train(attempt: Attempt, material: Material, folder: Path) -> None:
    """Train the attempt, and leave mymodel.h5 and its history.csv in a folder."""
    keras.utils.set_random_seed(attempt.seed)
    (x, y), (valid_x, valid_y) = (_prepared(attempt, material, each) for each in ("train", "validation"))
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype), *_layers(attempt, material, x)])
    model.compile(
        _optimizer(attempt), _loss(attempt, material), metrics=["accuracy" if material.classes else "mae"]
    )
    model.fit(
        x,
        y,
        validation_data=(valid_x, valid_y) if attempt.validation else None,
        epochs=attempt.epochs,
        batch_size=attempt.batch,
        verbose=0,
        callbacks=list(_callbacks(attempt, folder)),
    )
    model.save(folder / "mymodel.h5")
    keras.backend.clear_session()


def _layers(attempt: Attempt, material: Material, x: Array) -> list[Any]:
    words = [word.split() for word in attempt.body.split(", ") if word]
    body = [
        layer(kind, numbers, attempt, material.steps, [word[0] for word in words[place + 1 :]])
        for place, (kind, *numbers) in enumerate(words)
    ]
    last = material.last if attempt.last is None else attempt.last
    return [*material.begin(attempt, x), *body, layers.Dense(material.outputs, activation=last or None)]


def layer(kind: str, numbers: list[str], attempt: Attempt, steps: int, behind: list[str]) -> Any:
    """The layer that a word of the body stands for: "dense 64"."""
    size = float(numbers[0]) if numbers else 0.0
    activation = attempt.activation
    regularizer = keras.regularizers.L2(attempt.l2) if attempt.l2 else None
    if kind in _RECURRENT:
        inner = _RECURRENT[kind](int(size), return_sequences=bool(behind) and behind[0] in _TAKES_STEPS)
        return layers.Bidirectional(inner) if kind == "bilstm" else inner
    if kind == "conv":
        made = layers.Conv2D if steps == 2 else layers.Conv1D
        width = int(numbers[1]) if len(numbers) > 1 else 3
        return made(int(size), width, activation=activation, padding="same", kernel_regularizer=regularizer)
    simple: Mapping[str, Callable[[], Any]] = {
        "dense": lambda: layers.Dense(int(size), activation=activation, kernel_regularizer=regularizer),
        "dropout": lambda: layers.Dropout(size),
        "spatial": lambda: layers.SpatialDropout1D(size),
        "batchnorm": layers.BatchNormalization,
        "flatten": layers.Flatten,
        "end": lambda: layers.Cropping1D((95, 0)),
        "pool": layers.MaxPooling2D if steps == 2 else layers.MaxPooling1D,
        "average": layers.GlobalAveragePooling2D if steps == 2 else layers.GlobalAveragePooling1D,
        "max": layers.GlobalMaxPooling2D if steps == 2 else layers.GlobalMaxPooling1D,
    }
    return simple[kind]()


def _prepared(attempt: Attempt, material: Material, part: str) -> tuple[Array, Array]:
    x, y = getattr(material, part)
    first_x, first_y = material.train
    if attempt.scaling == "outside":
        axes = tuple(range(first_x.ndim - 1))
        x = (x - first_x.mean(axes)) / first_x.std(axes)
    elif attempt.scaling == "255":
        x = x * 255
    if attempt.front:
        lengths = (x != 0).sum(axis=1)
        x = np.take_along_axis(x, (np.arange(x.shape[1])[None] + lengths[:, None]) % x.shape[1], axis=1)
    if attempt.target == "standardised":
        y = (y - first_y.mean()) / first_y.std()
    elif attempt.target == "logarithm":
        y = np.log(y)
    if material.classes > 1 and attempt.loss in ("mse", "mae", "categorical_crossentropy"):
        y = keras.utils.to_categorical(y, material.classes)
    return x, y


def _optimizer(attempt: Attempt) -> Any:
    options: dict[str, float] = {} if attempt.rate is None else {"learning_rate": attempt.rate}
    if attempt.momentum:
        options["momentum"] = attempt.momentum
    return keras.optimizers.get({"class_name": attempt.optimizer, "config": options})


def _loss(attempt: Attempt, material: Material) -> Any:
    if attempt.loss != LOGITS:
        return attempt.loss or material.loss
    losses = keras.losses
    return (losses.SparseCategoricalCrossentropy if material.classes > 1 else losses.BinaryCrossentropy)(
        from_logits=True
    )


def _callbacks(attempt: Attempt, folder: Path) -> Iterator[Any]:
    if attempt.log:
        yield keras.callbacks.CSVLogger(folder / "history.csv")
    if attempt.reduce:
        yield keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=max(3, attempt.patience // 3))
    if attempt.patience:
        yield keras.callbacks.EarlyStopping(patience=attempt.patience, restore_best_weights=True)
