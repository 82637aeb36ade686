"""What a mentor decides for single people, by hand; and that a cohort is renamed or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..classroom.service_base import cohort_name
from ..errors import BadCohort
from ..grader.records.cohort import ExamChoice, Override
from ..grader.records.cohort_runs import (
    AppliedRules,
    Attempt,
    Decision,
    ScoreChange,
    UnchangedRegrading,
    Withdrawal,
)
from ..problems import find
from .requests import learner_of
from .rules_in_force import RulesInForce


@dataclass(frozen=True)
class Audit:
    """Everything that was decided in a cohort, of each kind the oldest first."""

    decisions: Sequence[Decision] = ()
    score_changes: Sequence[ScoreChange] = ()
    unchanged_regradings: Sequence[UnchangedRegrading] = ()
    withdrawals: Sequence[Withdrawal] = ()
    rules: Sequence[AppliedRules] = ()
    exam_choices: Sequence[ExamChoice] = ()
    """Hand-ins of an exam that were let count whatever spoke against them."""


class Decisions(RulesInForce):
    """Overrides, withdrawals, renaming and forgetting: all but the last can be taken back."""

    def override(
        self, name: str | None, learner: str, problem: str, score: float | None, reason: str
    ) -> Decision:
        """Gives a learner a score by hand in a problem, or takes it back. Both stay in the audit.

        Args:
            name: the cohort's.
            learner: an id, an e-mail address, or a full name that only one learner has.
            problem: a problem's number or name.
            score: 0 to 5; None to let the grader's score count again.
            reason: for the audit, and for the learner.

        Raises:
            BadCohort: the learner or the problem is not in the cohort.
            UnknownProblem: no problem has this name.
        """
        cohort = self.results(name)
        learner_id, problem_id = learner_of(cohort, learner), find(problem).id
        if problem_id not in cohort.problems:
            raise BadCohort(f"{problem_id} is not one of the problems of {cohort.name!r}.")
        now = datetime.now(UTC)
        override = None if score is None else Override(score, reason, self.by, now)
        decision = Decision(learner_id, problem_id, override, self.by, now, reason)
        self.ledger.cohorts.add_decision(cohort.name, decision)
        return decision

    def find_attempt(
        self, name: str | None, learner: str, problem: str, submission: int | None, *, withdrawn: bool
    ) -> Attempt:
        """The attempt that a mentor means.

        Args:
            name: the cohort's.
            learner: an id, an e-mail address, or a full name that only one learner has.
            problem: a problem's number or name.
            submission: its number; None where the learner has only one that can be meant.
            withdrawn: whether it is to be found among those that are withdrawn, or among the others.

        Raises:
            BadCohort: the learner is not in the cohort, or it is not clear which submission is meant.
            UnknownProblem: no problem has this name.
        """
        cohort, problem_id = self.results(name), find(problem).id
        attempts = self.ledger.cohorts.attempts(cohort.name)
        learner_id = learner_of(cohort, learner, {each.entry.learner for each in attempts})
        theirs = [each for each in attempts if each.entry.learner == learner_id]
        possible = [
            each for each in theirs if each.entry.problem == problem_id and each.withdrawn is withdrawn
        ]
        chosen = [each for each in possible if submission in (None, each.record.number)]
        if len(chosen) != 1:
            what = "withdrawn submission" if withdrawn else "submission that counts"
            numbers = "; ".join(map(_told, possible))
            which = f"There are: {numbers}. Choose with --submission." if possible else ""
            several = "several" if chosen else f"no {'such ' if submission else ''}{what}"
            raise BadCohort(f"{learner_id} has {several} for {problem_id}.", which)
        return chosen[0]

    def withdraw(self, attempt: Attempt, reason: str, *, undo: bool = False) -> Withdrawal:
        """Takes an attempt out of grades and similarity, or lets it count again. Both stay in the audit.

        Args:
            attempt: which one.
            reason: for the audit.
            undo: let it count again.
        """
        entry, number = attempt.entry, attempt.record.number
        withdrawal = Withdrawal(
            entry=attempt.entry_number,
            learner=entry.learner,
            problem=entry.problem,
            submission=number,
            withdrawn=not undo,
            by=self.by,
            when=datetime.now(UTC),
            reason=reason,
        )
        self.ledger.cohorts.add_withdrawal(withdrawal)
        return withdrawal

    def audit(self, name: str | None) -> Audit:
        """Everything that was decided in a cohort."""
        name, cohorts = self.note(name).name, self.ledger.cohorts
        return Audit(
            cohorts.decisions(name),
            cohorts.score_changes(name),
            cohorts.unchanged_regradings(name),
            cohorts.withdrawals(name),
            cohorts.rules(name),
            cohorts.exam_choices(name),
        )

    def rename(self, name: str, to: str) -> None:
        """Gives a cohort another name. Raises BadCohort where another one has it, or it cannot be shown."""
        to, note = cohort_name(to), self.note(name)
        with self.ledger.cohorts.lock(note.name):
            self.ledger.cohorts.rename(note.name, to)

    def delete(self, name: str) -> None:
        """Forgets a cohort with everything that was decided in it; submissions and scores stay."""
        note = self.note(name)
        with self.ledger.cohorts.lock(note.name):
            self.ledger.cohorts.delete(note.name)


def _told(attempt: Attempt) -> str:
    """By what a mentor knows a submission: "80 (week 1/ada.h5, 4 of 5)"."""
    record, score = attempt.record, attempt.record.card.score
    return f"{record.number} ({attempt.entry.found_at}, {'invalid' if score is None else f'{score} of 5'})"
