"""What all predictions together show: pure functions of predictions and labels, for pages and programs.

Only sums over many examples leave this package. Nothing in an analysis is the label or the prediction of one
hidden example: see design/0008-what-a-page-may-show.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UnreadablePredictions
from ....problems import Dataset, Split
from ..card import ScoreCard
from ..score import check_finite, matching_output
from .classes import ClassAnalysis, ClassResult, Confusion, RocCurve, analyse_classes
from .numbers import (
    HorizonStep,
    Movement,
    NumberAnalysis,
    NumberGroup,
    SeriesAnalysis,
    analyse_numbers,
    analyse_series,
)

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


__all__ = [
    "Analysis",
    "ClassAnalysis",
    "ClassResult",
    "Confusion",
    "HorizonStep",
    "Movement",
    "NumberAnalysis",
    "NumberGroup",
    "RocCurve",
    "SeriesAnalysis",
    "analyse",
    "analyse_classes",
    "analyse_numbers",
    "analyse_series",
    "compare",
]
