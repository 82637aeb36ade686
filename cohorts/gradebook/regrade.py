"""Scoring again what was answered before: no model runs, and nothing changes before a mentor has seen it.

changes = list(review(ledger, "spring", subjects))
commit(ledger, changes, by="m. ortiz", why="New bands.")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...grader.diagnosis import GradedRun, diagnose
from ...grader.grade import Graded, ScoringResult, earned_fields, scoring_spec_of, verdict_of
from ...grader.records.cohort import Attempt, Regraded
from ...grader.scoring.card import Finding, ScoreCard, Timings
from ...grader.scoring.reasons import explain_score
from ...grader.scoring.score import score
from ...grader.submission.submission import Submission
from ...problems import Labels, Split
from ...sandbox import ArtifactKind, Ending, Outcome
from ..batch.batch_store import has_changed
from ..integrity.contamination import HARDLY_ANY_ERROR, MEMORISED
from ..prepared_problem import PreparedProblem

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

_AT_ONCE: Final = 50
_LASTING: Final = frozenset({MEMORISED, HARDLY_ANY_ERROR})
_NOTHING_EARNED: Final[Mapping[str, Any]] = {
    "score": None,
    "value": None,
    "interval": None,
    "scores_in_interval": (),
    "margin": None,
}


@dataclass(frozen=True)
class Change:
    """What an attempt would be scored now."""

    attempt: Attempt
    prepared: PreparedProblem
    card: ScoreCard

    @property
    def moves(self) -> bool:
        """Whether the learner gets another score."""
        return self.card.score != self.attempt.record.card.score


@dataclass(frozen=True)
class Stuck:
    """An attempt that cannot be scored again from what is kept."""

    attempt: Attempt
    why: str


def review(
    ledger: Ledger, cohort: str, prepared_problems: Mapping[str, PreparedProblem]
) -> Iterator[Change | Stuck]:
    """Everything that would be scored otherwise today, without changing anything.

    Raises:
        NoSuchRecord, LedgerUnavailable: as the ledger does.
    """
    labels = {
        problem: prepared.dataset.labels(Split.HIDDEN) for problem, prepared in prepared_problems.items()
    }
    for attempt in ledger.cohorts.attempts(cohort):
        prepared = prepared_problems.get(attempt.entry.problem)
        if prepared is None or not has_changed(attempt, prepared):
            continue
        if attempt.entry.inputs != prepared.inputs.digest:
            yield Stuck(
                attempt, "It answered other questions. `tfprep cohort grade --regrade-changed` asks again."
            )
            continue
        predictions = ledger.predictions(attempt.record.number)
        if predictions is None:
            yield Stuck(attempt, "It never answered. `tfprep cohort grade --regrade-changed` runs it again.")
        else:
            yield Change(
                attempt, prepared, rescore(attempt, prepared, predictions, labels[attempt.entry.problem])
            )


def rescore(
    attempt: Attempt, prepared: PreparedProblem, predictions: NDArray[Any], labels: Labels
) -> ScoreCard:
    """The card of an attempt by today's rules: a pure function of what it answered."""
    old, dataset = attempt.record.card, prepared.dataset
    try:
        earned = score(predictions, labels, scoring_spec_of(dataset))
    except UnreadablePredictions as error:
        judged = ScoringResult(fault=error.code, reason=error.message)
    else:
        told = explain_score(earned, dataset.problem.metric, len(labels.values), Split.HIDDEN)
        judged = ScoringResult(earned, reason=told)
    return replace(
        old,
        verdict=verdict_of(judged),
        reason=judged.reason,
        bands=dataset.bands,
        findings=_findings(attempt, prepared, predictions, labels, judged),
        timings=Timings(),
        fingerprints=replace(old.fingerprints, data=dataset.fingerprint, grader=prepared.grader)
        if old.fingerprints
        else None,
        **(earned_fields(judged.score) or _NOTHING_EARNED),
    )


def commit(ledger: Ledger, changes: Sequence[Change], by: str, why: str) -> int:
    """Keeps the new scores beside the old ones, and lets them count; gives how many.

    Interrupted, it leaves some as they were: the next review finds them.
    """
    for first in range(0, len(changes), _AT_ONCE):
        together = changes[first : first + _AT_ONCE]
        ledger.record_all([(_graded(ledger, change), _companion(change, by, why)) for change in together])
    return len(changes)


def _findings(
    attempt: Attempt,
    prepared: PreparedProblem,
    predictions: NDArray[Any],
    labels: Labels,
    judged: ScoringResult,
) -> tuple[Finding, ...]:
    """What was found stays true while the score does; else what the answers alone show.

    Whether the questions are known by heart is no matter of bands: what was seen of that stays.
    """
    old = attempt.record.card
    if judged.score is None or judged.score.score == old.score:
        return old.findings
    lasting = tuple(finding for finding in old.findings if finding.code in _LASTING)
    return lasting + diagnose(
        GradedRun(
            dataset=prepared.dataset,
            outcome=Outcome(Ending.COMPLETED, predictions=predictions),
            labels=labels,
            score=judged.score,
            size=attempt.record.size,
        )
    )


def _graded(ledger: Ledger, change: Change) -> Graded:
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
    return Graded(
        submission,
        change.card,
        ledger.predictions(record.number),
        weight_fingerprint=record.weight_fingerprint,
    )


def _companion(change: Change, by: str, why: str) -> Regraded:
    entry = change.attempt.entry
    return Regraded(
        change.attempt.entry_number, change.prepared.grading_config, entry.inputs, by, why, entry.copied_from
    )
