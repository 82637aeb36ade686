"""The running of one submission on a split of a data set, in a sandbox: inputs go in, predictions come back.

Labels stay outside; `grade.py` scores against them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..errors import SandboxUnavailable
from ..files.text import Tell, say_nothing
from ..problems import Dataset, Split
from ..sandbox import (
    ArtifactKind,
    Ending,
    JobTimings,
    Limits,
    Outcome,
    PackedInputs,
    PredictJob,
    Refusal,
    Sandbox,
    TrainJob,
    pack_inputs,
)
from .diagnosis import Prober
from .submission import DEFAULT_POLICY, SubmissionPolicy
from .submission.submission import Submission

if TYPE_CHECKING:
    from .copies import MixedInputs, SortedPredictions

_NO_SCRIPTS: Final = Refusal(
    "scripts_not_allowed",
    "This is a training script, and only trained models are accepted here. Run it, and submit the model that "
    "it saves.",
)


@dataclass(frozen=True)
class EvaluationSet:
    """One split of a data set, packed once for however many models are graded on it."""

    dataset: Dataset
    split: Split
    inputs: PackedInputs = field(repr=False)
    prober: Prober = field(repr=False, compare=False)
    """Runs a model below full marks on other inputs, to explain its score."""
    key: bytes | None = field(default=None, repr=False)
    """Of the home's secret. With it, changed copies stand among the inputs, in an order that it draws."""

    @cached_property
    def mixed(self) -> MixedInputs | None:
        """The inputs among their copies; None without a key."""
        return self._ask(bare=False)

    @property
    def mixed_bare(self) -> MixedInputs | None:
        """The inputs alone, in calls as they are among copies; None without a key."""
        return self._ask(bare=True)

    def _ask(self, *, bare: bool) -> MixedInputs | None:
        if self.key is None:
            return None
        from .copies import mix_with_copies  # `check` has no use for it

        return mix_with_copies(self.dataset, self.split, self.key, bare=bare)


@dataclass(frozen=True)
class SandboxRun:
    """What the sandbox gave back for a submission."""

    outcome: Outcome
    """Of the last job that ran."""
    step: str
    """What that job was: "reading", "training" or "predicting"."""
    limits: Limits
    training: JobTimings = field(default_factory=JobTimings)
    job: PredictJob | None = None
    """The job that predicted; None where it never came to that."""
    log: str = ""
    """What the training script printed. A model's output is not kept: it could quote the hidden inputs."""
    predicted: SortedPredictions | None = None
    """What the model predicted for inputs and copies; None where there were no copies."""


def make_evaluation_set(
    dataset: Dataset, split: Split = Split.HIDDEN, key: bytes | None = None
) -> EvaluationSet:
    """A split's inputs, packed in every form that a model may take; with a key, to stand among copies."""
    return EvaluationSet(dataset, split, pack_split(dataset, split), Prober(dataset, split), key)


def pack_split(dataset: Dataset, split: Split) -> PackedInputs:
    """A split's inputs in every form that a model may take, as the sandbox wants them."""
    return pack_inputs(dataset.inputs(split), dataset.problem.inputs)


def run_submission(
    submission: Submission,
    evaluation_set: EvaluationSet,
    sandbox: Sandbox,
    policy: SubmissionPolicy = DEFAULT_POLICY,
    watch: Tell = say_nothing,
) -> SandboxRun:
    """Run a submission in the sandbox: train it if it is a script, then let the model predict.

    Args:
        submission: a model or a script; one that was refused when it was read is not run.
        evaluation_set: the inputs, packed.
        sandbox: runs both jobs.
        policy: whether scripts are taken, and how many seconds each job may take.
        watch: gets each line that a script prints.

    Returns:
        How it ended and in which step, with predictions (n, *output) in the order of the inputs.

    Raises:
        SandboxUnavailable: the sandbox failed, which is not the submission's fault.
    """
    dataset = evaluation_set.dataset
    limits = policy.predicting(dataset.problem)
    if submission.kind is None:
        return SandboxRun(Outcome(Ending.REFUSED, refusal=submission.refusal), "reading", limits)
    kind, model, training, log = submission.kind, submission.artifact, JobTimings(), ""
    notes: tuple[str, ...] = ()
    if kind is ArtifactKind.SCRIPT:
        trained = train(submission, dataset, sandbox, policy, watch)
        if trained.outcome.ending is not Ending.COMPLETED:
            return trained
        kind, model = _trained_model(trained.outcome)
        training, log = trained.outcome.timings, trained.log
        notes = trained.outcome.facts.adaptations
    job = PredictJob(
        kind=kind,
        model=model,
        inputs=evaluation_set.inputs,
        outputs=tuple(output.shape for output in dataset.outputs),
        limits=limits,
    )
    outcome, predicted = predict(job, evaluation_set, sandbox)
    facts = replace(outcome.facts, adaptations=(*notes, *outcome.facts.adaptations))
    outcome = replace(outcome, facts=facts)
    return SandboxRun(outcome, "predicting", limits, training, job, log, predicted)


def train(
    submission: Submission, dataset: Dataset, sandbox: Sandbox, policy: SubmissionPolicy, watch: Tell
) -> SandboxRun:
    """Run a training script on the public data, where scripts are accepted."""
    limits = policy.training(dataset.problem)
    if not policy.allow_scripts:
        return SandboxRun(Outcome(Ending.REFUSED, refusal=_NO_SCRIPTS), "reading", limits)
    job = TrainJob(script=submission.artifact, public=dataset.public, limits=limits, watch=watch)
    outcome = sandbox.train(job)
    return SandboxRun(outcome, "training", limits, outcome.timings, log=outcome.log)


def predict(
    job: PredictJob, evaluation_set: EvaluationSet, sandbox: Sandbox
) -> tuple[Outcome, SortedPredictions | None]:
    """The predictions for the job's inputs, in their order, and what the model predicted among copies."""
    mixed = evaluation_set.mixed
    if mixed is None:
        return sandbox.predict(job), None
    from .copies import predict_among_copies

    return predict_among_copies(job, mixed, lambda: evaluation_set.mixed_bare, sandbox)


def _trained_model(outcome: Outcome) -> tuple[ArtifactKind, bytes]:
    if outcome.model is None or outcome.model_kind is None:
        raise SandboxUnavailable(
            "The training finished without a model.", "Submit again; report it if it stays."
        )
    return outcome.model_kind, outcome.model
