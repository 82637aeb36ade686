"""Faulty models of problem 1."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from .fault import Fault, Honest, barely_short, fit, spoil

L = keras.layers


def read(honest: Honest, name: str = "train") -> tuple[np.ndarray, np.ndarray]:
    table = np.genfromtxt(honest.public / f"{name}.csv", delimiter=",", names=True, dtype=np.float32)
    columns = [table[column] for column in table.dtype.names or ()]
    return np.stack(columns[:-1], axis=1), columns[-1]


def network(*entry: Any, width: int = 64) -> Any:
    return keras.Sequential(
        [keras.Input((9,)), *entry, L.Dense(width, "relu"), L.Dense(width, "relu"), L.Dense(1)]
    )


def normalised(x: np.ndarray) -> Any:
    layer = L.Normalization()
    layer.adapt(x)
    return layer


def standardised_outside(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(), (x - x.mean(0)) / x.std(0), y, "mae", 60, 0.005)


def standardised_before_a_layer_never_adapted(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(L.Normalization()), (x - x.mean(0)) / x.std(0), y, "mae", 60, 0.005)


def never_adapted(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(L.Normalization()), x, y, "mae", 60)


def squeezed_outside(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(), (x - x.min(0)) / (x.max(0) - x.min(0)), y, "mae", 80, 0.005)


def standardised_both(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(), (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std(), "mae", 60)


def with_target(honest: Honest, change: Any) -> Any:
    x, y = read(honest)
    return fit(network(normalised(x)), x, change(y), "mae", 60)


def dead(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential([keras.Input((9,)), normalised(x), L.Dense(64, "relu"), L.Dense(1, "relu")])
    model.layers[-1].set_weights([-np.ones((64, 1), np.float32), -np.ones(1, np.float32)])
    return fit(model, x, y, "mae", 3)


def hardly_trained(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(normalised(x), width=16), x, y, "mae", 3, 0.01)


def by_heart(honest: Honest) -> Any:
    """A network of wild starting weights learns every car, and nothing about cars."""
    x, y = read(honest)
    wild = keras.initializers.RandomNormal(stddev=0.8, seed=1)
    layers = [L.Dense(256, "tanh", kernel_initializer=wild) for _ in range(2)]
    model = keras.Sequential([keras.Input((9,)), normalised(x), *layers, L.Dense(1)])
    return fit(model, x, y, "mae", 150)


def huge(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(normalised(x), width=1024), x, y, "mae", 1, 1e-3)


def in_the_order_of(honest: Honest, columns: list[int]) -> Any:
    x, y = read(honest)
    return fit(network(normalised(x[:, columns])), x[:, columns], y, "mae", 80, 0.005)


def unit_length(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(), keras.utils.normalize(x), y, "mae", 200, 0.005)


FAULTS = [
    Fault(
        "regression",
        "columns as get_dummies sorts them",
        "columns_in_another_order",
        lambda h: in_the_order_of(h, [*range(6), 7, 8, 6]),
    ),
    Fault(
        "regression",
        "columns with the origins first",
        "columns_in_another_order",
        lambda h: in_the_order_of(h, [6, 7, 8, *range(6)]),
    ),
    Fault("regression", "keras.utils.normalize outside the model", "forgot_to_rescale", unit_length),
    Fault("regression", "features standardised outside the model", "forgot_to_rescale", standardised_outside),
    Fault(
        "regression",
        "a Normalization never adapted",
        "normalization_never_adapted",
        never_adapted,
    ),
    Fault(
        "regression",
        "features standardised before a Normalization never adapted",
        "normalization_never_adapted",
        standardised_before_a_layer_never_adapted,
    ),
    Fault("regression", "features squeezed to 0-1 outside the model", "forgot_to_rescale", squeezed_outside),
    Fault(
        "regression",
        "features and target standardised outside",
        "forgot_to_rescale",
        standardised_both,
        "target_not_rescaled",
    ),
    Fault(
        "regression",
        "target standardised",
        "target_not_rescaled",
        lambda honest: with_target(honest, lambda y: (y - y.mean()) / y.std()),
    ),
    Fault(
        "regression",
        "target squeezed to 0-1",
        "target_not_rescaled",
        lambda honest: with_target(honest, lambda y: (y - y.min()) / (y.max() - y.min())),
    ),
    Fault("regression", "logarithm of the target", "target_not_rescaled", lambda h: with_target(h, np.log)),
    Fault("regression", "dead last layer", "constant_predictions", dead, "bounded_output"),
    Fault(
        "regression", "NaN weights", "predictions_not_finite", lambda honest: spoil(honest.model(), np.nan)
    ),
    Fault("regression", "stopped after three epochs", "underfitting", hardly_trained),
    Fault("regression", "learned by heart", "overfitting", by_heart),
    Fault("regression", "a million parameters, one epoch", "larger_than_needed", huge),
    Fault("regression", "nearly there", "barely_missed", barely_short),
]
