"""Classes told apart: what was said where what was true, and, between two classes, how well they rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .numbers import Histogram, count

LARGEST_MATRIX: Final = 30
"""Above so many classes a matrix is no picture any more: the pairs and the hardest classes tell it."""
MOST_PAIRS: Final = 6
MOST_CLASSES: Final = 30
_RATES: Final = 50
_BINS: Final = 20


@dataclass(frozen=True)
class ClassResult:
    """One class: how many hidden examples it has, how often it was said, and how often rightly."""

    name: str
    examples: int
    said: int
    right: int

    @property
    def recall(self) -> float | None:
        """The share of its examples that were recognised; None without examples."""
        return self.right / self.examples if self.examples else None

    @property
    def precision(self) -> float | None:
        """How often it was right when it was said; None where it never was."""
        return self.right / self.said if self.said else None


@dataclass(frozen=True)
class Confused:
    """Two classes of which one was taken for the other."""

    truth: str
    said: str
    count: int
    share: float
    """Of the examples of `truth`."""


@dataclass(frozen=True)
class RocCurve:
    """Between two classes: how well the model's own number orders them."""

    auc: float
    """Area under the ROC curve: 0.5 is guessing, 1.0 perfect."""
    roc: tuple[tuple[float, float], ...]
    """False positive rate and true positive rate, at evenly spaced false positive rates."""
    negative: Histogram
    """How many examples of the first class got which number."""
    positive: Histogram
    threshold: float
    """From this number on, the second class is said."""
    is_probability: bool
    """The numbers lie between 0 and 1."""


@dataclass(frozen=True)
class ClassAnalysis:
    """Predictions of classes."""

    classes: tuple[ClassResult, ...]
    """In the order of the labels; of very many, those that were recognised worst."""
    matrix: tuple[tuple[int, ...], ...]
    """Examples by true class (rows) and said class (columns); empty for very many classes."""
    pairs: tuple[Confused, ...]
    """Most confused first."""
    ranking: RocCurve | None
    """None unless there are two classes."""


def analyse_classes(
    raw: NDArray[Any], said: NDArray[Any], truth: NDArray[Any], names: tuple[str, ...]
) -> ClassAnalysis | None:
    """(n, *output) predictions, (n,) predicted classes, (n,) true ones; None where `names` lacks one."""
    labels = np.concatenate([said, truth]).astype(np.int64)
    if not len(truth) or labels.min() < 0 or labels.max() >= len(names):
        return None
    size = len(names)
    pairs = truth.astype(np.int64) * size + said.astype(np.int64)
    matrix = np.bincount(pairs, minlength=size * size).reshape(size, size)
    return ClassAnalysis(
        classes=_results(matrix, names),
        matrix=tuple(tuple(map(int, row)) for row in matrix) if size <= LARGEST_MATRIX else (),
        pairs=_pairs(matrix, names),
        ranking=_rank(raw, truth) if size == 2 else None,
    )


def _results(matrix: NDArray[np.int64], names: tuple[str, ...]) -> tuple[ClassResult, ...]:
    examples, said, right = matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()
    results = [
        ClassResult(name, int(examples[at]), int(said[at]), int(right[at])) for at, name in enumerate(names)
    ]
    if len(results) <= MOST_CLASSES:
        return tuple(results)
    return tuple(sorted(results, key=lambda result: result.recall or 0.0)[:MOST_CLASSES])


def _pairs(matrix: NDArray[np.int64], names: tuple[str, ...]) -> tuple[Confused, ...]:
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    places = [divmod(int(at), len(names)) for at in order]
    examples = matrix.sum(axis=1)
    return tuple(
        Confused(
            names[truth], names[said], int(wrong[truth, said]), float(wrong[truth, said] / examples[truth])
        )
        for truth, said in places
        if wrong[truth, said]
    )


def _rank(raw: NDArray[Any], truth: NDArray[Any]) -> RocCurve | None:
    numbers = _number_of_second_class(raw)
    positive = truth == 1
    if numbers is None or positive.all() or not positive.any():
        return None
    false, true = _rates(numbers, positive)
    at = np.linspace(0, 1, _RATES + 1)
    is_probability = bool(numbers.min() >= 0 and numbers.max() <= 1)
    low, high = (0.0, 1.0) if is_probability else (float(numbers.min()), float(numbers.max()))
    return RocCurve(
        auc=float((np.diff(false) * (true[1:] + true[:-1])).sum() / 2),
        roc=tuple((float(x), float(y)) for x, y in zip(at, np.interp(at, false, true), strict=True)),
        negative=count(numbers[~positive], low, high, _BINS),
        positive=count(numbers[positive], low, high, _BINS),
        threshold=0.5,
        is_probability=is_probability,
    )


def _number_of_second_class(raw: NDArray[Any]) -> NDArray[np.float64] | None:
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
    numbers: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False and true positive rates at every threshold, rising; equal numbers are one step."""
    order = np.argsort(-numbers, kind="stable")
    ordered = positive[order]
    ends = np.flatnonzero(np.append(np.diff(numbers[order]) != 0, True))
    true, false = np.cumsum(ordered)[ends], np.cumsum(~ordered)[ends]
    return np.append(0.0, false / false[-1]), np.append(0.0, true / true[-1])
