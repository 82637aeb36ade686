"""What all predictions together show: pure functions of predictions and labels, for pages and programs.

Only sums over many examples leave this module, made coarse by `disclosure.py`. Nothing in an analysis is the
label or the prediction of one hidden example: see design/0008-what-a-page-may-show.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...problems import Dataset, Split
from .card import ScoreCard
from .class_analysis import ClassAnalysis, analyse_classes
from .disclosure import (
    MIN_GROUP,
    CountNoise,
    Histogram,
    coarse_histogram,
    count_by_bin,
    differs_measurably,
    quantile,
    round_up_figure,
    rounded_figure,
)
from .score import check_finite, matching_output

MAX_GROUPS: Final = 10
MIN_WINDOWS: Final = 10
"""Fewer windows are not averaged, for the same reason."""
MOVEMENT_GROUPS: Final = 4
_ERROR_BINS: Final = (5, 25)
_STEPS_OF_RANGE: Final = 100
"""Of the labels' range: predictions of a number are told in such steps, and at most half of it outside."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class NumberGroup:
    """At least `MIN_GROUP` examples whose true numbers are neighbours, and their predictions."""

    examples: int
    true: float
    """The mean of the true numbers."""
    p10: float
    """The predictions' 10th percentile."""
    median: float
    p90: float


@dataclass(frozen=True)
class NumberAnalysis:
    """What predictions of one number show, in the metric's unit."""

    groups: tuple[NumberGroup, ...]
    """From the smallest true numbers to the largest; empty where there are too few examples."""
    errors: Histogram
    """Predicted minus true; the largest errors count in the outermost bins."""
    bias: float
    """The mean of predicted minus true."""
    median_error: float
    """The median absolute error."""
    p90_error: float
    """The 90th percentile of the absolute error."""
    r2: float | None
    """The coefficient of determination (R²); None where the true numbers do not vary."""


@dataclass(frozen=True)
class HorizonStep:
    """One step of a forecast's horizon, over all windows, in the metric's unit."""

    step: int
    """1 is the first step after the window."""
    mean_error: float
    """The mean absolute error."""
    p10: float
    """The absolute error's 10th percentile."""
    p90: float
    bias: float
    """The mean of predicted minus true."""


@dataclass(frozen=True)
class Movement:
    """Windows after which the series moved alike: the mean of all of them, step by step."""

    windows: int
    true: tuple[float, ...]
    predicted: tuple[float, ...]

    @property
    def change(self) -> float:
        """How far the true series rose from its first step to its last."""
        return self.true[-1] - self.true[0]


@dataclass(frozen=True)
class SeriesAnalysis:
    """What forecasts of a series show."""

    steps: tuple[HorizonStep, ...]
    movements: tuple[Movement, ...]
    """A quarter of the windows each, by how far the true series rose: where it fell most comes first."""
    bias: float


