"""Faulty models of problem 5."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .fault import Fault, Honest, after, barely_short, fit, spoil

L = keras.layers
PAST, HORIZON, GAP = 96, 24, 4


def read(honest: Honest, offset: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Windows (n, 96, 3), and the demand that begins `offset` half-hours after each."""
    series = _series(honest.public)
    windows = sliding_window_view(series, PAST + HORIZON + GAP, axis=0).transpose(0, 2, 1)
    start = PAST + offset
    return np.ascontiguousarray(windows[:, :PAST]), np.ascontiguousarray(
        windows[:, start : start + HORIZON, 0]
    )


@cache
def _series(public: Path) -> np.ndarray:
    table = np.genfromtxt(public / "electricity.csv", delimiter=",", names=True, dtype=np.float32)
    series = np.stack([table[column] for column in table.dtype.names or ()], axis=1)
    return series[: len(series) * 4 // 5]


def network(*entry: Any) -> Any:
    return keras.Sequential(
        [keras.Input((PAST, 3)), *entry, L.Flatten(), L.Dense(64, "relu"), L.Dense(HORIZON)]
    )


def normalised(x: np.ndarray) -> Any:
    layer = L.Normalization()
    layer.adapt(x)
    return layer


def trained(honest: Honest, window: Any = lambda x: x, target: Any = lambda y: y, offset: int = 0) -> Any:
    x, y = read(honest, offset)
    x = np.ascontiguousarray(window(x))
    return fit(network(normalised(x)), x, np.ascontiguousarray(target(y)), "mae", 4)


def scaled_outside(honest: Honest, target: Any = lambda y: y) -> Any:
    x, y = read(honest)
    return fit(network(), (x - x.mean((0, 1))) / x.std((0, 1)), target(y), "mae", 4)


def squeezed_outside(honest: Honest) -> Any:
    x, y = read(honest)
    low, high = x.min((0, 1)), x.max((0, 1))
    return fit(network(), (x - low) / (high - low), y, "mae", 6)


def copying(honest: Honest, start: int, stop: int) -> Any:
    """Trained on targets that stand in the window."""
    x, _ = read(honest)
    y = np.broadcast_to(x[:, start:stop, 0], (len(x), HORIZON))
    model = keras.Sequential([keras.Input((PAST, 3)), normalised(x), L.Flatten(), L.Dense(HORIZON)])
    fit(model, x, np.ascontiguousarray(y), "mae", 6, 0.01)
    return fit(model, x, np.ascontiguousarray(y), "mae", 6, 0.0005)


def hardly_trained(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(normalised(x)), x[:3_000], y[:3_000], "mae", 1, 5e-4)


def dead(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential([keras.Input((PAST, 3)), L.Flatten(), L.Dense(HORIZON, "relu")])
    model.layers[-1].set_weights([-np.ones((PAST * 3, HORIZON), np.float32), -np.ones(HORIZON, np.float32)])
    return fit(model, x[:1_000], y[:1_000], "mae", 1)


def huge(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential(
        [keras.Input((PAST, 3)), normalised(x), L.Flatten(), L.Dense(8_000, "relu"), L.Dense(HORIZON)]
    )
    return fit(model, x[:1_000], y[:1_000], "mae", 1, 1e-3)


def axes_first(honest: Honest) -> Any:
    return keras.Sequential([keras.Input((3, PAST)), L.Flatten(), L.Dense(HORIZON)])


def reviews(honest: Honest) -> Any:
    return keras.Sequential([keras.Input((160,)), L.Embedding(5_000, 4), L.Flatten(), L.Dense(1)])


FAULTS = [
    Fault("forecast", "windows standardised outside the model", "forgot_to_rescale", scaled_outside),
    Fault("forecast", "windows squeezed to 0-1 outside", "forgot_to_rescale", squeezed_outside),
    Fault(
        "forecast",
        "windows and target standardised outside",
        "forgot_to_rescale",
        lambda h: scaled_outside(h, lambda y: (y - y.mean()) / y.std()),
        "target_not_rescaled",
    ),
    Fault(
        "forecast",
        "target standardised",
        "target_not_rescaled",
        lambda h: after(h.model(), [L.Rescaling(1.1, offset=-5.0)]),
    ),
    Fault(
        "forecast",
        "target in MW",
        "target_not_rescaled",
        lambda h: after(h.model(), [L.Rescaling(1_000.0)]),
    ),
    Fault("forecast", "repeats the last value", "persistence", lambda h: copying(h, PAST - 1, PAST)),
    Fault("forecast", "copies yesterday", "copies_yesterday", lambda h: copying(h, 48, 72)),
    Fault("forecast", "targets begin four steps late", "forecast_shifted", lambda h: trained(h, offset=GAP)),
    Fault("forecast", "targets begin inside the window", "forecast_shifted", lambda h: trained(h, offset=-6)),
    Fault(
        "forecast", "targets reversed", "forecast_reversed", lambda h: trained(h, target=lambda y: y[:, ::-1])
    ),
    Fault("forecast", "windows reversed", "reversed_in_time", lambda h: trained(h, lambda x: x[:, ::-1])),
    Fault("forecast", "dead last layer", "constant_predictions", dead, "bounded_output"),
    Fault("forecast", "NaN weights", "predictions_not_finite", lambda h: spoil(h.model(), np.nan)),
    Fault("forecast", "hardly trained", "underfitting", hardly_trained),
    Fault("forecast", "two million parameters", "larger_than_needed", huge),
    Fault("forecast", "channels first", "axes_in_another_order", axes_first),
    Fault("forecast", "the reviews' model", "made_for_another_problem", reviews),
    Fault("forecast", "nearly there", "barely_missed", barely_short),
]
