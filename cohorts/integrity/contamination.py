"""Checks whether a model may have been trained on the hidden test set: the public corpora are public.

Beside the hidden inputs, some of them are predicted again with small changes that keep their labels. An
honest model predicts much the same; a model that memorised the inputs does not. What is found in a model with
full marks is reported with its numbers: it is not a verdict, and changes no score. A model that looks up the
*nearest* input fails only where the changes lead to another one; but it makes almost no error without them,
which is reported too. The measurements are in design/similarity.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...grader.grade import Graded
from ...grader.scoring.card import FULL_MARKS, Finding
from ...grader.scoring.score import check_finite, matching_output
from ...problems import Augmentation, Dataset, Input, Metric, Split
from ...sandbox import ArtifactKind, PackedInputs, pack_inputs

MEMORISED: Final = "memorised"
HARDLY_ANY_ERROR: Final = "hardly_any_error"
CODES: Final = frozenset({MEMORISED, HARDLY_ANY_ERROR})
MAX_INPUTS: Final = 1_000
"""For each augmentation."""
MAX_BYTES: Final = 32 * 2**20
"""For all augmentations together."""
KEPT: Final = 0.75
"""An honest model keeps more than this share of its advantage over the best constant prediction."""
FIVEFOLD: Final = 5.0
NOTABLE: Final = 0.03
"""Mistakes that grow fivefold, to at least this share of the predictions, are a collapse as well."""
HARDLY_ANY: Final = 0.05
"""Less than this share of the error that full marks allow is less than people are known to have reached."""
_STANDARD_ERRORS: Final = 3.0
"""A loss must be so many standard errors: with few inputs, some are lost by chance."""
_ENOUGH: Final = {True: 200, False: 20}
"""So many examples are needed: for predictions that are right or wrong, and for errors that are numbers."""
_NEXT_STEP: Final = (
    "Check how it was made: which data it was trained on, and how well it predicts examples that were never "
    "published."
)

Array = NDArray[Any]


def is_checkable(graded: Graded) -> bool:
    """Whether a submission is checked: it has full marks, and is a model file.

    Below full marks its score is explained by other findings. A script is trained by the grader itself.
    """
    kind = graded.submission.kind
    return graded.card.score == FULL_MARKS and kind is not None and kind is not ArtifactKind.SCRIPT


@dataclass(frozen=True)
class AugmentedInputs:
    """Hidden inputs with small changes, packed: all inputs of one augmentation, then all of the next."""

    augmentations: tuple[Augmentation, ...]
    picked: NDArray[np.intp]
    """(m,) The positions of the inputs that each augmentation changes."""
    inputs: PackedInputs


class ContaminationCheck:
    """The check for one split of a data set. Safe to use from several threads."""

    codes = CODES

    def __init__(self, dataset: Dataset, split: Split = Split.HIDDEN) -> None:
        self._dataset, self._split = dataset, split
        prepared = {form.name: self._augment(form) for form in dataset.problem.inputs}
        self._augmented = {name: each for name, each in prepared.items() if each is not None}

    @property
    def inputs(self) -> tuple[PackedInputs, ...]:
        """The augmented inputs for each input form, to be predicted as `Graded.extra_predictions`."""
        return tuple(each.inputs for each in self._augmented.values())

    def find(self, graded: Graded) -> Finding | None:
        """A finding where the model seems to know the hidden inputs; else None, also where there are too few
        predictions to judge by.
        """
        if not is_checkable(graded) or graded.predictions is None:
            return None
        before = self._read(graded.predictions, len(graded.predictions))
        if before is None:
            return None
        augmented = self._augmented.get(self._form(graded).name)
        after = None if augmented is None else self._predictions(graded, augmented)
        collapse = None
        if augmented is not None and after is not None:
            collapse = self._collapse(before[augmented.picked], after, augmented)
        return collapse or self._too_good(before)

    def add_to(self, graded: Graded) -> Graded:
        """The submission with the finding on its card, where there is one."""
        finding = self.find(graded)
        if finding is None:
            return graded
        return replace(graded, card=replace(graded.card, findings=(*graded.card.findings, finding)))

    def _form(self, graded: Graded) -> Input:
        inputs = self._dataset.problem.inputs
        used = graded.card.model.get("form")
        return next((form for form in inputs if form.name == used), inputs[0])

    def _augment(self, form: Input) -> AugmentedInputs | None:
        """The augmented inputs in this form; None where the problem has no augmentations for it."""
        declared_here = self._dataset.problem.common_mistakes.augmentations
        augmentations = tuple(each for each in declared_here if each.form == form.name)
        if not augmentations:
            return None
        inputs = self._dataset.inputs(self._split)[form.name]
        picked = np.linspace(0, len(inputs) - 1, _count(form, len(augmentations), len(inputs))).astype(
            np.intp
        )
        plain: Any = inputs[picked] if isinstance(inputs, np.ndarray) else [inputs[index] for index in picked]
        changed = [each.change(plain) for each in augmentations]
        together: Any = (
            np.concatenate(changed)
            if isinstance(inputs, np.ndarray)
            else [text for texts in changed for text in texts]
        )
        return AugmentedInputs(augmentations, picked, pack_inputs({form.name: together}, (form,)))

    def _predictions(self, graded: Graded, augmented: AugmentedInputs) -> Array | None:
        """(augmentations, m, ...) The predictions as the metric takes them; None where there are none."""
        given = dict(zip(self._augmented, graded.extra_predictions, strict=False)).get(
            self._form(graded).name
        )
        read = None if given is None else self._read(given, augmented.inputs.count)
        return None if read is None else read.reshape(len(augmented.augmentations), -1, *read.shape[1:])

    def _read(self, predictions: Array, count: int) -> Array | None:
        try:
            output = matching_output(predictions, count, self._dataset.outputs)
            check_finite(predictions)
        except UnreadablePredictions:
            return None
        return output.read(predictions)

    def _collapse(self, before: Array, after: Array, augmented: AugmentedInputs) -> Finding | None:
        """A finding where the worst augmentation costs more than it costs an honest model."""
        labels = self._dataset.labels(self._split).values[augmented.picked]
        errors = _Errors(self._dataset.problem.metric, labels, bool(self._dataset.classes))
        losses = [errors.loss(before, read) for read in after]
        worst = max(range(len(losses)), key=lambda index: losses[index].lost)
        loss, what = losses[worst], augmented.augmentations[worst].what
        if not loss.is_collapse:
            return None
        metric = self._dataset.problem.metric
        return Finding(
            MEMORISED,
            "Your model predicts the hidden inputs far better than the same inputs with small changes.",
            f"With {len(labels):,} inputs {what}, the {metric.name} is {_shown(loss.after, metric)} "
            f"instead of {_shown(loss.before, metric)}; the labels are the same.",
            _NEXT_STEP,
        )

    def _too_good(self, before: Array) -> Finding | None:
        """A finding where the error is almost nothing, on inputs that a model should not have seen."""
        metric, labels = self._dataset.problem.metric, self._dataset.labels(self._split).values
        best = float(metric.per_example(labels, labels).mean())
        value = float(metric.per_example(before, labels).mean())
        thresholds = [band.threshold for band in self._dataset.bands if band.score == FULL_MARKS]
        if (
            len(labels) < _ENOUGH[bool(self._dataset.classes)]
            or not thresholds
            or abs(best - value) > HARDLY_ANY * abs(best - thresholds[0])
        ):
            return None
        return Finding(
            HARDLY_ANY_ERROR,
            "Your model makes almost no error on inputs that it should not have seen.",
            f"The {metric.name} on {len(labels):,} inputs is {_shown(value, metric)}; "
            f"{thresholds[0]:g} earns full marks.",
            _NEXT_STEP,
        )


@dataclass(frozen=True)
class Loss:
    """What an augmentation costs, in the metric and in shares of errors."""

    before: float
    after: float
    """The metric."""
    error_before: float
    error_after: float
    """How far from perfect: for classes, the share of mistakes."""
    error_constant: float
    """Of the best constant prediction."""
    noise: float
    """The standard error of the difference of both."""
    counted: int
    """How many predictions are right or wrong; 0 where errors are numbers."""

    @property
    def lost(self) -> float:
        """The lost share of the advantage over a constant prediction; 1 where nothing is left of it."""
        better = self.error_constant - self.error_before
        return (self.error_after - self.error_before) / better if better > 0 else 0.0

    @property
    def is_collapse(self) -> bool:
        """Whether it costs more than it costs an honest model, or the number of mistakes grows too much."""
        if self.error_after - self.error_before <= _STANDARD_ERRORS * self.noise:
            return False
        if self.lost >= 1 - KEPT:
            return True
        grown = (self.error_after * self.counted + 1) / (self.error_before * self.counted + 1)
        return bool(self.counted) and grown >= FIVEFOLD and self.error_after >= NOTABLE


@dataclass(frozen=True)
class _Errors:
    metric: Metric
    labels: Array
    are_classes: bool

    def loss(self, before: Array, after: Array) -> Loss:
        """From (m, ...) predictions for the inputs without and with the change."""
        each = [self.metric.per_example(read, self.labels) for read in (before, after)]
        metric_before, metric_after = (float(values.mean()) for values in each)
        best = self._value(self.labels)
        return Loss(
            before=metric_before,
            after=metric_after,
            error_before=abs(best - metric_before),
            error_after=abs(best - metric_after),
            error_constant=abs(best - self._value(self._constant())),
            noise=float((each[1] - each[0]).std()) / math.sqrt(len(self.labels)),
            counted=len(self.labels) if self.are_classes else 0,
        )

    def _value(self, read: Array) -> float:
        return float(self.metric.per_example(read, self.labels).mean())

    def _constant(self) -> Array:
        """The best constant prediction: the most frequent class, or the median."""
        if self.are_classes:
            best: Any = np.bincount(self.labels.ravel()).argmax()
        else:
            best = np.median(self.labels, axis=0)
        return np.broadcast_to(np.asarray(best, self.labels.dtype), self.labels.shape)


def _count(form: Input, augmentations: int, inputs: int) -> int:
    """How many inputs are changed."""
    each = 0 if form.dtype == "string" else math.prod(form.shape) * np.dtype(form.dtype).itemsize
    return min(inputs, MAX_INPUTS, MAX_BYTES // max(1, augmentations * each))


def _shown(value: float, metric: Metric) -> str:
    return f"{value:.2f} {metric.unit}".strip()
