"""The walk of a submission: train if it is a script, answer, score, diagnose, fill in the card.

The sandbox only ever answers questions. Scoring happens here, outside it, against answers it never sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final

from numpy.typing import NDArray

from ..errors import SandboxUnavailable, UnreadablePredictions
from ..problems import Dataset, Labels, Split
from ..sandbox import (
    ArtifactKind,
    Ending,
    JobTimings,
    Limits,
    ModelFacts,
    Outcome,
    PackedInputs,
    PredictJob,
    Refusal,
    Sandbox,
    TrainJob,
    pack_inputs,
)
from .diagnosis import GradedRun, Prober, ProbeResults, diagnose
from .scoring.card import FULL_MARKS, Finding, Fingerprints, ScoreCard, Timings, Verdict
from .scoring.reasons import FaultClass, explain_fault, explain_score, fault_class, fit_to_show, list_facts
from .scoring.score import Score, ScoringSpec, matching_output, score
from .scoring.specification import environment_fingerprint, grader_fingerprint
from .submission.policy import DEFAULT_POLICY, SubmissionPolicy
from .submission.submission import Submission

Watch = Callable[[str], None]
_LAMBDA_RAN: Final = "It holds a Lambda layer, which is allowed here: its code ran in a worker used once."
_NO_SCRIPTS: Final = Refusal(
    "scripts_not_allowed",
    "This is a training script, and only trained models are taken here. Run it, and hand in the model that "
    "it saves.",
)


@dataclass(frozen=True)
class Graded:
    """A submission, its filled-in card, and the predictions it was scored from: what a ledger keeps."""

    submission: Submission
    card: ScoreCard
    predictions: NDArray[Any] | None = field(default=None, repr=False)
    fault: FaultClass | None = None
    """What kept it from being scored, as an exam tells it; None where it was scored."""
    extra_predictions: tuple[NDArray[Any] | None, ...] = field(default=(), repr=False)
    """Its answers to further questions that somebody had it asked; scored by nobody here."""
    weight_fingerprint: str = ""
    """Of the model's weights, to compare models by: the word of a process that ran them, never a score."""


@dataclass(frozen=True)
class SandboxRun:
    """How far a submission came through the sandbox."""

    outcome: Outcome
    """Of the last job that ran."""
    doing: str
    """What that job was: "training" or "answering"."""
    limits: Limits
    training: JobTimings = field(default_factory=JobTimings)
    job: PredictJob | None = None
    """What the model was asked; None where it never came to that."""
    log: str = ""
    """What the training script printed. What a model prints is not listened to: it has read the questions."""


@dataclass(frozen=True)
class ScoringResult:
    """Either a score, or the fault that makes the submission INVALID."""

    score: Score | None = None
    fault: str = ""
    reason: str = ""


@dataclass(frozen=True)
class EvaluationSet:
    """What is asked about one part of a data set, made ready once for however many models."""

    inputs: PackedInputs = field(repr=False)
    inquirer: Prober = field(repr=False)
    """Asks a model again whose score wants explaining."""
    extra_inputs: tuple[PackedInputs, ...] = field(default=(), repr=False)
    """Further questions, which a model file is asked behind the others. They get time of their own; the
    answers stand in `Graded.extra_predictions`, and what becomes of them changes no card."""


def make_evaluation_set(dataset: Dataset, split: Split) -> EvaluationSet:
    """The usual one: the part's questions, and nothing further."""
    return EvaluationSet(pack_split(dataset, split), Prober(dataset, split))


def ignore(line: str) -> None:
    """A watcher that looks away."""


def grade(  # noqa: PLR0913 - what is graded, against what, where; the rest is the caller's choice
    submission: Submission,
    dataset: Dataset,
    sandbox: Sandbox,
    split: Split = Split.HIDDEN,
    watch: Watch = ignore,
    *,
    policy: SubmissionPolicy = DEFAULT_POLICY,
    evaluation_set: EvaluationSet | None = None,
) -> Graded:
    """Grades a submission on one part of a data set. `watch` gets each line that a training script prints.

    `policy` says what a submission may bring: a mentor's, for a cohort. `evaluation_set` is what is asked,
    where somebody who grades many has made it ready.

    Raises:
        SandboxUnavailable: when the fault is ours. There is no card then, and nothing to record; see
            `our_fault` for what to show.
    """
    evaluation_set = evaluation_set or make_evaluation_set(dataset, split)
    walk = run(submission, dataset, sandbox, evaluation_set, watch, policy)
    began = perf_counter()
    labels = dataset.labels(split)
    judged = score_run(walk, dataset, labels, split)
    card = ScoreCard(
        problem=dataset.problem.id,
        data_source=dataset.data_source,
        verdict=verdict_of(judged),
        reason=judged.reason,
        metric=dataset.problem.metric.name,
        unit=dataset.problem.metric.unit,
        bands=dataset.bands,
        findings=explain(walk, judged, dataset, split, sandbox, evaluation_set.inquirer),
        timings=_spent(walk, perf_counter() - began),
        fingerprints=_fingerprints(submission, dataset, walk),
        model=list_facts(_with_reading(walk.outcome, judged, dataset)),
        log=walk.log,
        **earned_fields(judged.score),
    )
    fault = None if judged.score is not None else fault_class(walk.outcome, judged.fault)
    outcome = walk.outcome
    return Graded(
        submission,
        card,
        outcome.predictions,
        fault,
        outcome.extra_predictions,
        outcome.facts.weight_fingerprint,
    )


