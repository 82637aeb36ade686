"""Where everyone stands: which attempt counts, what lateness costs, what a mentor decided, and the totals.

    cohort = stand(note, rules, attempts, decisions)

A pure function of what the ledger keeps and what the rules say: change a rule, and the next look shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ...classroom.rules import Attempts, CohortRules
from ...grader.records.cohort import (
    Attempt,
    Cohort,
    CohortNote,
    Decision,
    Learner,
    LearnerResult,
    Override,
    Result,
)
from ...grader.scoring.card import FULL_MARKS

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

_WHOLE: Final = 100.0
_Theirs = Mapping[tuple[str, str], Sequence[Attempt]]
_Decided = Mapping[tuple[str, str], Override]


def read_cohort(ledger: Ledger, name: str, rules: CohortRules) -> Cohort:
    """A cohort as it stands now. Raises NoSuchRecord, LedgerUnavailable."""
    book = ledger.cohorts
    return compute_results(book.read(name), rules, book.attempts(name), book.decisions(name))


def compute_results(
    note: CohortNote, rules: CohortRules, attempts: Iterable[Attempt], decisions: Iterable[Decision]
) -> Cohort:
    """The whole state. `attempts` come oldest first, as the ledger gives them; so do `decisions`."""
    theirs: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        theirs[attempt.entry.learner, attempt.entry.problem].append(attempt)
    decided = standing_overrides(decisions)
    return Cohort(
        name=note.name,
        problems=rules.ids,
        weights=tuple(one.weight for one in rules.problems),
        learners=tuple(_stand(learner, rules, theirs, decided) for learner in _everyone(note, theirs)),
        unmatched=note.unmatched,
        pending=tuple(each for each in note.pending if each.problem in rules.ids),
        deadline=rules.deadline,
    )


def standing_overrides(decisions: Iterable[Decision]) -> _Decided:
    """Of each learner and problem the decision that holds: the last one, unless it took the others back."""
    last = {(each.learner, each.problem): each.override for each in decisions}
    return {key: override for key, override in last.items() if override is not None}


def result_of(
    problem: str, attempts: Sequence[Attempt], override: Override | None, rules: CohortRules
) -> Result:
    """What one learner has in one problem.

    A mentor's override counts as it is: lateness costs it nothing.
    """
    ordered = in_time_order(attempts)
    allowed = ordered if rules.attempt_limit is None else ordered[: rules.attempt_limit]
    counted = _choose(allowed, rules)
    late_by = None if counted is None else rules.late_by(counted.entry.handed_in)
    penalty = 0.0 if override is not None else rules.late.cost(late_by)
    return Result(
        problem=problem,
        counted=None if counted is None else counted.record,
        attempts=tuple(attempt.record for attempt in ordered),
        handed_in=None if counted is None else counted.entry.handed_in,
        late_by=late_by,
        penalty=penalty,
        override=override,
        points=override.score if override is not None else _points(counted, rules),
    )


def in_time_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """By when they were handed in, where that is known of all of them; else in the order they came in."""
    if any(attempt.entry.handed_in is None for attempt in attempts):
        return list(attempts)
    return sorted(attempts, key=lambda attempt: attempt.entry.handed_in or datetime.min.replace(tzinfo=UTC))


def total_of(results: Sequence[Result], weights: Sequence[float]) -> float:
    """0 to 100: the points of all problems, each by its weight."""
    whole = sum(weights)
    if not whole:
        return 0.0
    earned = sum(weight * result.points for weight, result in zip(weights, results, strict=True))
    return _WHOLE * earned / (FULL_MARKS * whole)


def _stand(learner: Learner, rules: CohortRules, theirs: _Theirs, decided: _Decided) -> LearnerResult:
    results = tuple(
        result_of(problem, theirs.get((learner.id, problem), ()), decided.get((learner.id, problem)), rules)
        for problem in rules.ids
    )
    return LearnerResult(learner, results, total_of(results, [one.weight for one in rules.problems]))


def _everyone(note: CohortNote, theirs: _Theirs) -> list[Learner]:
    """The roster, then whoever handed in something and is not on it."""
    listed = {learner.id for learner in note.learners}
    waiting = {each.learner for each in note.pending}
    others = sorted(({learner for learner, _ in theirs} | waiting) - listed)
    return [*note.learners, *(Learner(other) for other in others)]


def _choose(attempts: Sequence[Attempt], rules: CohortRules) -> Attempt | None:
    """The last one; or the one worth most after lateness, a scored one before one that was not, the first."""
    if not attempts:
        return None
    if rules.attempts is Attempts.LAST:
        return attempts[-1]
    return max(attempts, key=lambda each: (_points(each, rules), each.record.card.score is not None))


def _points(attempt: Attempt | None, rules: CohortRules) -> float:
    if attempt is None or attempt.record.card.score is None:
        return 0.0
    return attempt.record.card.score * (1.0 - rules.late.cost(rules.late_by(attempt.entry.handed_in)))
