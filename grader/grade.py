"""The grading of one submission: run it in a sandbox, score it, explain the score, fill in a card.

`evaluation.py` runs it. Scoring happens here, outside of the sandbox, against labels that it never gets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from ..errors import SandboxUnavailable, UnreadablePredictions
from ..files.text import Tell, say_nothing
from ..problems import Dataset, Labels, Split
from ..sandbox import Ending, JobTimings, Limits, ModelFacts, Outcome, Sandbox
from .diagnosis import GradedRun, ProbeResults, diagnose
from .evaluation import EvaluationSet, SandboxRun, make_evaluation_set, run_submission
from .scoring.card import FULL_MARKS, ON_COPIES, Finding, Fingerprints, ScoreCard, Timings, Verdict
from .scoring.reasons import FaultClass, explain_fault, explain_score, fault_class, list_facts
from .scoring.score import Score, matching_output, score
from .scoring.specification import ScoringSpec, environment_fingerprint
from .submission import DEFAULT_POLICY, SubmissionPolicy
from .submission.submission import Submission

if TYPE_CHECKING:
    from .copies import CopiesResult
    from .training_trend import Trend

WorthExplaining = Callable[[NDArray[Any]], bool]
"""Whether predictions (n, *output) that were scored are to be explained."""
_FOR_FINDINGS: Final = 0.2
"""Of a model's time limit, for predictions that only explain its score."""


@dataclass(frozen=True)
class Graded:
    """A submission, its card, and the predictions that were scored: what a ledger keeps."""

    submission: Submission
    card: ScoreCard
    predictions: NDArray[Any] | None = field(default=None, repr=False)
    """(n, *output), as the model gave them; None where it gave none."""
    fault: FaultClass | None = None
    """What kept it from being scored, as an exam shows it; None where it was scored."""
    weight_fingerprint: str = ""
    """Of the model's weights, to compare models by. The process that ran the model wrote it: for no score."""


@dataclass(frozen=True)
class ScoringResult:
    """Either a score, or the fault that makes the submission INVALID."""

    score: Score | None = None
    fault: str = ""
    reason: str = ""


def always(predictions: NDArray[Any]) -> bool:
    """Explains every score."""
    return True


def grade(  # noqa: PLR0913 - each option is independent of the others
    submission: Submission,
    data: Dataset | EvaluationSet,
    sandbox: Sandbox,
    *,
    policy: SubmissionPolicy = DEFAULT_POLICY,
    watch: Tell = say_nothing,
    worth_explaining: WorthExplaining = always,
    trend: Trend | None = None,
) -> Graded:
    """Grade a submission.

    Args:
        submission: what was read and recognised.
        data: a data set, whose hidden test set is used; or any split of one, made ready beforehand.
        sandbox: an open sandbox. A script is trained and its model predicts in it.
        policy: what a submission may hold and how long it may run; a cohort's rules set it.
        watch: gets each line that a training script prints.
        trend: how the model was trained, by a log beside it; of a script, by what it prints.
        worth_explaining: where it says no, a score has no findings, and the model predicts nothing more.

    Returns:
        The card, with a score or with the reason why it is INVALID, and the predictions.

    Raises:
        SandboxUnavailable: the sandbox failed. There is no card and nothing to record.
        BadData: the split cannot be read.
    """
    evaluation_set = data if isinstance(data, EvaluationSet) else make_evaluation_set(data)
    run = run_submission(submission, evaluation_set, sandbox, policy, watch)
    began = perf_counter()
    result = score_run(run, evaluation_set)
    predictions = run.outcome.predictions
    unexplained = result.score is not None and predictions is not None and not worth_explaining(predictions)
    copies = None if unexplained else look_at_copies(run, result, evaluation_set, sandbox)
    trend = trend or _printed_trend(run)
    reasons = () if unexplained else find_reasons(run, result, evaluation_set, sandbox, trend)
    findings = (*copies.findings, *reasons) if copies else reasons
    timings = _timings(run, scoring=perf_counter() - began)
    return Graded(
        submission=submission,
        card=_make_card(submission, evaluation_set.dataset, run, result, findings, copies, timings),
        predictions=predictions,
        fault=None if result.score is not None else fault_class(run.outcome, result.fault),
        weight_fingerprint=run.outcome.facts.weight_fingerprint,
    )


def look_at_copies(
    run: SandboxRun, result: ScoringResult, evaluation_set: EvaluationSet, sandbox: Sandbox
) -> CopiesResult | None:
    """What predictions for copies tell of a scored model; None where there were no copies."""
    mixed, predicted, key = evaluation_set.mixed, run.predicted, evaluation_set.key
    if mixed is None or key is None or predicted is None or run.job is None or result.score is None:
        return None
    from .copies import CopiesCheck

    check = CopiesCheck(evaluation_set.dataset, evaluation_set.split, mixed, predicted, result.score.score)
    return check.look_closer(replace(run.job, limits=_what_is_left(run)), key, sandbox)


def score_run(run: SandboxRun, evaluation_set: EvaluationSet) -> ScoringResult:
    """Score what came back, or say which fault keeps it from being scored.

    Raises:
        SandboxUnavailable: the job completed and nothing came back.
    """
    outcome = run.outcome
    if outcome.ending is not Ending.COMPLETED:
        fault = outcome.refusal.code if outcome.refusal is not None else outcome.ending.value
        return ScoringResult(fault=fault, reason=explain_fault(outcome, run.step, run.limits))
    if outcome.predictions is None:
        raise SandboxUnavailable(
            "The sandbox finished without predictions.", "Submit again; report it if it stays."
        )
    dataset, split = evaluation_set.dataset, evaluation_set.split
    return score_predictions(outcome.predictions, dataset, dataset.labels(split), split)


