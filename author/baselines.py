"""What needs no training, on a problem's hidden examples: how hard it is, before any network is tried.

Nothing here sees more than a learner does: the validation split and a sample of the training data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grader.scoring.score import earned_score
from ..problems import Dataset, Inputs, Metric, Split
from ..problems.problem import Array

Values = NDArray[np.float64]
_MOST: Final = 2_000
"""Numbers of an input that a line or a distance looks at."""
_ASKED: Final = 2_000
"""Hidden examples that the slow ones are asked."""


@dataclass(frozen=True)
class BaselineResult:
    """What a baseline earns."""

    name: str
    value: float
    score: int
    learns: bool = False
    """It looks at the inputs: then it may earn what it earns. The others must earn at most 1."""


def measure_baselines(dataset: Dataset) -> tuple[BaselineResult, ...]:
    """Every baseline that the problem's data allow, by the problem's own metric and bands."""
    return tuple(_measured(dataset))


def _measured(dataset: Dataset) -> Iterator[BaselineResult]:
    known = [split for split in (Split.TRAINING, Split.VALIDATION) if dataset.has(split)]
    labels = np.concatenate([dataset.labels(split).values for split in known])
    hidden = dataset.labels(Split.HIDDEN).values
    for name, prediction in _constants(labels, dataset):
        yield _scored(name, np.broadcast_to(prediction, hidden.shape).astype(labels.dtype), hidden, dataset)
    yield _scored("chance", _chance(labels, hidden), hidden, dataset)
    yield _scored("nothing learned", np.zeros_like(hidden), hidden, dataset)
    asked: Inputs = dataset.inputs(Split.HIDDEN)
    for baseline in dataset.problem.common_mistakes.baselines:
        yield _scored(baseline.name, baseline.predict(asked), hidden, dataset)
    seen = np.concatenate([_numbers(dataset.inputs(split), dataset) for split in known])
    new = _numbers(asked, dataset)[:_ASKED]
    yield _scored("a look-up of the public answers", _looked_up(seen, labels, new), hidden[:_ASKED], dataset)
    seen, new = _standardised(seen, new)
    learners: tuple[tuple[str, Callable[..., Array]], ...] = (
        ("the nearest example", _nearest),
        ("a straight line", _line),
    )
    for name, predict in learners:
        yield _scored(name, predict(seen, labels, new, dataset), hidden[:_ASKED], dataset, learns=True)


def _scored(
    name: str,
    predictions: Array,
    labels: Array,
    dataset: Dataset,
    *,
    learns: bool = False,
) -> BaselineResult:
    metric: Metric = dataset.problem.metric
    value = float(metric.per_example(predictions, labels).mean())
    return BaselineResult(name, value, earned_score(dataset.bands, value), learns)


def _constants(labels: Array, dataset: Dataset) -> Iterator[tuple[str, Array]]:
    if dataset.classes:
        yield "the most frequent class", np.asarray(np.bincount(labels).argmax())
    else:
        yield "the mean", np.asarray(labels.mean())
        yield "the median", np.asarray(np.median(labels))


def _chance(labels: Array, hidden: Array) -> Array:
    """Public answers, dealt out at random: what a model earns that was trained on shuffled labels."""
    return labels[np.random.default_rng(0).integers(0, len(labels), len(hidden))]


def _numbers(inputs: Inputs, dataset: Dataset) -> Values:
    """(n, k) What a line can take: counts of words for ids, else the numbers of an input."""
    form = next(form for form in dataset.problem.inputs if form.dtype != "string")
    values = np.asarray(inputs[form.name])
    if values.dtype.kind not in "iu":
        flat = values.reshape(len(values), -1).astype(np.float64)
        return flat[:, :: -(-flat.shape[1] // _MOST)]
    counts = np.zeros((len(values), _MOST))
    for row, ids in zip(counts, values, strict=True):
        np.add.at(row, ids[(ids > 1) & (ids < _MOST)], 1)
    return counts


def _standardised(seen: Values, new: Values) -> tuple[Values, Values]:
    middle, spread = seen.mean(axis=0), seen.std(axis=0)
    scale = np.where(spread > 0, spread, 1)
    return (seen - middle) / scale, (new - middle) / scale


def _looked_up(seen: Values, labels: Array, new: Values) -> Array:
    """The label of the very same input; the most usual one for any other."""
    known = {row.tobytes(): label for row, label in zip(seen, labels, strict=True)}
    usual = np.bincount(labels).argmax() if labels.dtype.kind in "iu" else np.median(labels, axis=0)
    return np.array([known.get(row.tobytes(), usual) for row in new], dtype=labels.dtype)


def _nearest(seen: Values, labels: Array, new: Values, dataset: Dataset) -> Array:
    squares = (seen**2).sum(axis=1)
    nearest = [int((squares - 2 * (seen @ row)).argmin()) for row in new]
    return labels[nearest]


def _line(seen: Values, labels: Array, new: Values, dataset: Dataset) -> Array:
    """Ridge regression; of classes, on a column of 0 and 1 each."""
    values = labels.astype(np.float64).reshape(len(labels), -1)
    wanted = np.eye(len(dataset.classes))[labels] if dataset.classes else values
    log = not dataset.classes and dataset.problem.metric.unit.startswith("log10")
    wanted = np.log(np.maximum(wanted, 1e-9)) if log else wanted
    middle = wanted.mean(axis=0)
    if seen.shape[1] > len(seen):  # the same line, by the examples instead of the columns
        weights = seen.T @ np.linalg.solve(
            seen @ seen.T + seen.shape[1] * 0.1 * np.eye(len(seen)), wanted - middle
        )
    else:
        weights = np.linalg.solve(seen.T @ seen + np.eye(seen.shape[1]), seen.T @ (wanted - middle))
    predicted = new @ weights + middle
    if dataset.classes:
        return np.asarray(predicted.argmax(axis=1))
    return np.asarray(np.exp(np.minimum(predicted, 700)) if log else predicted).reshape(
        len(new), *labels.shape[1:]
    )
