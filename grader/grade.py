"""The walk of a submission: train if it is a script, answer, score, diagnose, fill in the card.

The sandbox only ever answers questions. Scoring happens here, outside it, against answers it never sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final

from numpy.typing import NDArray

from ..problems import Answers, Dataset, Part
from ..sandbox import (
    AnswerJob,
    ArtifactKind,
    Ending,
    InputForm,
    Limits,
    ModelFacts,
    Outcome,
    Questions,
    Refusal,
    Sandbox,
    SandboxUnavailable,
    Timings,
    TrainJob,
    pack,
)
from .diagnosis import Inquiry, Run, diagnose, inquire
from .feedback import FaultClass, fault_class
from .fingerprint import environment_fingerprint, grader_fingerprint
from .reason import explain_fault, explain_score, fit_to_show, list_facts
from .score import Rules, Score, Unreadable, matching_output, score
from .scorecard import FULL_MARKS, Finding, Fingerprints, ScoreCard, Spent, Verdict
from .submission import Submission
from .terms import USUAL, Terms

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
    sketch: str = ""
    """Of the model's weights, to compare models by: the word of a process that ran them, never a score."""


@dataclass(frozen=True)
class Walk:
    """How far a submission came through the sandbox."""

    outcome: Outcome
    """Of the last job that ran."""
    doing: str
    """What that job was: "training" or "answering"."""
    limits: Limits
    training: Timings = field(default_factory=Timings)
    job: AnswerJob | None = None
    """What the model was asked; None where it never came to that."""
    log: str = ""
    """What the training script printed. What a model prints is not listened to: it has read the questions."""


@dataclass(frozen=True)
class Judged:
    """Either a score, or the fault that makes the submission INVALID."""

    score: Score | None = None
    fault: str = ""
    reason: str = ""


def ignore(line: str) -> None:
    """A watcher that looks away."""


def grade(  # noqa: PLR0913 - what is graded, against what, where; the rest is the caller's choice
    submission: Submission,
    dataset: Dataset,
    sandbox: Sandbox,
    part: Part = Part.HIDDEN,
    watch: Watch = ignore,
    *,
    terms: Terms = USUAL,
    questions: Questions | None = None,
) -> Graded:
    """Grades a submission on one part of a data set. `watch` gets each line that a training script prints.

    `terms` say what a submission may bring: a mentor's, for a cohort. `questions` are the part's, where
    somebody who grades many has packed them already (`pack_questions`).

    Raises:
        SandboxUnavailable: when the fault is ours. There is no card then, and nothing to record; see
            `our_fault` for what to show.
    """
    walk = run(submission, dataset, sandbox, part, watch, terms, questions)
    began = perf_counter()
    answers = dataset.answers(part)
    judged = judge(walk, dataset, answers, part)
    card = ScoreCard(
        problem=dataset.problem.id,
        edition=dataset.edition,
        verdict=verdict_of(judged),
        reason=judged.reason,
        metric=dataset.problem.metric.name,
        unit=dataset.problem.metric.unit,
        bands=dataset.bands,
        findings=explain(walk, judged, dataset, part, sandbox),
        spent=_spent(walk, perf_counter() - began),
        fingerprints=_fingerprints(submission, dataset, walk),
        model=list_facts(_with_reading(walk.outcome, judged, dataset)),
        log=walk.log,
        **earned_fields(judged.score),
    )
    fault = None if judged.score is not None else fault_class(walk.outcome, judged.fault)
    return Graded(submission, card, walk.outcome.predictions, fault, walk.outcome.facts.sketch)


def explain(
    walk: Walk, judged: Judged, dataset: Dataset, part: Part, sandbox: Sandbox
) -> tuple[Finding, ...]:
    """The findings. A model below full marks is asked again first, in other words."""
    inquiry = Inquiry()
    if walk.job is not None and judged.score is not None and judged.score.score < FULL_MARKS:
        inquiry = inquire(walk.job, walk.outcome.facts, dataset, part, sandbox)
    return diagnose(
        Run(
            dataset=dataset,
            outcome=walk.outcome,
            answers=dataset.answers(part),
            score=judged.score,
            fault=judged.fault,
            part=part,
            inquiry=inquiry,
            size=0 if walk.job is None else len(walk.job.model),
        )
    )


def run(  # noqa: PLR0913, PLR0917 - as `grade`
    submission: Submission,
    dataset: Dataset,
    sandbox: Sandbox,
    part: Part,
    watch: Watch = ignore,
    terms: Terms = USUAL,
    questions: Questions | None = None,
) -> Walk:
    """Takes a submission through the sandbox: a script is trained first, then its model answers."""
    limits = terms.answering(dataset.problem)
    if submission.kind is None:
        return Walk(Outcome(Ending.REFUSED, refusal=submission.refusal), "reading", limits)
    kind, model, training, log = submission.kind, submission.artifact, Timings(), ""
    if kind is ArtifactKind.SCRIPT:
        trained = train(submission, dataset, sandbox, watch, terms)
        if trained.outcome.ending is not Ending.COMPLETED:
            return trained
        kind, model = _trained_model(trained.outcome)
        training, log = trained.outcome.timings, trained.log
    job = AnswerJob(
        kind=kind,
        model=model,
        questions=questions or pack_questions(dataset, part),
        outputs=tuple(output.shape for output in dataset.outputs),
        limits=limits,
    )
    job, outcome = ask(job, sandbox, terms)
    return Walk(outcome, "answering", limits, training, job, log)


