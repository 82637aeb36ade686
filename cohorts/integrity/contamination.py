"""Whether a model knows the questions by heart: the public corpora are public, so it can.

Behind the questions that count, some of them are asked again, changed so little that the right answers stay.
An honest model answers much as before; one that looks questions up falls apart. What is seen where a model
has full marks is reported with its numbers: it is no verdict, and changes no score. A model that looks up the
*nearest* question falls apart only where the changes lead to another one; but it makes next to no error as it
is, which is told as well. What was measured stands in design/similarity.md.
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
MOST_QUESTIONS: Final = 1_000
"""Of each paraphrase."""
MOST_BYTES: Final = 32 * 2**20
"""Of all of them together."""
KEPT: Final = 0.75
"""An honest model keeps more than this share of what it is better by than the best constant answer."""
FIVEFOLD: Final = 5.0
NOTABLE: Final = 0.03
"""Mistakes that grow fivefold, and to so large a share of the answers, are a collapse as well."""
HARDLY_ANY: Final = 0.05
"""Less than this share of the error that full marks allow is less than people are known to have reached."""
_ERRORS: Final = 3.0
"""So many standard errors must a loss be: of few questions, some are lost by chance."""
_ENOUGH: Final = {True: 200, False: 20}
"""So many examples must say so: where an answer is right or wrong, and where an error is a number."""
_NOT_FROM_HERE: Final = (
    "See how it was made: which data it was trained on, and whether it answers examples that were never "
    "published."
)

Array = NDArray[Any]
Numbers = NDArray[np.float64]


def is_worth_a_look(graded: Graded) -> bool:
    """Whether there is reason to look: full marks, and a file that could be asked.

    Below full marks its score is explained otherwise. A script was trained by the grader itself.
    """
    kind = graded.submission.kind
    return graded.card.score == FULL_MARKS and kind is not None and kind is not ArtifactKind.SCRIPT


@dataclass(frozen=True)
class Asked:
    """Paraphrased questions, ready to be sent: those of each paraphrase behind one another."""

    augmentations: tuple[Augmentation, ...]
    picked: NDArray[np.intp]
    """(m,) Which of the questions each paraphrase changes."""
    inputs: PackedInputs


class ContaminationCheck:
    """One part of a data set with its questions changed a little. Safe to use from several threads."""

    def __init__(self, dataset: Dataset, split: Split = Split.HIDDEN) -> None:
        self._dataset, self._part = dataset, split
        prepared = {form.name: self._prepare(form) for form in dataset.problem.inputs}
        self._prepared = {name: asked for name, asked in prepared.items() if asked is not None}

    @property
    def inputs(self) -> tuple[PackedInputs, ...]:
        """All of them, a set for each form: what `look` wants to see the answers to, in `Graded.also`."""
        return tuple(asked.inputs for asked in self._prepared.values())

    def look(self, graded: Graded) -> Finding | None:
        """What speaks for the submission's knowing the questions by heart; None where nothing does.

        A model that was not asked the paraphrases, or failed at them, tells nothing by them.
        """
        if not is_worth_a_look(graded) or graded.predictions is None:
            return None
        before = self._read(graded.predictions, len(graded.predictions))
        if before is None:
            return None
        asked = self._prepared.get(self._form(graded).name)
        after = None if asked is None else self._answers(graded, asked)
        if asked is not None and after is not None:
            told = self._collapse(before[asked.picked], after, asked)
            if told is not None:
                return told
        return self._too_good(before)

    def add_to(self, graded: Graded) -> Graded:
        """The submission with what was seen among its card's findings."""
        seen = self.look(graded)
        if seen is None:
            return graded
        return replace(graded, card=replace(graded.card, findings=(*graded.card.findings, seen)))

    def _form(self, graded: Graded) -> Input:
        inputs = self._dataset.problem.inputs
        told = graded.card.model.get("form")
        return next((form for form in inputs if form.name == told), inputs[0])

    def _prepare(self, form: Input) -> Asked | None:
        """The paraphrases in this form; None where the problem has none."""
        declared_here = self._dataset.problem.common_mistakes.augmentations
        augmentations = tuple(each for each in declared_here if each.form == form.name)
        if not augmentations:
            return None
        inputs = self._dataset.inputs(self._part)[form.name]
        picked = np.linspace(0, len(inputs) - 1, _most(form, len(augmentations), len(inputs))).astype(np.intp)
        plain: Any = inputs[picked] if isinstance(inputs, np.ndarray) else [inputs[place] for place in picked]
        changed = [each.change(plain) for each in augmentations]
        together: Any = (
            np.concatenate(changed)
            if isinstance(inputs, np.ndarray)
            else [text for texts in changed for text in texts]
        )
        return Asked(augmentations, picked, pack_inputs({form.name: together}, (form,)))

    def _answers(self, graded: Graded, asked: Asked) -> Array | None:
        """(paraphrases, m, ...) What it answered to each, as it is read; None where it did not."""
        given = dict(zip(self._prepared, graded.extra_predictions, strict=False)).get(self._form(graded).name)
        read = None if given is None else self._read(given, asked.inputs.count)
        return None if read is None else read.reshape(len(asked.augmentations), -1, *read.shape[1:])

    def _read(self, predictions: Array, count: int) -> Array | None:
        try:
            output = matching_output(predictions, count, self._dataset.outputs)
            check_finite(predictions)
        except UnreadablePredictions:
            return None
        return output.read(predictions)

    def _collapse(self, before: Array, after: Array, asked: Asked) -> Finding | None:
        """The paraphrase that costs most, where that is more than it costs an honest model."""
        labels = self._dataset.labels(self._part).values[asked.picked]
        ruler = _Errors(self._dataset.problem.metric, labels, bool(self._dataset.classes))
        losses = [ruler.loss(before, read) for read in after]
        worst = max(range(len(losses)), key=lambda place: losses[place].lost)
        loss, what = losses[worst], asked.augmentations[worst].what
        if not loss.is_collapse:
            return None
        metric = self._dataset.problem.metric
        return Finding(
            MEMORISED,
            "Your model answers these very questions far better than the same questions changed a little.",
            f"With {len(labels):,} questions {what}, the {metric.name} is {_shown(loss.after, metric)} "
            f"instead of {_shown(loss.before, metric)}; the right answers are the same.",
            _NOT_FROM_HERE,
        )

    def _too_good(self, before: Array) -> Finding | None:
        """An error that is next to nothing, on questions a model is not supposed to have seen."""
        metric, labels = self._dataset.problem.metric, self._dataset.labels(self._part).values
        best = float(metric.per_example(labels, labels).mean())
        value = float(metric.per_example(before, labels).mean())
        lines = [band.threshold for band in self._dataset.bands if band.score == FULL_MARKS]
        if (
            len(labels) < _ENOUGH[bool(self._dataset.classes)]
            or not lines
            or abs(best - value) > HARDLY_ANY * abs(best - lines[0])
        ):
            return None
        return Finding(
            HARDLY_ANY_ERROR,
            "Your model makes next to no error on questions that it is not supposed to have seen.",
            f"The {metric.name} on {len(labels):,} questions is {_shown(value, metric)}; "
            f"{lines[0]:g} earns full marks.",
            _NOT_FROM_HERE,
        )


