"""What all predictions together show: pure functions of predictions and answers, for pages and programs.

Only sums over many examples leave this package. Nothing in an analysis is one hidden example's answer or
result: see design/0008-what-a-page-may-show.md.

Which analysis a problem gets follows from what its data is: classes are told apart, a number is compared,
a series is followed over its horizon.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UnreadablePredictions
from ....problems import Dataset, Split
from ..card import ScoreCard
from ..score import check_finite, matching_output
from .classes import ClassAnalysis, ClassResult, Confused, RocCurve, analyse_classes
from .numbers import (
    Group,
    HorizonStep,
    Movement,
    NumberAnalysis,
    SeriesAnalysis,
    analyse_numbers,
    analyse_series,
)

Analysis = ClassAnalysis | NumberAnalysis | SeriesAnalysis


def analyse(
    card: ScoreCard, predictions: NDArray[Any] | None, dataset: Dataset, split: Split = Split.HIDDEN
) -> Analysis | None:
    """What the predictions (n, *output) behind a card show on the data it was scored on.

    None where nothing was scored, where the data is not that which the score was made on, or where it is of
    a kind that nobody has thought of yet.
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
    raw: NDArray[Any], read: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]
) -> Analysis | None:
    """From answers as the model gave them (`raw`), as the metric takes them (`read`), and the truth."""
    if classes:
        told = np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1 and read.shape == labels.shape
        return analyse_classes(raw, read, labels, classes) if told else None
    if read.shape != labels.shape:
        return None
    said, truth = read.astype(np.float64), labels.astype(np.float64)
    if truth.ndim == 1:
        return analyse_numbers(said, truth)
    return analyse_series(said, truth) if truth.ndim == 2 and truth.shape[1] > 1 else None


__all__ = [
    "Analysis",
    "ClassAnalysis",
    "ClassResult",
    "Confused",
    "Group",
    "HorizonStep",
    "Movement",
    "NumberAnalysis",
    "RocCurve",
    "SeriesAnalysis",
    "analyse",
    "analyse_classes",
    "analyse_numbers",
    "analyse_series",
    "compare",
]
