"""Computes a cohort's results: which attempt counts, lateness, overrides and totals.

    cohort = compute_results(note, rules, attempts, decisions)

A pure function of the ledger and the rules: a changed rule shows at the next call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ...classroom.roster import own_names
from ...classroom.rules import AttemptPolicy, CohortRules, Missing
from ...grader.records.cohort import EXAM_COLUMN, Cohort, Learner, LearnerResult, Override, Result
from ...grader.records.cohort_runs import Attempt, CohortNote, Decision
from ...grader.scoring.card import FULL_MARKS
from .dated_attempts import DatedAttempt, dated_attempts

_WHOLE: Final = 100.0
_HandIns = Mapping[tuple[str, str], Sequence[DatedAttempt]]
_Overrides = Mapping[tuple[str, str], Override]


@dataclass(frozen=True)
class _Due:
    """When one learner's hand-ins for one problem were due."""

    moment: datetime | None
    is_extended: bool


def compute_results(
    note: CohortNote, rules: CohortRules, attempts: Iterable[Attempt], decisions: Iterable[Decision]
) -> Cohort:
    """A cohort's results.

    Args:
        note: the roster, what is pending or unmatched, and what the runs found.
        rules: the problems and their weights, the deadline, which attempt counts.
        attempts: as the ledger gives them.
        decisions: the mentor's overrides, oldest first.
    """
    by_learner = dated_attempts(attempts, note.runs)
    people = _everyone(note, by_learner)
    names = own_names(people)
    overrides = current_overrides(decisions)
    return Cohort(
        name=note.name,
        problems=rules.ids,
        weights=tuple(one.weight for one in rules.problems),
        learners=tuple(
            _all_of(learner, names[learner.id], rules, by_learner, overrides) for learner in people
        ),
        unmatched=note.unmatched,
        pending=tuple(each for each in note.pending if each.problem in rules.ids),
        deadline=rules.deadlines.cohort,
        zone=rules.zone,
        missing_is_zero=rules.missing is Missing.ZERO,
        export_total=rules.export_total,
        pass_mark=rules.pass_mark,
        canvas_columns=_canvas_columns(rules),
        assignments=note.assignments,
        places={
            (file.learner, file.problem, file.digest): file.found_at
            for run in note.runs
            for file in run.files
            if file.digest  # A run that was killed may have read no file yet.
        },
        exams=note.exams,
    )


def _canvas_columns(rules: CohortRules) -> dict[str, str]:
    named = {EXAM_COLUMN: rules.exam.canvas} | {one.problem.id: one.canvas for one in rules.problems}
    return {name: column for name, column in named.items() if column}


def current_overrides(decisions: Iterable[Decision]) -> _Overrides:
    """The override of each learner and problem: the last one, unless it was taken back."""
    last = {(each.learner, each.problem): each.override for each in decisions}
    return {key: override for key, override in last.items() if override is not None}


def result_of(
    problem: str,
    dated_attempts: Sequence[DatedAttempt],
    override: Override | None,
    rules: CohortRules,
    deadline: datetime | None,
) -> Result:
    """One learner's result in one problem. Lateness does not reduce a mentor's override.

    Args:
        problem: its id.
        dated_attempts: oldest first; the same attempt may be among them twice.
        override: the mentor's own score.
        rules: which attempt counts, and what lateness costs.
        deadline: this learner's own.
    """
    allowed = dated_attempts if rules.attempt_limit is None else dated_attempts[: rules.attempt_limit]
    due = _Due(deadline, is_extended=deadline != rules.deadlines.of(problem))
    counted = _choose(allowed, rules, due)
    lateness = None if counted is None else rules.deadlines.lateness(deadline, counted.when)
    return Result(
        problem=problem,
        counted=None if counted is None else counted.attempt.record,
        attempts=tuple({each.attempt.entry_number: each.attempt.record for each in dated_attempts}.values()),
        handed_in=None if counted is None else counted.when,
        times=_first_times(dated_attempts),
        partners={each.attempt.record.number: each.partners for each in dated_attempts if each.partners},
        deadline=deadline,
        late_by=None if lateness is None else lateness.by,
        penalty=0.0 if override is not None else _cost(counted, rules, due),
        marked_late=counted is not None and counted.when is None and counted.marked_late,
        override=override,
        points=override.score if override is not None else _points(counted, rules, due),
    )


def _first_times(dated_attempts: Sequence[DatedAttempt]) -> dict[int, datetime]:
    """When each attempt was first handed in, by its record's number; only where every time of it is known."""
    times: dict[int, list[datetime | None]] = defaultdict(list)
    for each in dated_attempts:
        times[each.attempt.record.number].append(each.when)
    return {number: min(known) for number, all_of in times.items() if (known := _all_known(all_of))}


def _all_known(times: Sequence[datetime | None]) -> list[datetime]:
    """The times; empty where one is not known."""
    known = [when for when in times if when is not None]
    return known if len(known) == len(times) else []


def total_of(results: Sequence[Result], weights: Sequence[float]) -> float:
    """0 to 100: the weighted points of all problems."""
    whole = sum(weights)
    if not whole:
        return 0.0
    earned = sum(weight * result.points for weight, result in zip(weights, results, strict=True))
    return _WHOLE * earned / (FULL_MARKS * whole)


def _all_of(
    learner: Learner,
    names: tuple[str, ...],
    rules: CohortRules,
    by_learner: _HandIns,
    overrides: _Overrides,
) -> LearnerResult:
    """All results of a learner. `names`: those that nobody else has, by which an extension is theirs."""
    results = tuple(
        result_of(
            problem,
            by_learner.get((learner.id, problem), ()),
            overrides.get((learner.id, problem)),
            rules,
            rules.deadlines.of(problem, *names),
        )
        for problem in rules.ids
    )
    return LearnerResult(learner, results, total_of(results, [one.weight for one in rules.problems]))


def _everyone(note: CohortNote, by_learner: _HandIns) -> list[Learner]:
    """The roster, then everybody else with a submission."""
    found = {learner for learner, _ in by_learner} | {each.learner for each in note.pending}
    listed = [each for each in note.learners if note.has_roster or each.id in found]
    others = sorted(found - {each.id for each in listed})
    return [*listed, *(Learner(other) for other in others)]


def _choose(dated_attempts: Sequence[DatedAttempt], rules: CohortRules, due: _Due) -> DatedAttempt | None:
    """The last one; or the one with most points: a scored one first, then the oldest."""
    if not dated_attempts:
        return None
    if rules.attempts is AttemptPolicy.LAST:
        return dated_attempts[-1]
    return max(dated_attempts, key=lambda each: (_points(each, rules, due), _score(each) is not None))


def _cost(hand_in: DatedAttempt | None, rules: CohortRules, due: _Due) -> float:
    """The share of the score that lateness costs, 0 to 1.

    A platform's mark counts where no time is known. It says nothing of somebody who had more time.
    """
    if hand_in is None:
        return 0.0
    if hand_in.when is None and hand_in.marked_late:
        return 0.0 if due.is_extended else min(rules.late.cap, rules.late.marked)
    return rules.late.cost(rules.deadlines.lateness(due.moment, hand_in.when))


def _points(hand_in: DatedAttempt | None, rules: CohortRules, due: _Due) -> float:
    score = None if hand_in is None else _score(hand_in)
    if hand_in is None or score is None:
        return 0.0
    return score * (1.0 - _cost(hand_in, rules, due))


def _score(hand_in: DatedAttempt) -> int | None:
    return hand_in.attempt.record.card.score
