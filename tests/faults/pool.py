"""Faulty models of the problems that can be drawn: the mistakes that people make with their kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import keras
import numpy as np

from tfprep.problems import Problem, find
from tfprep.problems.series import SeriesData

from .fault import Fault, Honest, after, fit, last_dense, rename_outputs, spoil
from .reviews import mirrored, renumbered

L = keras.layers
TABLES: Final = ("concrete", "diamonds", "cells", "line")
TEXTS: Final = ("bbc", "tweets", "reuters", "spam")
SERIES: Final = ("sunspots", "household", "temperature")
PICTURES: Final = ("solar",)
_ROWS: Final = 4_000
"""So many rows of a table are enough for a mistake."""
Scale = Callable[[np.ndarray], np.ndarray]


def standardised(x: np.ndarray) -> np.ndarray:
    return (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)


def squeezed(x: np.ndarray) -> np.ndarray:
    width = x.max(0) - x.min(0)
    return (x - x.min(0)) / np.where(width > 0, width, 1)


def unscaled(x: np.ndarray) -> np.ndarray:
    return x


def rows_of(honest: Honest) -> tuple[np.ndarray, np.ndarray]:
    """Features and target of a table's training rows."""
    table = np.loadtxt(honest.public / "train.csv", delimiter=",", skiprows=1, dtype=np.float32)[:_ROWS]
    return table[:, :-1], table[:, -1]


def trained(honest: Honest, problem: Problem, inputs: Scale, target: Scale = unscaled) -> Any:
    """A network on a table whose inputs or target were changed outside the model."""
    x, y = rows_of(honest)
    classes = problem.metric.higher_is_better
    scale = [] if inputs is not unscaled else [L.Normalization()]
    for layer in scale:
        layer.adapt(x)
    last = L.Dense(1, "sigmoid" if classes else None)
    model = keras.Sequential(
        [keras.Input(x.shape[1:]), *scale, L.Dense(64, "relu"), L.Dense(64, "relu"), last]
    )
    return fit(model, inputs(x), target(y), "binary_crossentropy" if classes else "mae", 60, 0.005)


def classes_exchanged(honest: Honest) -> Any:
    """The honest model with its classes named in another order."""
    model = honest.model()
    layer = last_dense(model)
    if layer.units > 1:
        return rename_outputs(model, np.roll(np.arange(layer.units), 2 if layer.units > 2 else 1))
    return mirrored(honest)


def backwards_in_time(honest: Honest, data: SeriesData) -> Any:
    """The honest model as it would be, had it been trained on windows that begin with the latest row."""
    model = honest.model()
    rows, width = data.window, len(data.columns)
    order = np.arange(rows * width).reshape(rows, width)[::-1].reshape(-1)
    for layer in model.layers:
        if isinstance(layer, L.Dense) and layer.kernel.shape[0] >= rows * width:
            kernel, *rest = layer.get_weights()
            kernel[: rows * width] = kernel[: rows * width][order]
            layer.set_weights([kernel, *rest])
    return model


def target_standardised(honest: Honest, data: SeriesData) -> Any:
    """The honest model, whose forecasts were never scaled back."""
    table = np.genfromtxt(honest.public / data.file, delimiter=",", skip_header=1)
    values = table.reshape(len(table), -1)[:, 0]
    return after(honest.model(), [L.Rescaling(1 / values.std(), -values.mean() / values.std())])


def last_value(data: SeriesData) -> Any:
    """A model that repeats the window's last value."""
    width = len(data.columns)
    model = keras.Sequential([keras.Input((data.window, width)), L.Flatten(), L.Dense(data.horizon)])
    kernel = np.zeros((data.window * width, data.horizon), np.float32)
    kernel[(data.window - 1) * width] = 1
    model.layers[-1].set_weights([kernel, np.zeros(data.horizon, np.float32)])
    return model


def for_bright_pixels(honest: Honest) -> Any:
    """The honest model as it would be, had it been trained on pixels from 0 to 255."""
    model = honest.model()
    layer = next(layer for layer in model.layers if isinstance(layer, L.Conv2D))
    kernel, *rest = layer.get_weights()
    layer.set_weights([kernel / 255, *rest])
    return model


def _series_of(name: str) -> SeriesData:
    source = find(name).data_source("own").split
    data: SeriesData = source.__self__  # type: ignore[attr-defined]
    return data


def _of_table(name: str) -> list[Fault]:
    made = partial(trained, problem=find(name))
    faults = [
        Fault(name, "features standardised outside", "forgot_to_rescale", partial(made, inputs=standardised)),
        Fault(name, "features squeezed to 0-1 outside", "forgot_to_rescale", partial(made, inputs=squeezed)),
    ]
    if not find(name).metric.higher_is_better:
        faults.append(
            Fault(
                name,
                "target standardised",
                "target_not_rescaled",
                partial(made, inputs=unscaled, target=standardised),
            )
        )
    return faults


def _of_text(name: str) -> list[Fault]:
    return [
        Fault(name, "ids from another place", "shifted_token_ids", partial(renumbered, by=1), "underfitting"),
        Fault(name, "classes in another order", "labels_permuted", classes_exchanged),
        Fault(name, "weights of zero", "constant_predictions", lambda honest: spoil(honest.model(), 0)),
    ]


def _of_series(name: str) -> list[Fault]:
    data = _series_of(name)
    return [
        Fault(name, "windows backwards", "reversed_in_time", partial(backwards_in_time, data=data)),
        Fault(name, "target standardised", "target_not_rescaled", partial(target_standardised, data=data)),
        Fault(name, "last value", "persistence", lambda honest: last_value(data)),
    ]


def _of_pictures(name: str) -> list[Fault]:
    return [
        Fault(name, "pixels from 0 to 255", "forgot_to_rescale", for_bright_pixels),
        Fault(name, "classes in another order", "labels_permuted", classes_exchanged),
    ]


FAULTS: Final = [
    *(fault for name in TABLES for fault in _of_table(name)),
    *(fault for name in TEXTS for fault in _of_text(name)),
    *(fault for name in SERIES for fault in _of_series(name)),
    *(fault for name in PICTURES for fault in _of_pictures(name)),
]