def analyse_numbers(predicted: Values, true: Values, key: bytes = b"") -> NumberAnalysis:
    """(n,) predictions against (n,) true numbers. `key` is what the noise of counts is made with."""
    errors = predicted - true
    absolute = np.abs(errors)
    reach = round_up_figure(float(np.quantile(absolute, 0.98)))
    # An odd number of bins, so that the middle one is "about right".
    bins = int(np.clip(len(errors) // 20, *_ERROR_BINS)) // 2 * 2 + 1
    variance = float(np.square(true - true.mean()).sum())
    return NumberAnalysis(
        groups=group_by_true(predicted, true),
        errors=coarse_histogram(count_by_bin(errors, -reach, reach, bins), CountNoise(key, true, predicted)),
        bias=rounded_figure(float(errors.mean())),
        median_error=rounded_figure(float(quantile(absolute, 0.5))),
        p90_error=rounded_figure(float(quantile(absolute, 0.9))),
        r2=None if variance == 0 else round(1 - float(np.square(errors).sum()) / variance, 2),
    )


def group_by_true(predicted: Values, true: Values) -> tuple[NumberGroup, ...]:
    """Equally large groups of neighbouring true numbers; equal ones stay together as far as order allows."""
    groups = min(MAX_GROUPS, len(true) // MIN_GROUP)
    if not groups:
        return ()
    order = np.argsort(true, kind="stable")
    shown = _in_steps(predicted, true)
    return tuple(_group(shown[part], true[part]) for part in np.array_split(order, groups))


def _in_steps(predicted: Values, true: Values) -> Values:
    """Predictions as precisely as a plot shows them, and none far off its axes: a model chooses them."""
    low, high = float(true.min()), float(true.max())
    reach = high - low or 1.0
    step = reach / _STEPS_OF_RANGE
    return np.asarray(np.round(np.clip(predicted, low - reach / 2, high + reach / 2) / step) * step)


def _group(predicted: Values, true: Values) -> NumberGroup:
    # Neither end is the outermost example, whose prediction could be told from the others'.
    p10 = float(np.quantile(predicted, 0.1, method="higher"))
    p90 = float(np.quantile(predicted, 0.9, method="lower"))
    figures = (float(true.mean()), p10, float(np.median(predicted)), p90)
    return NumberGroup(len(true), *map(rounded_figure, figures))


def analyse_series(predicted: Values, true: Values) -> SeriesAnalysis:
    """(n, horizon) forecasts against the (n, horizon) true values."""
    errors = predicted - true
    absolute = np.abs(errors)
    ends = (quantile(absolute, 0.1), quantile(absolute, 0.9))
    measures = (absolute.mean(axis=0), *ends, errors.mean(axis=0))
    steps = tuple(
        HorizonStep(step, *map(rounded_figure, values))
        for step, values in enumerate(zip(*measures, strict=True), 1)
    )
    return SeriesAnalysis(steps, _movements(predicted, true), rounded_figure(float(errors.mean())))


def _movements(predicted: Values, true: Values) -> tuple[Movement, ...]:
    if len(true) < MIN_WINDOWS:
        return ()
    order = np.argsort(true[:, -1] - true[:, 0], kind="stable")
    groups = MOVEMENT_GROUPS if len(true) >= MIN_WINDOWS * MOVEMENT_GROUPS else 1
    return tuple(_movement(predicted[part], true[part]) for part in np.array_split(order, groups))


def _movement(predicted: Values, true: Values) -> Movement:
    means = (tuple(map(rounded_figure, values.mean(axis=0))) for values in (true, predicted))
    return Movement(len(true), *means)


Analysis = ClassAnalysis | NumberAnalysis | SeriesAnalysis


def analyse_predictions(
    card: ScoreCard,
    predictions: NDArray[Any] | None,
    dataset: Dataset,
    split: Split = Split.HIDDEN,
    key: bytes = b"",
) -> Analysis | None:
    """What the predictions (n, *output) behind a card show on the data it was scored on.

    None where nothing was scored, where the data is not that which the score was made on, or where no
    analysis fits it: there is one for classes, one for a number and one for a series. `key` is the home's
    own, for the noise of counts.
    """
    if card.value is None or predictions is None or card.fingerprints is None:
        return None
    if card.fingerprints.data != dataset.fingerprint:
        return None
    labels = dataset.labels(split).values
    decoded = decode_predictions(predictions, labels, dataset)
    return (
        None if decoded is None else compare_with_labels(predictions, decoded, labels, dataset.classes, key)
    )


def decode_predictions(
    predictions: NDArray[Any], labels: NDArray[Any], dataset: Dataset
) -> NDArray[Any] | None:
    """(n, *output) predictions as the metric takes them; None where they cannot be read."""
    try:
        output = matching_output(predictions, len(labels), dataset.outputs)
        check_finite(predictions)
    except UnreadablePredictions:
        return None
    return output.read(predictions)


def places_told(attempts: Iterable[NDArray[Any] | None], dataset: Dataset) -> list[int]:
    """For each of somebody's attempts the place of the one whose figures are told: its own, or an earlier.

    A new figure is told where a model differs measurably from every one whose figures were told before.

    Args:
        attempts: (n, *output) predictions of each, oldest first; None where there are none.
    """
    labels, metric = dataset.labels(Split.HIDDEN).values, dataset.problem.metric
    told: list[tuple[int, NDArray[np.float64]]] = []
    places = []
    for place, predictions in enumerate(attempts):
        decoded = None if predictions is None else decode_predictions(predictions, labels, dataset)
        if decoded is None or decoded.shape != labels.shape:
            places.append(place)
            continue
        values = metric.per_example(decoded, labels)
        alike = (at for at, other in told if not differs_measurably(other, values))
        places.append(next(alike, place))
        if places[-1] == place:
            told.append((place, values))
    return places


def compare_with_labels(
    raw: NDArray[Any],
    decoded: NDArray[Any],
    labels: NDArray[Any],
    classes: tuple[str, ...],
    key: bytes = b"",
) -> Analysis | None:
    """Compares (n, *output) predictions as the model gave them (`raw`) and as the metric takes them
    (`decoded`) with (n, ...) labels. `classes` are the classes' names; empty where a number is predicted.
    """
    if decoded.shape != labels.shape:
        return None
    if classes:
        one_class_each = np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1
        return analyse_classes(raw, decoded, labels, classes, key) if one_class_each else None
    predicted, true = decoded.astype(np.float64), labels.astype(np.float64)
    if true.ndim == 1:
        return analyse_numbers(predicted, true, key)
    return analyse_series(predicted, true) if true.ndim == 2 and true.shape[1] > 1 else None
