"""Probes: what a model predicts for training data and for perturbed inputs, to learn how it was trained.

Only some of the inputs are used, in one job where they are small: loading a model costs more than a few
predictions. All probes together get no more time than the first job had. Whatever goes wrong here changes no
verdict: there is one observation less.
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

MAX_PERTURBATIONS: Final = 9
MAX_EXAMPLES: Final = 500
MAX_SUBTLE_EXAMPLES: Final = 3_000
"""For a perturbation that changes little."""
MAX_BYTES: Final = 32 * 2**20
"""Of the inputs of one job, unless a single probe is larger."""

Array = NDArray[Any]


@dataclass(frozen=True)
class PerturbedPredictions:
    """What a model predicted for perturbed inputs."""

    perturbation: Perturbation
    decoded: Array
    """(m, ...) Its predictions, in the form that the metric takes."""
    picked: NDArray[np.intp]
    """(m,) Which of the split's inputs were perturbed."""


@dataclass(frozen=True)
class TrainingPredictions:
    """What a model predicted for a sample of the training data."""

    decoded: Array
    labels: Array
    value: float
    """The metric on the sample."""
    score: int
    """What such a value earns on hidden examples."""
    error: float = 0.0
    """The standard error of the value: the sample is small."""


@dataclass(frozen=True)
class ProbeResults:
    """Everything that the probes of a model gave."""

    perturbed: tuple[PerturbedPredictions, ...] = ()
    training: TrainingPredictions | None = None
    unfinished: bool = False
    """Whether some were not run, since their time was up or the sandbox was lost: a cause may be unseen."""


@dataclass(frozen=True)
class _Probe:
    """Some inputs of one form: perturbed ones, or, without a perturbation, a sample of the training data."""

    inputs: PackedInputs = field(repr=False)
    perturbation: Perturbation | None = None


class Prober:
    """Probes models on one split of a data set. Safe to use from several threads.

    Small probes are packed once for however many models.
    """

    def __init__(self, dataset: Dataset, split: Split) -> None:
        self._dataset, self._split = dataset, split
        self._packed: dict[str, PackedInputs] = {}

    def probe(self, job: PredictJob, facts: ModelFacts, sandbox: Sandbox) -> ProbeResults:
        """Probes the model of a job: on training data first, then on perturbations of the job's inputs.

        The perturbations end with the first that earns full marks.
        """
        runner = _Runner(job, sandbox, self._dataset)
        training: TrainingPredictions | None = None
        perturbed: list[PerturbedPredictions] = []
        for group in _grouped(self._probes(facts)):
            for probe, decoded in runner.run(group):
                if decoded is None:
                    continue
                if probe.perturbation is None:
                    training = self._on_training(decoded)
                    continue
                perturbed.append(
                    PerturbedPredictions(probe.perturbation, decoded, self._picked(probe.perturbation))
                )
                if self._earns_full_marks(decoded, probe.perturbation):
                    return ProbeResults(tuple(perturbed), training)
        return ProbeResults(tuple(perturbed), training, runner.unfinished)

    def _probes(self, facts: ModelFacts) -> Iterator[_Probe]:
        """Each probe, packed when its turn comes."""
        form = self._form(facts)
        if self._dataset.has(Split.TRAINING):
            yield _Probe(self._training_sample(form))
        fitting = (
            perturbation
            for perturbation in self._dataset.problem.common_mistakes.perturbations
            if perturbation.form == form.name
            and (not perturbation.layer or perturbation.layer in facts.layers)
        )
        for perturbation in islice(fitting, MAX_PERTURBATIONS):
            yield _Probe(self._perturbed(perturbation, form), perturbation)

    def _training_sample(self, form: Input) -> PackedInputs:
        key = f"training {form.name}"
        if key not in self._packed:
            inputs = self._dataset.inputs(Split.TRAINING)[form.name][:MAX_EXAMPLES]
            return self._remember(key, _pack(form, inputs))
        return self._packed[key]

    def _perturbed(self, perturbation: Perturbation, form: Input) -> PackedInputs:
        key = f"{self._dataset.problem.common_mistakes.perturbations.index(perturbation)} {form.name}"
        if key not in self._packed:
            inputs = np.asarray(self._dataset.inputs(self._split)[form.name])[self._picked(perturbation)]
            return self._remember(key, _pack(form, perturbation.change(inputs)))
        return self._packed[key]

    def _remember(self, key: str, packed: PackedInputs) -> PackedInputs:
        if len(packed.packed) <= MAX_BYTES // 2:
            self._packed[key] = packed
        return packed

    def _picked(self, perturbation: Perturbation) -> NDArray[np.intp]:
        most = MAX_SUBTLE_EXAMPLES if perturbation.subtle else MAX_EXAMPLES
        return _evenly_spaced(len(self._dataset.labels(self._split).values), most)

    def _form(self, facts: ModelFacts) -> Input:
        """The form of inputs that the model took; the first where its file names one that there is not."""
        inputs = self._dataset.problem.inputs
        return next((form for form in inputs if form.name == facts.form), inputs[0])

    def _on_training(self, decoded: Array) -> TrainingPredictions:
        labels = self._dataset.labels(Split.TRAINING).values[:MAX_EXAMPLES]
        each = self._dataset.problem.metric.per_example(decoded, labels)
        value, score = self._earned(decoded, labels)
        return TrainingPredictions(decoded, labels, value, score, float(each.std()) / math.sqrt(len(each)))

    def _earns_full_marks(self, decoded: Array, perturbation: Perturbation) -> bool:
        labels = self._dataset.labels(self._split).values[self._picked(perturbation)]
        full = max((band.score for band in self._dataset.bands), default=0)
        return self._earned(decoded, labels)[1] == full

    def _earned(self, decoded: Array, labels: Array) -> tuple[float, int]:
        value = float(self._dataset.problem.metric.per_example(decoded, labels).mean())
        return value, earned_score(self._dataset.bands, value)


