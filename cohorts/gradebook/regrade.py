"""Scores stored predictions again, under today's bands, labels and grader. No model is run.

changes = list(review(ledger, "spring", prepared))
commit(ledger, changes, by="m. ortiz", why="New bands.")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...grader.copies import CODES
from ...grader.diagnosis import GradedRun, diagnose
from ...grader.grade import Graded, ScoringResult, earned_fields, verdict_of
from ...grader.parallel.prepared_problem import PreparedProblem, has_changed
from ...grader.records.cohort_runs import Attempt, Regraded
from ...grader.scoring.card import Finding, ScoreCard, Timings
from ...grader.scoring.reasons import explain_score
from ...grader.scoring.score import score
from ...grader.submission.submission import Submission
from ...problems import Labels, Split
from ...sandbox import ArtifactKind, Ending, Outcome

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

_AT_ONCE: Final = 50
_RUN_AGAIN: Final = "`tfprep cohort grade --rerun-changed` runs it again."
_NOTHING_EARNED: Final[Mapping[str, Any]] = {
    "score": None,
    "value": None,
    "interval": None,
    "scores_in_interval": (),
    "margin": None,
}


@dataclass(frozen=True)
class OtherCard:
    """An attempt and another card that it would have."""

    attempt: Attempt
    card: ScoreCard

    @property
    def moves(self) -> bool:
        """Whether the score is another one."""
        return self.card.score != self.attempt.record.card.score


@dataclass(frozen=True)
class CardChange(OtherCard):
    """An attempt and the card it would have now."""

    prepared: PreparedProblem


@dataclass(frozen=True)
class CannotRegrade:
    """An attempt that has changed and cannot be scored again from what is stored."""

    attempt: Attempt
    why: str


def review(
    ledger: Ledger, cohort: str, prepared_problems: Mapping[str, PreparedProblem]
) -> Iterator[CardChange | CannotRegrade]:
    """Every attempt whose card could be different today. Nothing is stored.

    Raises:
        NoSuchRecord: there is no cohort of this name.
        LedgerUnavailable: the ledger cannot be read.
    """
    labels = {problem: each.dataset.labels(Split.HIDDEN) for problem, each in prepared_problems.items()}
    for attempt in ledger.cohorts.attempts(cohort):
        problem = attempt.entry.problem
        prepared = prepared_problems.get(problem)
        if prepared is None or not has_changed(attempt, prepared):
            continue
        if attempt.entry.inputs != prepared.inputs.digest and not _is_of_the_whole(attempt, prepared):
            yield CannotRegrade(attempt, f"Its predictions are for other inputs. {_RUN_AGAIN}")
            continue
        predictions = _stored_predictions(ledger, attempt, prepared)
        if predictions is None:
            yield CannotRegrade(attempt, f"It gave no predictions. {_RUN_AGAIN}")
        else:
            yield CardChange(attempt, rescore(attempt, prepared, predictions, labels[problem]), prepared)


def rescore(
    attempt: Attempt, prepared: PreparedProblem, predictions: NDArray[Any], labels: Labels
) -> ScoreCard:
    """The card of an attempt under today's configuration.

    Args:
        attempt: with the card it has.
        prepared: its problem.
        predictions: (n, *output) the stored predictions.
        labels: of the hidden split, in the same order.
    """
    old, dataset = attempt.record.card, prepared.dataset
    try:
        earned = score(predictions, labels, prepared.scoring)
    except UnreadablePredictions as error:
        result = ScoringResult(fault=error.code, reason=error.message)
    else:
        count = len(labels.values)
        reason = explain_score(earned, dataset.problem.metric, count, Split.HIDDEN, dataset.half)
        result = ScoringResult(earned, reason=reason)
    fingerprints = old.fingerprints and replace(
        old.fingerprints, data=dataset.fingerprint, scoring=prepared.scoring.digest
    )
    return replace(
        old,
        verdict=verdict_of(result),
        reason=result.reason,
        bands=dataset.bands,
        findings=_findings(attempt, prepared, predictions, labels, result),
        timings=Timings(),
        fingerprints=fingerprints,
        half=dataset.half,
        **(earned_fields(result.score) or _NOTHING_EARNED),
    )


def commit(ledger: Ledger, changes: Sequence[CardChange], by: str, why: str) -> int:
    """Stores the new scores, which count from now on, beside the old ones. Returns how many.

    An interruption leaves some attempts as they were: the next review finds them.
    """
    act = uuid4().hex
    for first in range(0, len(changes), _AT_ONCE):
        together = changes[first : first + _AT_ONCE]
        ledger.record_all(
            [(_graded(ledger, change), _attachment(change, by, why, act)) for change in together]
        )
    return len(changes)


def _findings(
    attempt: Attempt,
    prepared: PreparedProblem,
    predictions: NDArray[Any],
    labels: Labels,
    result: ScoringResult,
) -> tuple[Finding, ...]:
    """The old findings while the score is the same; else those that the predictions alone give.

    Findings on changed copies do not depend on bands: they stay.
    """
    old = attempt.record.card
    if result.score is None or result.score.score == old.score:
        return old.findings
    lasting = tuple(finding for finding in old.findings if finding.code in CODES)
    return lasting + diagnose(
        GradedRun(
            dataset=prepared.dataset,
            outcome=Outcome(Ending.COMPLETED, predictions=predictions),
            labels=labels,
            score=result.score,
            size=attempt.record.size,
        )
    )


def _graded(ledger: Ledger, change: CardChange) -> Graded:
    record = change.attempt.record
    submission = Submission(
        problem=record.card.problem,
        learner=record.learner,
        name=record.name,
        kind=ArtifactKind(record.kind) if record.kind else None,
        artifact=b"",
        digest=record.digest,
        size=record.size,
    )
    predictions = _stored_predictions(ledger, change.attempt, change.prepared)
    return Graded(submission, change.card, predictions, weight_fingerprint=record.weight_fingerprint)


def _is_of_the_whole(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """Whether it was scored on the whole hidden test set, of which a half counts now."""
    prints, dataset = attempt.record.card.fingerprints, prepared.dataset
    return prints is not None and bool(dataset.whole) and prints.data == dataset.whole


def _stored_predictions(ledger: Ledger, attempt: Attempt, prepared: PreparedProblem) -> NDArray[Any] | None:
    """(n, *output) What a model predicted for the inputs that count now; None where it gave nothing."""
    predictions, places = ledger.predictions(attempt.record.number), prepared.dataset.places
    if predictions is None or places is None or not _is_of_the_whole(attempt, prepared):
        return predictions
    return predictions[places] if len(predictions) > places.max() else predictions


def _attachment(change: CardChange, by: str, why: str, act: str) -> Regraded:
    entry = change.attempt.entry
    return Regraded(
        entry=change.attempt.entry_number,
        grading_config=change.prepared.grading_config,
        inputs=change.prepared.inputs.digest,
        by=by,
        why=why,
        act=act,
        copied_from=entry.copied_from,
    )
