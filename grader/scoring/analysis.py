"""What all predictions together show: pure functions of predictions and labels, for pages and programs.

Only sums over many examples leave this module. Nothing in an analysis is the label or the prediction of one
hidden example: see design/0008-what-a-page-may-show.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...problems import Dataset, Split
from .card import ScoreCard
from .score import check_finite, matching_output

MAX_MATRIX_CLASSES: Final = 30
"""Of more classes, a confusion matrix cannot be read: only the most confused and the hardest are listed."""
MAX_CONFUSIONS: Final = 6
MAX_CLASSES: Final = 30
_ROC_STEPS: Final = 50
_OUTPUT_BINS: Final = 20
MIN_GROUP: Final = 10
"""Fewer examples are not averaged: their mean would come close to a single label."""
MAX_GROUPS: Final = 10
MIN_WINDOWS: Final = 10
"""Fewer windows are not averaged, for the same reason."""
MOVEMENT_GROUPS: Final = 4
_ERROR_BINS: Final = (7, 25)

Classes = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """How many values fall between two neighbouring edges; values beyond the ends count in the last bins."""

    edges: tuple[float, ...]
    """One more than there are counts, rising."""
    counts: tuple[int, ...]


def count_by_bin(values: NDArray[Any], low: float, high: float, bins: int) -> Histogram:
    """(n,) values in equal bins from `low` to `high`."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    return Histogram(tuple(map(float, edges)), tuple(map(int, counts)))


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