def train(submission: Submission, dataset: Dataset, sandbox: Sandbox, watch: Watch, terms: Terms) -> Walk:
    """Runs a training script on the public data, where scripts are taken."""
    limits = terms.training(dataset.problem)
    if not terms.allow_scripts:
        return Walk(Outcome(Ending.REFUSED, refusal=_NO_SCRIPTS), "reading", limits)
    job = TrainJob(script=submission.artifact, public=dataset.public, limits=limits, watch=watch)
    outcome = sandbox.train(job)
    return Walk(outcome, "training", limits, outcome.timings, log=outcome.log)


def ask(job: AnswerJob, sandbox: Sandbox, terms: Terms) -> tuple[AnswerJob, Outcome]:
    """Asks the model; again, in a worker used once, if it holds a Lambda layer and the terms allow that.

    Gives the job that was asked last, which is the one to ask again.
    """
    outcome = sandbox.answer(job)
    if not terms.allow_lambda or outcome.refusal is None or outcome.refusal.code != "lambda_layer":
        return job, outcome
    job = replace(job, allow_lambda=True)
    outcome = sandbox.answer(job)
    # Nothing that such a model says of itself is believed; this is said by us.
    return job, replace(outcome, facts=ModelFacts(adaptations=(_LAMBDA_RAN,)))


def pack_questions(dataset: Dataset, part: Part) -> Questions:
    """A part's questions in every form a model may ask for, as the sandbox takes them."""
    forms = tuple(InputForm(form.name, form.shape, form.dtype) for form in dataset.problem.inputs)
    return pack(dataset.questions(part), forms)


def judge(walk: Walk, dataset: Dataset, answers: Answers, part: Part) -> Judged:
    """Scores what came back, or says which fault keeps it from being scored.

    Raises:
        SandboxUnavailable: where a job is said to be done and nothing came back.
    """
    outcome = walk.outcome
    if outcome.ending is not Ending.COMPLETED:
        fault = outcome.refusal.code if outcome.refusal is not None else outcome.ending.value
        return Judged(fault=fault, reason=explain_fault(outcome, walk.doing, walk.limits))
    if outcome.predictions is None:
        raise SandboxUnavailable(
            "The sandbox finished without predictions.", "Submit again; report it if it stays."
        )
    try:
        earned = score(outcome.predictions, answers, rules_of(dataset))
    except Unreadable as error:
        return Judged(fault=error.code, reason=error.message)
    return Judged(earned, reason=explain_score(earned, dataset.problem.metric, len(answers.values), part))


def rules_of(dataset: Dataset) -> Rules:
    """A data set's rules: its edition's bands, and its number of classes in the shapes."""
    return Rules(dataset.problem.metric, dataset.bands, dataset.outputs, seed=dataset.fingerprint)


def verdict_of(judged: Judged) -> Verdict:
    """PASSED at full marks, PARTIAL below, INVALID where nothing could be scored."""
    if judged.score is None:
        return Verdict.INVALID
    return Verdict.PASSED if judged.score.score == FULL_MARKS else Verdict.PARTIAL


def our_fault(problem: str, edition: str, error: SandboxUnavailable) -> ScoreCard:
    """The card to show when the fault was ours. No ledger takes it: no attempt was used."""
    reason = f"{error.what} {error.remedy}".strip()
    return ScoreCard(problem=problem, edition=edition, verdict=Verdict.OUR_FAULT, reason=fit_to_show(reason))


def _with_reading(outcome: Outcome, judged: Judged, dataset: Dataset) -> ModelFacts:
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


def _spent(walk: Walk, scoring: float) -> Spent:
    trained = walk.training
    if walk.doing == "training":
        return Spent(
            start=trained.start,
            transfer=trained.transfer,
            train=trained.total - trained.start - trained.transfer,
            score=scoring,
            total=trained.total + scoring,
        )
    answered = walk.outcome.timings
    return Spent(
        start=trained.start + answered.start,
        transfer=trained.transfer + answered.transfer,
        train=max(0.0, trained.total - trained.start - trained.transfer),
        load=answered.load,
        predict=answered.predict,
        score=scoring,
        total=trained.total + answered.total + scoring,
    )


def _fingerprints(submission: Submission, dataset: Dataset, walk: Walk) -> Fingerprints:
    return Fingerprints(
        artifact=submission.digest,
        data=dataset.fingerprint,
        grader=grader_fingerprint(dataset.problem),
        environment=environment_fingerprint(walk.outcome.environment),
    )
