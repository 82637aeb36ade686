"""What the predictions of a classifier show, in counts that tell no single label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .disclosure import CountNoise, Histogram, coarse_histogram, count_by_bin, round_count, round_up_figure

_UNBALANCED: Final = 1.5
"""Where the largest class has so many times the examples of the smallest, accuracy hardly counts that one."""
_ENOUGH_EXAMPLES: Final = 30
"""Of fewer, the counts that are told are too coarse for an F1."""
_FEW_EXAMPLES: Final = 100
"""Of fewer examples of a class, a count that is not told may be a tenth and more."""
MAX_MATRIX_CLASSES: Final = 30
"""Of more classes, a confusion matrix cannot be read: only the most confused and the hardest are listed."""
MAX_CONFUSIONS: Final = 6
MAX_CLASSES: Final = 30
_ROC_STEPS: Final = 50
_EXAMPLES_PER_ROC_STEP: Final = 40
_OUTPUT_BINS: Final = 20

Classes = NDArray[np.int64]


@dataclass(frozen=True)
class ClassResult:
    """One class: about how many hidden examples it has, how often it was predicted, and how often rightly."""

    name: str
    examples: int
    predicted: int
    correct: int

    @property
    def recall(self) -> float | None:
        """The share of its examples that were recognised; None where there are none, or too few to tell."""
        return _share(self.correct, self.examples)

    @property
    def precision(self) -> float | None:
        """The share of its predictions that were correct; None where there are too few to tell."""
        return _share(self.correct, self.predicted)


def _share(correct: int, examples: int) -> float | None:
    """None where a count that is not told, for being small, could be much of the examples."""
    if not examples or (not correct and examples < _FEW_EXAMPLES):
        return None
    return correct / examples


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
    """About how many examples, by true class (rows) and predicted class (columns): in steps of 5, and 0 where
    there are few. Empty for very many classes."""
    confusions: tuple[Confusion, ...]
    """Most frequent first."""
    roc: RocCurve | None
    """None unless there are two classes."""

    @property
    def macro_f1(self) -> tuple[float, int] | None:
        """The mean of each class's F1, in which small classes count as much as large ones, and of how many.

        It is made from the counts that are told, so it has two digits at most, and classes of few examples
        are left out. None for classes of like size, and where not all are listed.
        """
        sizes = [each.examples for each in self.classes]
        if not self.confusion_matrix or max(sizes) < _UNBALANCED * min(sizes):
            return None
        scores = [
            2 * each.correct / (each.examples + each.predicted)
            for each in self.classes
            if each.examples >= _ENOUGH_EXAMPLES
        ]
        return (sum(scores) / len(scores), len(scores)) if len(scores) > 1 else None


def analyse_classes(
    raw: NDArray[Any],
    predicted: NDArray[Any],
    true: NDArray[Any],
    names: tuple[str, ...],
    key: bytes = b"",
) -> ClassAnalysis | None:
    """(n, *output) predictions, (n,) predicted classes, (n,) true ones; None where `names` lacks one.

    `key` is what the noise of counts is made with.
    """
    labels = np.concatenate([predicted, true]).astype(np.int64)
    if not len(true) or labels.min() < 0 or labels.max() >= len(names):
        return None
    size = len(names)
    cells = true.astype(np.int64) * size + predicted.astype(np.int64)
    matrix = np.bincount(cells, minlength=size * size).reshape(size, size)
    # The same for every submission, and so the same noise.
    examples = CountNoise(key, true).coarsen(matrix.sum(axis=1))
    told = CountNoise(key, true, predicted).coarsen(matrix)
    return ClassAnalysis(
        classes=_results(told, examples, matrix.sum(axis=0), names),
        confusion_matrix=tuple(tuple(map(int, row)) for row in told) if size <= MAX_MATRIX_CLASSES else (),
        confusions=_confusions(told, examples, names),
        roc=_roc_curve(raw, true, key) if size == 2 else None,
    )


def _results(
    told: Classes, examples: Classes, predicted: Classes, names: tuple[str, ...]
) -> tuple[ClassResult, ...]:
    columns = zip(names, map(int, examples), map(int, predicted), map(int, told.diagonal()), strict=True)
    results = [
        ClassResult(name, count, round_count(predicted), min(right, count, round_count(predicted)))
        for name, count, predicted, right in columns
    ]
    if len(results) <= MAX_CLASSES:
        return tuple(results)
    return tuple(sorted(results, key=lambda result: _lowest_first(result.recall))[:MAX_CLASSES])


def _lowest_first(recall: float | None) -> float:
    return 1.0 if recall is None else recall


def _confusions(matrix: Classes, examples: Classes, names: tuple[str, ...]) -> tuple[Confusion, ...]:
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    largest = np.argsort(-wrong, axis=None, kind="stable")[:MAX_CONFUSIONS]
    cells = [divmod(int(cell), len(names)) for cell in largest]
    return tuple(
        Confusion(
            names[true], names[predicted], int(count), float(min(1, count / max(count, examples[true])))
        )
        for true, predicted in cells
        if (count := wrong[true, predicted])
    )


def _roc_curve(raw: NDArray[Any], true: NDArray[Any], key: bytes) -> RocCurve | None:
    outputs = _output_for_second_class(raw)
    positive = true == 1
    if outputs is None or positive.all() or not positive.any():
        return None
    rates = _rates(outputs, positive, key)
    if rates is None:
        return None
    false_rates, true_rates = rates
    at = np.linspace(0, 1, _ROC_STEPS + 1)
    is_probability = bool(outputs.min() >= 0 and outputs.max() <= 1)
    reach = round_up_figure(float(np.abs(outputs).max())) or 1.0
    low, high = (0.0, 1.0) if is_probability else (-reach, reach)
    curve = zip(at, np.interp(at, false_rates, true_rates), strict=True)
    discretion = CountNoise(key, true, outputs)
    negative, positives = (
        coarse_histogram(count_by_bin(outputs[of_class], low, high, _OUTPUT_BINS), discretion)
        for of_class in (~positive, positive)
    )
    return RocCurve(
        auc=round(float((np.diff(false_rates) * (true_rates[1:] + true_rates[:-1])).sum() / 2), 3),
        points=tuple((float(x), round(float(y), 3)) for x, y in curve),
        negative=negative,
        positive=positives,
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
    outputs: NDArray[np.float64], positive: NDArray[np.bool_], key: bytes
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """False and true positive rates, rising, over groups of examples with neighbouring outputs.

    Equal outputs are in one group. Either class is counted with noise; None where nothing is left of one.
    """
    order = np.argsort(-outputs, kind="stable")
    discretion = CountNoise(key, positive, order)
    groups = int(np.clip(len(outputs) // _EXAMPLES_PER_ROC_STEP, 2, _ROC_STEPS))
    wanted = np.linspace(0, len(outputs), groups + 1)[1:].astype(np.int64)
    ends = np.flatnonzero(np.append(np.diff(outputs[order]) != 0, True)) + 1
    ends = np.unique(ends[np.searchsorted(ends, wanted)])
    counts = (np.diff(np.append(0, np.cumsum(each[order])[ends - 1])) for each in (~positive, positive))
    false, true = (np.cumsum(discretion.add_noise(each)) for each in counts)
    if not false[-1] or not true[-1]:
        return None
    return np.append(0.0, false / false[-1]), np.append(0.0, true / true[-1])