def analyse_numbers(predicted: Values, true: Values) -> NumberAnalysis:
    """(n,) predictions against (n,) true numbers."""
    errors = predicted - true
    absolute = np.abs(errors)
    reach = float(np.quantile(absolute, 0.98))
    # An odd number of bins, so that the middle one is "about right".
    bins = int(np.clip(len(errors) // 10, *_ERROR_BINS)) // 2 * 2 + 1
    variance = float(np.square(true - true.mean()).sum())
    return NumberAnalysis(
        groups=group_by_true(predicted, true),
        errors=count_by_bin(errors, -reach, reach, bins),
        bias=float(errors.mean()),
        median_error=float(np.quantile(absolute, 0.5)),
        p90_error=float(np.quantile(absolute, 0.9)),
        r2=None if variance == 0 else 1 - float(np.square(errors).sum()) / variance,
    )


def group_by_true(predicted: Values, true: Values) -> tuple[NumberGroup, ...]:
    """Equally large groups of neighbouring true numbers; equal ones stay together as far as order allows."""
    groups = min(MAX_GROUPS, len(true) // MIN_GROUP)
    if not groups:
        return ()
    order = np.argsort(true, kind="stable")
    return tuple(_group(predicted[part], true[part]) for part in np.array_split(order, groups))


def _group(predicted: Values, true: Values) -> NumberGroup:
    p10, median, p90 = (float(value) for value in np.quantile(predicted, (0.1, 0.5, 0.9)))
    return NumberGroup(len(true), float(true.mean()), p10, median, p90)


def analyse_series(predicted: Values, true: Values) -> SeriesAnalysis:
    """(n, horizon) forecasts against the (n, horizon) true values."""
    errors = predicted - true
    absolute = np.abs(errors)
    measures = (absolute.mean(axis=0), *np.quantile(absolute, (0.1, 0.9), axis=0), errors.mean(axis=0))
    steps = tuple(
        HorizonStep(step, *map(float, values)) for step, values in enumerate(zip(*measures, strict=True), 1)
    )
    return SeriesAnalysis(steps, _movements(predicted, true), float(errors.mean()))


def _movements(predicted: Values, true: Values) -> tuple[Movement, ...]:
    if len(true) < MIN_WINDOWS:
        return ()
    order = np.argsort(true[:, -1] - true[:, 0], kind="stable")
    groups = MOVEMENT_GROUPS if len(true) >= MIN_WINDOWS * MOVEMENT_GROUPS else 1
    return tuple(_movement(predicted[part], true[part]) for part in np.array_split(order, groups))


def _movement(predicted: Values, true: Values) -> Movement:
    means = (tuple(map(float, values.mean(axis=0))) for values in (true, predicted))
    return Movement(len(true), *means)


@dataclass(frozen=True)
class ClassResult:
    """One class: how many hidden examples it has, how often it was predicted, and how often correctly."""

    name: str
    examples: int
    predicted: int
    correct: int

    @property
    def recall(self) -> float | None:
        """The share of its examples that were recognised; None without examples."""
        return self.correct / self.examples if self.examples else None

    @property
    def precision(self) -> float | None:
        """The share of its predictions that were correct; None where it was never predicted."""
        return self.correct / self.predicted if self.predicted else None


@dataclass(frozen=True)
class Confusion:
    """Examples of one class that were predicted as another one."""

    true: str
    predicted: str
    count: int
    share: float
    """Of the examples of class `true`."""


@dataclass(frozen=True)
class RocCurve:
    """Two classes: how well the model's output separates them."""

    auc: float
    """Area under the ROC curve: 0.5 is guessing, 1.0 perfect."""
    points: tuple[tuple[float, float], ...]
    """False positive rate and true positive rate, at evenly spaced false positive rates."""
    negative: Histogram
    """The outputs for examples of the first class."""
    positive: Histogram
    threshold: float
    """From this output on, the second class is predicted."""
    is_probability: bool
    """The outputs lie between 0 and 1."""


@dataclass(frozen=True)
class ClassAnalysis:
    """What the predictions of a classifier show."""

    classes: tuple[ClassResult, ...]
    """In the order of the labels; of very many, those with the lowest recall."""
    confusion_matrix: tuple[tuple[int, ...], ...]
    """Examples by true class (rows) and predicted class (columns); empty for very many classes."""
    confusions: tuple[Confusion, ...]
    """Most frequent first."""
    roc: RocCurve | None
    """None unless there are two classes."""


def analyse_classes(
    raw: NDArray[Any], predicted: NDArray[Any], true: NDArray[Any], names: tuple[str, ...]
) -> ClassAnalysis | None:
    """(n, *output) predictions, (n,) predicted classes, (n,) true ones; None where `names` lacks one."""
    labels = np.concatenate([predicted, true]).astype(np.int64)
    if not len(true) or labels.min() < 0 or labels.max() >= len(names):
        return None
    size = len(names)
    cells = true.astype(np.int64) * size + predicted.astype(np.int64)
    matrix = np.bincount(cells, minlength=size * size).reshape(size, size)
    return ClassAnalysis(
        classes=_results(matrix, names),
        confusion_matrix=tuple(tuple(map(int, row)) for row in matrix) if size <= MAX_MATRIX_CLASSES else (),
        confusions=_confusions(matrix, names),
        roc=_roc_curve(raw, true) if size == 2 else None,
    )


def _results(matrix: Classes, names: tuple[str, ...]) -> tuple[ClassResult, ...]:
    columns = zip(names, matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal(), strict=True)
    results = [ClassResult(name, *map(int, counts)) for name, *counts in columns]
    if len(results) <= MAX_CLASSES:
        return tuple(results)
    return tuple(sorted(results, key=lambda result: result.recall or 0.0)[:MAX_CLASSES])


def _confusions(matrix: Classes, names: tuple[str, ...]) -> tuple[Confusion, ...]:
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    largest = np.argsort(-wrong, axis=None, kind="stable")[:MAX_CONFUSIONS]
    cells = [divmod(int(cell), len(names)) for cell in largest]
    examples = matrix.sum(axis=1)
    return tuple(
        Confusion(names[true], names[predicted], int(count), float(count / examples[true]))
        for true, predicted in cells
        if (count := wrong[true, predicted])
    )


def _roc_curve(raw: NDArray[Any], true: NDArray[Any]) -> RocCurve | None:
    outputs = _output_for_second_class(raw)
    positive = true == 1
    if outputs is None or positive.all() or not positive.any():
        return None
    false_rates, true_rates = _rates(outputs, positive)
    at = np.linspace(0, 1, _ROC_STEPS + 1)
    is_probability = bool(outputs.min() >= 0 and outputs.max() <= 1)
    low, high = (0.0, 1.0) if is_probability else (float(outputs.min()), float(outputs.max()))
    curve = zip(at, np.interp(at, false_rates, true_rates), strict=True)
    return RocCurve(
        auc=float((np.diff(false_rates) * (true_rates[1:] + true_rates[:-1])).sum() / 2),
        points=tuple((float(x), float(y)) for x, y in curve),
        negative=count_by_bin(outputs[~positive], low, high, _OUTPUT_BINS),
        positive=count_by_bin(outputs[positive], low, high, _OUTPUT_BINS),
        threshold=0.5,
        is_probability=is_probability,
    )


def _output_for_second_class(raw: NDArray[Any]) -> NDArray[np.float64] | None:
    """(n,), (n, 1) or (n, 2) predictions to (n,) numbers that rise with the second class."""
    predictions = raw.astype(np.float64).reshape(len(raw), -1)
    if predictions.shape[1] == 1:
        return predictions[:, 0]
    if predictions.shape[1] != 2:
        return None
    if (predictions >= 0).all() and np.allclose(predictions.sum(axis=1), 1, atol=1e-3):
        return np.clip(predictions[:, 1], 0, 1)
    # Logits: what softmax would make of them. Beyond 500 it is 0 or 1 to the last bit.
    return np.asarray(1 / (1 + np.exp(np.clip(predictions[:, 0] - predictions[:, 1], -500, 500))))


def _rates(
    outputs: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False and true positive rates at every threshold, rising; equal outputs are one step."""
    order = np.argsort(-outputs, kind="stable")
    ordered = positive[order]
    ends = np.flatnonzero(np.append(np.diff(outputs[order]) != 0, True))
    true, false = np.cumsum(ordered)[ends], np.cumsum(~ordered)[ends]
    return np.append(0.0, false / false[-1]), np.append(0.0, true / true[-1])


Analysis = ClassAnalysis | NumberAnalysis | SeriesAnalysis


def analyse(
    card: ScoreCard, predictions: NDArray[Any] | None, dataset: Dataset, split: Split = Split.HIDDEN
) -> Analysis | None:
    """What the predictions (n, *output) behind a card show on the data it was scored on.

    None where nothing was scored, where the data is not that which the score was made on, or where no
    analysis fits it: there is one for classes, one for a number and one for a series.
    """
    if card.value is None or predictions is None or card.fingerprints is None:
        return None
    if card.fingerprints.data != dataset.fingerprint:
        return None
    labels = dataset.labels(split).values
    try:
        output = matching_output(predictions, len(labels), dataset.outputs)
        check_finite(predictions)
    except UnreadablePredictions:
        return None
    return compare(predictions, output.read(predictions), labels, dataset.classes)


def compare(
    raw: NDArray[Any], decoded: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]
) -> Analysis | None:
    """Compares (n, *output) predictions as the model gave them (`raw`) and as the metric takes them
    (`decoded`) with (n, ...) labels. `classes` are the classes' names; empty where a number is predicted.
    """
    if decoded.shape != labels.shape:
        return None
    if classes:
        one_class_each = np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1
        return analyse_classes(raw, decoded, labels, classes) if one_class_each else None
    predicted, true = decoded.astype(np.float64), labels.astype(np.float64)
    if true.ndim == 1:
        return analyse_numbers(predicted, true)
    return analyse_series(predicted, true) if true.ndim == 2 and true.shape[1] > 1 else None