class _Runner:
    """Runs probes of one model, until its time is used up."""

    def __init__(self, job: PredictJob, sandbox: Sandbox, dataset: Dataset) -> None:
        self._job, self._sandbox, self._dataset = job, sandbox, dataset
        self._seconds = job.limits.seconds
        self.unfinished = False

    def run(self, probes: Sequence[_Probe]) -> Iterator[tuple[_Probe, Array | None]]:
        """Each probe with its decoded predictions, or None where they cannot be used.

        All are run in one job. Where that breaks, at whichever of them, the first is left out.
        """
        first, *others = probes
        outcome = self._predict(first, others)
        if outcome is None or outcome.ending is Ending.TIMED_OUT:
            self.unfinished = True
        if outcome is None:
            return
        if outcome.ending is Ending.COMPLETED:
            predictions = (outcome.predictions, *outcome.extra_predictions)
            for probe, given in zip(probes, predictions, strict=False):
                yield probe, self._decoded(given, probe.inputs.count)
        elif others:
            yield from self.run(others)

    def _predict(self, first: _Probe, others: Sequence[_Probe]) -> Outcome | None:
        """How a job with these probes ended; None where there is no time or no sandbox left."""
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

    def _decoded(self, predictions: Array | None, count: int) -> Array | None:
        """The predictions as the metric takes them, or None where they cannot be used."""
        if predictions is None:
            return None
        try:
            output = matching_output(predictions, count, self._dataset.outputs)
            check_finite(predictions)
        except UnreadablePredictions:
            return None
        return output.read(predictions)


def _grouped(probes: Iterable[_Probe]) -> Iterator[list[_Probe]]:
    """Probes that are run in one job, a bounded number of bytes together."""
    group: list[_Probe] = []
    for each in probes:
        if group and sum(len(one.inputs.packed) for one in (*group, each)) > MAX_BYTES:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _pack(form: Input, inputs: Any) -> PackedInputs:
    return pack_inputs({form.name: inputs}, (form,))


def _evenly_spaced(count: int, most: int) -> NDArray[np.intp]:
    """Up to so many of `count` indices, evenly spaced."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)
