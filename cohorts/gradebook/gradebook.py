"""Computes a cohort's results: which attempt counts, lateness, overrides and totals.

    cohort = compute_results(note, rules, attempts, decisions)

A pure function of the ledger and the rules: a changed rule shows at the next call.
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
_Attempts = Mapping[tuple[str, str], Sequence[Attempt]]
_Overrides = Mapping[tuple[str, str], Override]


def read_cohort(ledger: Ledger, name: str, rules: CohortRules) -> Cohort:
    """The results of the cohort of this name, under these rules. Raises NoSuchRecord, LedgerUnavailable."""
    cohorts = ledger.cohorts
    return compute_results(cohorts.read(name), rules, cohorts.attempts(name), cohorts.decisions(name))


def compute_results(
    note: CohortNote, rules: CohortRules, attempts: Iterable[Attempt], decisions: Iterable[Decision]
) -> Cohort:
    """A cohort's results.

    Args:
        note: the roster, and what is pending or unmatched.
        rules: the problems and their weights, the deadline, which attempt counts.
        attempts: oldest first, as the ledger gives them.
        decisions: the mentor's overrides, oldest first.
    """
    by_learner: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.withdrawn:
            continue
        by_learner[attempt.entry.learner, attempt.entry.problem].append(attempt)
    overrides = current_overrides(decisions)
    return Cohort(
        name=note.name,
        problems=rules.ids,
        weights=tuple(one.weight for one in rules.problems),
        learners=tuple(
            _all_of(learner, rules, by_learner, overrides) for learner in _everyone(note, by_learner)
        ),
        unmatched=note.unmatched,
        pending=tuple(each for each in note.pending if each.problem in rules.ids),
        deadline=rules.deadlines.cohort,
    )


def current_overrides(decisions: Iterable[Decision]) -> _Overrides:
    """The override of each learner and problem: the last one, unless it was taken back."""
    last = {(each.learner, each.problem): each.override for each in decisions}
    return {key: override for key, override in last.items() if override is not None}


def result_of(
    problem: str,
    attempts: Sequence[Attempt],
    override: Override | None,
    rules: CohortRules,
    deadline: datetime | None,
) -> Result:
    """One learner's result in one problem. Lateness does not reduce a mentor's override."""
    ordered = in_time_order(attempts)
    allowed = ordered if rules.attempt_limit is None else ordered[: rules.attempt_limit]
    counted = _choose(allowed, rules, deadline)
    lateness = None if counted is None else rules.deadlines.lateness(deadline, counted.entry.handed_in)
    penalty = 0.0 if override is not None else rules.late.cost(lateness)
    return Result(
        problem=problem,
        counted=None if counted is None else counted.record,
        attempts=tuple(attempt.record for attempt in ordered),
        handed_in=None if counted is None else counted.entry.handed_in,
        deadline=deadline,
        late_by=None if lateness is None else lateness.by,
        penalty=penalty,
        override=override,
        points=override.score if override is not None else _points(counted, rules, deadline),
    )


def in_time_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """By hand-in time, where it is known for all of them; else in the given order."""
    if any(attempt.entry.handed_in is None for attempt in attempts):
        return list(attempts)
    return sorted(attempts, key=lambda attempt: attempt.entry.handed_in or datetime.min.replace(tzinfo=UTC))


def total_of(results: Sequence[Result], weights: Sequence[float]) -> float:
    """0 to 100: the weighted points of all problems."""
    whole = sum(weights)
    if not whole:
        return 0.0
    earned = sum(weight * result.points for weight, result in zip(weights, results, strict=True))
    return _WHOLE * earned / (FULL_MARKS * whole)


def _all_of(
    learner: Learner, rules: CohortRules, by_learner: _Attempts, overrides: _Overrides
) -> LearnerResult:
    results = tuple(
        result_of(
            problem,
            by_learner.get((learner.id, problem), ()),
            overrides.get((learner.id, problem)),
            rules,
            rules.deadlines.of(problem, learner.id, learner.email, learner.name),
        )
        for problem in rules.ids
    )
    return LearnerResult(learner, results, total_of(results, [one.weight for one in rules.problems]))


def _everyone(note: CohortNote, by_learner: _Attempts) -> list[Learner]:
    """The roster, then everybody else with a submission."""
    found = {learner for learner, _ in by_learner} | {each.learner for each in note.pending}
    listed = [each for each in note.learners if note.has_roster or each.id in found]
    others = sorted(found - {each.id for each in listed})
    return [*listed, *(Learner(other) for other in others)]


def _choose(attempts: Sequence[Attempt], rules: CohortRules, deadline: datetime | None) -> Attempt | None:
    """The last attempt; or the one with most points: a scored one first, then the oldest."""
    if not attempts:
        return None
    if rules.attempts is Attempts.LAST:
        return attempts[-1]
    return max(
        attempts, key=lambda each: (_points(each, rules, deadline), each.record.card.score is not None)
    )


def _points(attempt: Attempt | None, rules: CohortRules, deadline: datetime | None) -> float:
    if attempt is None or attempt.record.card.score is None:
        return 0.0
    lateness = rules.deadlines.lateness(deadline, attempt.entry.handed_in)
    return attempt.record.card.score * (1.0 - rules.late.cost(lateness))