def explain(  # noqa: PLR0913, PLR0917 - as `grade`
    walk: SandboxRun,
    judged: ScoringResult,
    dataset: Dataset,
    split: Split,
    sandbox: Sandbox,
    inquirer: Prober,
) -> tuple[Finding, ...]:
    """The findings. A model below full marks is asked again first, in other words."""
    inquiry = ProbeResults()
    if walk.job is not None and judged.score is not None and judged.score.score < FULL_MARKS:
        job = replace(walk.job, limits=walk.limits)
        inquiry = inquirer.ask(job, walk.outcome.facts, sandbox)
    return diagnose(
        GradedRun(
            dataset=dataset,
            outcome=walk.outcome,
            labels=dataset.labels(split),
            score=judged.score,
            fault=judged.fault,
            split=split,
            inquiry=inquiry,
            size=0 if walk.job is None else len(walk.job.model),
        )
    )


def run(  # noqa: PLR0913, PLR0917 - as `grade`
    submission: Submission,
    dataset: Dataset,
    sandbox: Sandbox,
    evaluation_set: EvaluationSet,
    watch: Watch = ignore,
    policy: SubmissionPolicy = DEFAULT_POLICY,
) -> SandboxRun:
    """Takes a submission through the sandbox: a script is trained first, then its model answers."""
    limits = policy.answering(dataset.problem)
    if submission.kind is None:
        return SandboxRun(Outcome(Ending.REFUSED, refusal=submission.refusal), "reading", limits)
    kind, model, training, log = submission.kind, submission.artifact, JobTimings(), ""
    if kind is ArtifactKind.SCRIPT:
        trained = train(submission, dataset, sandbox, watch, policy)
        if trained.outcome.ending is not Ending.COMPLETED:
            return trained
        kind, model = _trained_model(trained.outcome)
        training, log = trained.outcome.timings, trained.log
    extra_inputs = () if submission.kind is ArtifactKind.SCRIPT else evaluation_set.extra_inputs
    job = PredictJob(
        kind=kind,
        model=model,
        inputs=evaluation_set.inputs,
        outputs=tuple(output.shape for output in dataset.outputs),
        limits=_with_time_for(limits, evaluation_set.inputs, extra_inputs),
        extra_inputs=extra_inputs,
    )
    job, outcome = ask(job, sandbox, policy)
    return SandboxRun(outcome, "answering", limits, training, job, log)


def train(
    submission: Submission, dataset: Dataset, sandbox: Sandbox, watch: Watch, policy: SubmissionPolicy
) -> SandboxRun:
    """Runs a training script on the public data, where scripts are taken."""
    limits = policy.training(dataset.problem)
    if not policy.allow_scripts:
        return SandboxRun(Outcome(Ending.REFUSED, refusal=_NO_SCRIPTS), "reading", limits)
    job = TrainJob(script=submission.artifact, public=dataset.public, limits=limits, watch=watch)
    outcome = sandbox.train(job)
    return SandboxRun(outcome, "training", limits, outcome.timings, log=outcome.log)


def ask(job: PredictJob, sandbox: Sandbox, policy: SubmissionPolicy) -> tuple[PredictJob, Outcome]:
    """Asks the model; again, in a worker used once, if it holds a Lambda layer and the terms allow that.

    Gives the job that was asked last, which is the one to ask again.
    """
    outcome = _answers(job, sandbox)
    if not policy.allow_lambda or outcome.refusal is None or outcome.refusal.code != "lambda_layer":
        return job, outcome
    job = replace(job, allow_lambda=True)
    outcome = _answers(job, sandbox)
    # Nothing that such a model says of itself is believed; this is said by us.
    return job, replace(outcome, facts=ModelFacts(adaptations=(_LAMBDA_RAN,)))


def _answers(job: PredictJob, sandbox: Sandbox) -> Outcome:
    """The model's answers; where the job broke, which may have been at further questions, without these."""
    outcome = sandbox.predict(job)
    if job.extra_inputs and outcome.ending in (Ending.CRASHED, Ending.OUT_OF_MEMORY):
        outcome = sandbox.predict(replace(job, extra_inputs=()))
    return outcome


