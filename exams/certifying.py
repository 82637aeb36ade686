"""Fills in certificates: what each problem came to, and the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..files.text import one_line
from ..grader.copies import CODES
from ..grader.grade import Graded, ScoringResult
from ..grader.records.exam import TO_PASS
from ..grader.scoring.card import Finding
from ..grader.scoring.specification import ScoringSpec
from ..problems import Dataset
from .certificate import Certificate, CertifiedProblem
from .checks import OpenedHandIn
from .config import ExamProblem
from .result import exam_total, points_of_score


def certify(
    hand_in: OpenedHandIn,
    problem: ExamProblem,
    variant: Dataset,
    found: ScoringResult,
    graded: Graded | None,
) -> tuple[CertifiedProblem, tuple[str, ...]]:
    """What one problem came to, and what a mentor should know of it.

    Args:
        hand_in: whose it is.
        problem: of its rules.
        variant: the examples that its learner is asked.
        found: the score on these, or why there is none.
        graded: the model on the exam's whole half; None where nothing was handed in.
    """
    weights = sum(each.weight for each in hand_in.config.problems)
    score = None if found.score is None else found.score.score
    points, possible = points_of_score(score, problem.weight, weights)
    prints = None if graded is None else graded.card.fingerprints
    taken = [each for each in hand_in.notes.models if each.problem == problem.problem]
    result = CertifiedProblem(
        problem=variant.problem.id,
        name=variant.problem.name,
        title=variant.problem.title,
        weight=problem.weight,
        score=score,
        points=points,
        possible=possible,
        reason=one_line(found.reason, 2_000),
        artifact="" if graded is None else graded.submission.digest,
        hidden=problem.hidden,
        examples=variant.counts.hidden,
        scoring=ScoringSpec.of(variant).digest,
        environment="" if prints is None else prints.environment,
        automatic=any(each.automatic for each in taken),
    )
    seen = [] if graded is None else [_knows_hidden(result.problem, each) for each in graded.card.findings]
    if result.scoring != problem.scoring:
        seen.append(
            f"{result.problem} was scored by another version of tfprep than the one that packed the exam "
            f"(digests {result.scoring[:12]}, {problem.scoring[:12]}). The bands are those of the pack."
        )
    return result, tuple(filter(None, seen))


def fill_in(
    hand_in: OpenedHandIn,
    name: str,
    results: Iterable[CertifiedProblem],
    graded: datetime,
    remarks: Sequence[str],
) -> Certificate:
    """The certificate of a hand-in.

    Args:
        hand_in: what was handed in.
        name: the learner's, as it is shown.
        results: of all its problems.
        graded: when.
        remarks: on its data; those on the exam session are the hand-in's.
    """
    problems = tuple(sorted(results, key=lambda each: each.problem))
    notes, total = hand_in.notes, min(100.0, exam_total(problems))
    return Certificate(
        exam=hand_in.config.exam,
        cohort=hand_in.config.cohort,
        learner=hand_in.learner,
        name=name,
        started=notes.started,
        ended=notes.ended,
        graded=graded,
        allowed_seconds=notes.allowed_seconds,
        spent_seconds=notes.spent_seconds,
        returned_seconds=sum(each.seconds for each in notes.returned),
        problems=problems,
        total=total,
        passed=total >= TO_PASS,
        hand_in=hand_in.digest,
        remarks=(*hand_in.remarks, *remarks),
    )


def _knows_hidden(problem: str, finding: Finding) -> str:
    """What tells that a model knows hidden examples; nothing of other findings."""
    if finding.code not in CODES:
        return ""
    return one_line(f"{problem}: {finding.what} {finding.evidence}", 1_000)