def score_predictions(
    predictions: NDArray[Any], dataset: Dataset, labels: Labels, split: Split
) -> ScoringResult:
    """Score predictions against labels: the same values give the same score, bit for bit.

    Args:
        predictions: (n, *output), as a model gave them.
        dataset: with the metric, the bands and the output shapes that can be scored.
        labels: n of them, in the same order.
        split: which part of the data they are of, for the reason in words.

    Returns:
        The score with its reason; or the fault and its reason where the predictions have a shape or a type
        that no output has, or are not finite.
    """
    try:
        earned = score(predictions, labels, ScoringSpec.of(dataset))
    except UnreadablePredictions as error:
        return ScoringResult(fault=error.code, reason=error.message)
    half = dataset.half if split is Split.HIDDEN else ""
    reason = explain_score(earned, dataset.problem.metric, len(labels.values), split, half)
    return ScoringResult(earned, reason=reason)


def find_reasons(
    run: SandboxRun,
    result: ScoringResult,
    evaluation_set: EvaluationSet,
    sandbox: Sandbox,
    trend: Trend | None = None,
) -> tuple[Finding, ...]:
    """The findings. A model that was scored below full marks first predicts on perturbed inputs too."""
    dataset, split = evaluation_set.dataset, evaluation_set.split
    probes = ProbeResults()
    if run.job is not None and result.score is not None and result.score.score < FULL_MARKS:
        job = replace(run.job, limits=_what_is_left(run))
        probes = evaluation_set.prober.probe(job, run.outcome.facts, sandbox)
    return diagnose(
        GradedRun(
            dataset=dataset,
            outcome=run.outcome,
            labels=dataset.labels(split),
            score=result.score,
            fault=result.fault,
            split=split,
            probes=probes,
            size=0 if run.job is None else len(run.job.model),
            trend=trend,
        )
    )


def _printed_trend(run: SandboxRun) -> Trend | None:
    """How a script's training went, by what it printed."""
    if not run.log:
        return None
    from .submission.curves import read_printed
    from .training_trend import read_trend

    return read_trend(read_printed(run.log))


def _what_is_left(run: SandboxRun) -> Limits:
    """For explaining a score: the time that the model has not used, and a fifth of its limit at least."""
    spent = run.outcome.timings.total - run.outcome.timings.start - run.outcome.timings.transfer
    most = run.limits.seconds
    return replace(run.limits, seconds=max(most - spent, _FOR_FINDINGS * most), wall_clock_factor=1.0)


def verdict_of(result: ScoringResult) -> Verdict:
    """PASSED at full marks, PARTIAL below, INVALID where nothing could be scored."""
    if result.score is None:
        return Verdict.INVALID
    return Verdict.PASSED if result.score.score == FULL_MARKS else Verdict.PARTIAL


def earned_fields(score: Score | None) -> dict[str, Any]:
    """What a score fills into a card; nothing where there is none."""
    if score is None:
        return {}
    names = ("score", "value", "interval", "scores_in_interval", "margin")
    return {name: getattr(score, name) for name in names}


def _make_card(  # noqa: PLR0913, PLR0917 - a card has as many sources
    submission: Submission,
    dataset: Dataset,
    run: SandboxRun,
    result: ScoringResult,
    findings: tuple[Finding, ...],
    copies: CopiesResult | None,
    timings: Timings,
) -> ScoreCard:
    return ScoreCard(
        problem=dataset.problem.id,
        data_source=dataset.data_source,
        verdict=verdict_of(result),
        reason=result.reason,
        metric=dataset.problem.metric.name,
        unit=dataset.problem.metric.unit,
        bands=dataset.bands,
        findings=findings,
        timings=timings,
        fingerprints=Fingerprints(
            artifact=submission.digest,
            data=dataset.fingerprint,
            scoring=ScoringSpec.of(dataset).digest,
            environment=environment_fingerprint(run.outcome.environment),
        ),
        model={
            **list_facts(_facts(run.outcome, result, dataset)),
            **({ON_COPIES: copies.figures} if copies and copies.figures else {}),
        },
        log=run.log,
        half=dataset.half,
        **earned_fields(result.score),
    )


def _facts(outcome: Outcome, result: ScoringResult, dataset: Dataset) -> ModelFacts:
    """What is known of the model, and how its predictions were read where they have an unusual shape."""
    if result.score is None or outcome.predictions is None:
        return outcome.facts
    output = matching_output(outcome.predictions, len(outcome.predictions), dataset.outputs)
    if output == dataset.outputs[0]:
        return outcome.facts
    shape = ", ".join(["n", *(str(size) for size in output.shape)]) + ("" if output.shape else ",")
    note = f"The model's output is ({shape}), taken as {output.meaning}."
    return replace(outcome.facts, adaptations=(*outcome.facts.adaptations, note))


def _timings(run: SandboxRun, scoring: float) -> Timings:
    trained = run.training
    train_seconds = trained.total - trained.start - trained.transfer
    predicted = JobTimings() if run.step == "training" else run.outcome.timings
    return Timings(
        start=trained.start + predicted.start,
        transfer=trained.transfer + predicted.transfer,
        train=max(0.0, train_seconds),
        load=predicted.load,
        predict=predicted.predict,
        score=scoring,
        total=trained.total + predicted.total + scoring,
    )