def _with_time_for(limits: Limits, inputs: PackedInputs, extra_inputs: tuple[PackedInputs, ...]) -> Limits:
    """The same time for each question, however many there are further on."""
    further = sum(each.count for each in extra_inputs)
    return replace(limits, seconds=limits.seconds * (1 + further / max(1, inputs.count)))


def pack_split(dataset: Dataset, split: Split) -> PackedInputs:
    """A part's questions in every form a model may ask for, as the sandbox takes them."""
    return pack_inputs(dataset.inputs(split), dataset.problem.inputs)


def score_run(walk: SandboxRun, dataset: Dataset, labels: Labels, split: Split) -> ScoringResult:
    """Scores what came back, or says which fault keeps it from being scored.

    Raises:
        SandboxUnavailable: where a job is said to be done and nothing came back.
    """
    outcome = walk.outcome
    if outcome.ending is not Ending.COMPLETED:
        fault = outcome.refusal.code if outcome.refusal is not None else outcome.ending.value
        return ScoringResult(fault=fault, reason=explain_fault(outcome, walk.doing, walk.limits))
    if outcome.predictions is None:
        raise SandboxUnavailable(
            "The sandbox finished without predictions.", "Submit again; report it if it stays."
        )
    try:
        earned = score(outcome.predictions, labels, scoring_spec_of(dataset))
    except UnreadablePredictions as error:
        return ScoringResult(fault=error.code, reason=error.message)
    return ScoringResult(
        earned, reason=explain_score(earned, dataset.problem.metric, len(labels.values), split)
    )


def scoring_spec_of(dataset: Dataset) -> ScoringSpec:
    """A data set's rules: its edition's bands, and its number of classes in the shapes."""
    return ScoringSpec(dataset.problem.metric, dataset.bands, dataset.outputs, seed=dataset.fingerprint)


def verdict_of(judged: ScoringResult) -> Verdict:
    """PASSED at full marks, PARTIAL below, INVALID where nothing could be scored."""
    if judged.score is None:
        return Verdict.INVALID
    return Verdict.PASSED if judged.score.score == FULL_MARKS else Verdict.PARTIAL


def our_fault(problem: str, data_source: str, error: SandboxUnavailable) -> ScoreCard:
    """The card to show when the fault was ours. No ledger takes it: no attempt was used."""
    reason = f"{error.what} {error.remedy}".strip()
    return ScoreCard(
        problem=problem, data_source=data_source, verdict=Verdict.OUR_FAULT, reason=fit_to_show(reason)
    )


def _with_reading(outcome: Outcome, judged: ScoringResult, dataset: Dataset) -> ModelFacts:
    """What is known of the model, and how its answers were read where they have an unusual form."""
    if judged.score is None or outcome.predictions is None:
        return outcome.facts
    output = matching_output(outcome.predictions, len(outcome.predictions), dataset.outputs)
    if output == dataset.outputs[0]:
        return outcome.facts
    shape = ", ".join(["n", *(str(size) for size in output.shape)]) + ("" if output.shape else ",")
    said = f"The model answers with ({shape}), taken as {output.meaning}."
    return replace(outcome.facts, adaptations=(*outcome.facts.adaptations, said))


def _trained_model(outcome: Outcome) -> tuple[ArtifactKind, bytes]:
    if outcome.model is None or outcome.model_kind is None:
        raise SandboxUnavailable(
            "The training finished without a model.", "Submit again; report it if it stays."
        )
    return outcome.model_kind, outcome.model


def earned_fields(score: Score | None) -> dict[str, Any]:
    """What a score fills into a card; nothing where there is none."""
    if score is None:
        return {}
    return {
        "score": score.score,
        "value": score.value,
        "interval": score.interval,
        "scores_in_interval": score.scores_in_interval,
        "margin": score.margin,
    }


def _spent(walk: SandboxRun, scoring: float) -> Timings:
    trained = walk.training
    if walk.doing == "training":
        return Timings(
            start=trained.start,
            transfer=trained.transfer,
            train=trained.total - trained.start - trained.transfer,
            score=scoring,
            total=trained.total + scoring,
        )
    answered = walk.outcome.timings
    return Timings(
        start=trained.start + answered.start,
        transfer=trained.transfer + answered.transfer,
        train=max(0.0, trained.total - trained.start - trained.transfer),
        load=answered.load,
        predict=answered.predict,
        score=scoring,
        total=trained.total + answered.total + scoring,
    )


def _fingerprints(submission: Submission, dataset: Dataset, walk: SandboxRun) -> Fingerprints:
    return Fingerprints(
        artifact=submission.digest,
        data=dataset.fingerprint,
        grader=grader_fingerprint(dataset.problem),
        environment=environment_fingerprint(walk.outcome.environment),
    )