@dataclass(frozen=True)
class Loss:
    """What a paraphrase costs, in the metric and in shares of errors."""

    before: float
    after: float
    """The metric."""
    error_before: float
    error_after: float
    """How far from perfect: for classes, the share of mistakes."""
    error_constant: float
    """Of the best constant answer."""
    noise: float
    """The standard error of the difference of both."""
    counted: int
    """How many answers are right or wrong; 0 where errors are numbers."""

    @property
    def lost(self) -> float:
        """The share of what the model is better by than a constant answer; 1 where nothing is left."""
        better = self.error_constant - self.error_before
        return (self.error_after - self.error_before) / better if better > 0 else 0.0

    @property
    def is_collapse(self) -> bool:
        """More than it costs an honest model. Where mistakes are counted, their growth tells as well."""
        if self.error_after - self.error_before <= _ERRORS * self.noise:
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
        """From (m, ...) answers to the questions as they are, and as they were changed."""
        each = [self.metric.per_example(read, self.labels) for read in (before, after)]
        was, is_ = (float(values.mean()) for values in each)
        best = self._value(self.labels)
        return Loss(
            before=was,
            after=is_,
            error_before=abs(best - was),
            error_after=abs(best - is_),
            error_constant=abs(best - self._value(self._constant())),
            noise=float((each[1] - each[0]).std()) / math.sqrt(len(self.labels)),
            counted=len(self.labels) if self.are_classes else 0,
        )

    def _value(self, read: Array) -> float:
        return float(self.metric.per_example(read, self.labels).mean())

    def _constant(self) -> Array:
        """The best answer that is always the same: the most frequent class, or the median."""
        if self.are_classes:
            best: Any = np.bincount(self.labels.ravel()).argmax()
        else:
            best = np.median(self.labels, axis=0)
        return np.broadcast_to(np.asarray(best, self.labels.dtype), self.labels.shape)


def _most(form: Input, augmentations: int, inputs: int) -> int:
    """How many questions are put otherwise."""
    each = 0 if form.dtype == "string" else math.prod(form.shape) * np.dtype(form.dtype).itemsize
    return min(inputs, MOST_QUESTIONS, MOST_BYTES // max(1, augmentations * each))


def _shown(value: float, metric: Metric) -> str:
    return f"{value:.2f} {metric.unit}".strip()
