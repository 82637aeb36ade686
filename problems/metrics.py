"""Metrics, each the mean of one number per example, and how predictions of every shape are read for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .problem import Array, Metric

THRESHOLD = 0.5
"""From here on a single probability means class 1."""


def mean_absolute_error(unit: str) -> Metric:
    """The mean distance between prediction and label, in `unit`; averaged over the steps of a forecast."""
    return Metric("mean absolute error", _absolute_error, higher_is_better=False, unit=unit)


def _absolute_error(predictions: Array, labels: Array) -> NDArray[np.float64]:
    """(n, ...) and (n, ...) numbers to (n,) distances."""
    errors = np.abs(predictions.astype(np.float64) - labels.astype(np.float64))
    return np.asarray(errors.reshape(len(errors), -1).mean(axis=1), dtype=np.float64)


def mean_squared_error(unit: str) -> Metric:
    """The mean of the squared distance between prediction and label, whose own unit is `unit`."""

    def per_example(predictions: Array, labels: Array) -> NDArray[np.float64]:
        return _absolute_error(predictions, labels) ** 2

    return Metric(
        "mean squared error", per_example, higher_is_better=False, unit=f"{unit}²", unit_of_labels=unit
    )


def log10_error(least: float, unit: str) -> Metric:
    """The mean distance between the decimal logarithms of prediction and label: 0.04 is about a tenth.

    Args:
        least: what anything smaller counts as, above 0: a price is never 0.
        unit: of predictions and labels, for people: "USD".
    """

    def per_example(predictions: Array, labels: Array) -> NDArray[np.float64]:
        return _absolute_error(*(np.log10(np.maximum(values, least)) for values in (predictions, labels)))

    return Metric(
        "mean absolute error",
        per_example,
        higher_is_better=False,
        unit=f"log10({unit})",
        unit_of_labels=unit,
    )


def _hits(predictions: Array, labels: Array) -> NDArray[np.float64]:
    """(n,) class numbers and (n,) class numbers to 1.0 where they agree, else 0.0."""
    return np.asarray(predictions == labels, dtype=np.float64)


accuracy = Metric("accuracy", _hits, higher_is_better=True)
"""The share of examples whose class is right. Takes class numbers: see `most_likely` and `at_half`."""


def most_likely(scores: Array) -> Array:
    """(n, classes) probabilities or logits to (n,) class numbers; the first of equals."""
    return np.asarray(scores.argmax(axis=1))


def at_half(probabilities: Array) -> Array:
    """(n,) or (n, 1) probabilities of class 1 to (n,) class numbers."""
    return np.asarray(probabilities.reshape(len(probabilities)) >= THRESHOLD, dtype=np.int64)


def without_last_axis(values: Array) -> Array:
    """(n, ..., 1) to (n, ...): a prediction wrapped in an axis of its own."""
    return values[..., 0]


def last_step(values: Array) -> Array:
    """(n, steps, horizon) to (n, horizon): a sequence model's prediction is the one at its last step."""
    return values[:, -1]
