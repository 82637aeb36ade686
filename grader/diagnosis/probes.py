"""Asking a model again, with the same questions put otherwise, to learn which mistake it was trained with.

Only a few of the questions are asked, a few times, in one job where they are small: loading a model costs
more than a few answers. All further jobs together get no more time than the first one had. Whatever goes
wrong here changes no verdict: there is one observation less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import SandboxUnavailable, UnreadablePredictions
from ...problems import Dataset, Input, Perturbation, Split
from ...sandbox import Ending, ModelFacts, Outcome, PackedInputs, PredictJob, Sandbox, pack_inputs
from ..scoring.score import check_finite, earned_score, matching_output

MOST_VARIANTS: Final = 5
MOST_QUESTIONS: Final = 500
MOST_BYTES: Final = 32 * 2**20
"""Of the questions that one job is asked, unless a single set is larger."""

Array = NDArray[Any]


@dataclass(frozen=True)
class PerturbedPredictions:
    """What a model answered to a variant of the questions."""

    perturbation: Perturbation
    read: Array
    """(m, ...) Its answers, in the form that the metric takes."""
    picked: NDArray[np.intp]
    """(m,) To which of the questions."""


@dataclass(frozen=True)
class TrainingPredictions:
    """What a model answered to a sample of the training data."""

    read: Array
    labels: Array
    value: float
    score: int
    """What such a value earns on hidden examples."""
    error: float = 0.0
    """The standard error of the value: the sample is small."""


@dataclass(frozen=True)
class ProbeResults:
    """Everything a model said when it was asked again."""

    retold: tuple[PerturbedPredictions, ...] = ()
    taught: TrainingPredictions | None = None


@dataclass(frozen=True)
class _Set:
    """Some questions of one form: varied ones, or, without a variant, a sample of the training data."""

    inputs: PackedInputs = field(repr=False)
    perturbation: Perturbation | None = None


@dataclass(frozen=True)
class _Heard:
    """A set, and what the model answered; None where that is not worth reading."""

    asked: _Set
    read: Array | None


class Prober:
    """Asks models again about one part of a data set. Safe to use from several threads.

    Small sets of questions are made once for however many models.
    """

    def __init__(self, dataset: Dataset, split: Split) -> None:
        self._dataset, self._part = dataset, split
        self._kept: dict[str, PackedInputs] = {}

    def ask(self, job: PredictJob, facts: ModelFacts, sandbox: Sandbox) -> ProbeResults:
        """Asks the model of a job: with what learners train on, then with variants of the job's questions.

        The variants end with the first that earns full marks.
        """
        asking = _Asking(job, sandbox, self._dataset)
        taught: TrainingPredictions | None = None
        retold: list[PerturbedPredictions] = []
        for group in _grouped(self._sets(facts)):
            for heard in asking.ask(group):
                if heard.read is None:
                    continue
                if heard.asked.perturbation is None:
                    taught = self._taught(heard.read)
                    continue
                retold.append(PerturbedPredictions(heard.asked.perturbation, heard.read, self._picked()))
                if self._explains(heard.read):
                    return ProbeResults(tuple(retold), taught)
        return ProbeResults(tuple(retold), taught)

    def _sets(self, facts: ModelFacts) -> Iterator[_Set]:
        """What is asked, each set made when its turn comes."""
        form = self._form(facts)
        if self._dataset.has(Split.TRAINING):
            yield _Set(self._sample(form))
        fitting = (
            perturbation
            for perturbation in self._dataset.problem.common_mistakes.perturbations
            if perturbation.form == form.name
            and (not perturbation.layer or perturbation.layer in facts.layers)
        )
        for perturbation in islice(fitting, MOST_VARIANTS):
            yield _Set(self._varied(perturbation, form), perturbation)

    def _sample(self, form: Input) -> PackedInputs:
        key = f"training {form.name}"
        if key not in self._kept:
            inputs = self._dataset.inputs(Split.TRAINING)[form.name][:MOST_QUESTIONS]
            return self._keep(key, _packed(form, inputs))
        return self._kept[key]

    def _varied(self, perturbation: Perturbation, form: Input) -> PackedInputs:
        key = f"{self._dataset.problem.common_mistakes.perturbations.index(perturbation)} {form.name}"
        if key not in self._kept:
            inputs = np.asarray(self._dataset.inputs(self._part)[form.name])[self._picked()]
            return self._keep(key, _packed(form, perturbation.change(inputs)))
        return self._kept[key]

    def _keep(self, key: str, made: PackedInputs) -> PackedInputs:
        if len(made.packed) <= MOST_BYTES // 2:
            self._kept[key] = made
        return made

    def _picked(self) -> NDArray[np.intp]:
        return _spread_out(len(self._dataset.labels(self._part).values))

    def _form(self, facts: ModelFacts) -> Input:
        """The form the model was asked in; the first where its file told a name that there is not."""
        inputs = self._dataset.problem.inputs
        return next((form for form in inputs if form.name == facts.form), inputs[0])

    def _taught(self, read: Array) -> TrainingPredictions:
        labels = self._dataset.labels(Split.TRAINING).values[:MOST_QUESTIONS]
        each = self._dataset.problem.metric.per_example(read, labels)
        value, score = self._earned(read, labels)
        return TrainingPredictions(read, labels, value, score, float(each.std()) / math.sqrt(len(each)))

    def _explains(self, read: Array) -> bool:
        """Whether these answers to a variant earn full marks."""
        labels = self._dataset.labels(self._part).values[self._picked()]
        full = max((band.score for band in self._dataset.bands), default=0)
        return self._earned(read, labels)[1] == full

    def _earned(self, read: Array, labels: Array) -> tuple[float, int]:
        value = float(self._dataset.problem.metric.per_example(read, labels).mean())
        return value, earned_score(self._dataset.bands, value)


class _Asking:
    """A model that is asked again, until its time is used up."""

    def __init__(self, job: PredictJob, sandbox: Sandbox, dataset: Dataset) -> None:
        self._job, self._sandbox, self._dataset = job, sandbox, dataset
        self._seconds = job.limits.seconds

    def ask(self, sets: Sequence[_Set]) -> Iterator[_Heard]:
        """Asks all sets in one job. Where that breaks, at whichever of them, the first is left out."""
        first, *others = sets
        outcome = self._run(first, others)
        if outcome is None:
            return
        if outcome.ending is Ending.COMPLETED:
            given = (outcome.predictions, *outcome.extra_predictions)
            yield from (
                _Heard(each, self._read(labels, each.inputs.count))
                for each, labels in zip(sets, given, strict=False)
            )
        elif others:
            yield from self.ask(others)

    def _run(self, first: _Set, others: Sequence[_Set]) -> Outcome | None:
        """How a job with these sets ended; None where there is no time or no sandbox left."""
        if self._seconds <= 0:
            return None
        job = replace(
            self._job,
            inputs=first.inputs,
            extra_inputs=tuple(each.inputs for each in others),
            limits=replace(self._job.limits, seconds=self._seconds),
            predict_again=True,
        )
        try:
            outcome = self._sandbox.predict(job)
        except SandboxUnavailable:
            # The score is known: a sandbox that breaks now costs nobody anything.
            self._seconds = 0.0
            return None
        self._seconds -= outcome.timings.total
        return outcome

    def _read(self, predictions: Array | None, count: int) -> Array | None:
        """The answers as the metric takes them, or None where they are none worth reading."""
        if predictions is None:
            return None
        try:
            output = matching_output(predictions, count, self._dataset.outputs)
            check_finite(predictions)
        except UnreadablePredictions:
            return None
        return output.read(predictions)


def _grouped(sets: Iterable[_Set]) -> Iterator[list[_Set]]:
    """Sets that are asked in one job, each a bounded number of bytes together."""
    group: list[_Set] = []
    for each in sets:
        if group and sum(len(one.inputs.packed) for one in (*group, each)) > MOST_BYTES:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _packed(form: Input, inputs: Any) -> PackedInputs:
    return pack_inputs({form.name: inputs}, (form,))


def _spread_out(count: int) -> NDArray[np.intp]:
    """Up to MOST_QUESTIONS of `count` numbers, evenly apart."""
    return np.linspace(0, count - 1, min(count, MOST_QUESTIONS)).astype(np.intp)
