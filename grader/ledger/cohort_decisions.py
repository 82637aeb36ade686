"""What a mentor decided in a cohort: overrides, withdrawals, regraded scores, and the rules that count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ...errors import BadCohort
from ..records.cohort import Override
from ..records.cohort_runs import (
    AppliedRules,
    Decision,
    RecordedRules,
    Regrading,
    ScoreChange,
    UnchangedRegrading,
    Withdrawal,
)
from .cohort_rows import change_score, found, of
from .database import Database
from .tables import (
    CohortEntryRow,
    CohortRow,
    CohortRulesRow,
    OverrideRow,
    RegradeRow,
    ScoreRow,
    UnchangedRegradeRow,
    WithdrawalRow,
)


class CohortDecisions:
    """What a mentor decided. Every method raises LedgerUnavailable and NoSuchRecord."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def add_decision(self, name: str, decision: Decision) -> None:
        """Stores a mentor's override, or that one was taken back, beside the machine's score."""
        with self._database.writing() as session:
            session.add(
                OverrideRow(
                    cohort_id=found(session, name).id,
                    learner=decision.learner,
                    problem=decision.problem,
                    score=None if decision.override is None else decision.override.score,
                    reason=decision.reason,
                    made_by=decision.by,
                    made_at=decision.when,
                )
            )

    def decisions(self, name: str) -> tuple[Decision, ...]:
        """Everything a mentor decided, oldest first: the last one on a learner's problem holds."""
        with self._database.reading() as session:
            rows = session.scalars(of(OverrideRow, found(session, name)).order_by(OverrideRow.id))
            return tuple(_decision(row) for row in rows)

    def add_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Stores that an entry no longer counts, or counts again."""
        with self._database.writing() as session:
            session.add(
                WithdrawalRow(
                    entry_id=withdrawal.entry,
                    withdrawn=withdrawal.withdrawn,
                    reason=withdrawal.reason,
                    made_by=withdrawal.by,
                    made_at=withdrawal.when,
                )
            )

    def withdrawals(self, name: str) -> tuple[Withdrawal, ...]:
        """Everything that was withdrawn or put back, oldest first: the last one on an entry holds."""
        with self._database.reading() as session:
            query = select(WithdrawalRow, CohortEntryRow).join(WithdrawalRow.entry)
            ours = query.where(CohortEntryRow.cohort_id == found(session, name).id)
            return tuple(
                Withdrawal(
                    entry.id,
                    entry.learner,
                    entry.problem,
                    entry.number,
                    row.withdrawn,
                    row.made_by,
                    row.made_at,
                    row.reason,
                )
                for row, entry in session.execute(ours.order_by(WithdrawalRow.id))
            )

    def score_changes(self, name: str) -> tuple[ScoreChange, ...]:
        """Every change by a regrading, oldest first."""
        with self._database.reading() as session:
            before, after = aliased(ScoreRow), aliased(ScoreRow)
            query = (
                select(RegradeRow, CohortEntryRow.learner, CohortEntryRow.problem, before.score, after.score)
                .join(RegradeRow.entry)
                .join(before, before.number == RegradeRow.before)
                .join(after, after.number == RegradeRow.after)
            )
            ours = query.where(CohortEntryRow.cohort_id == found(session, name).id).order_by(RegradeRow.id)
            return tuple(
                ScoreChange(
                    learner,
                    problem,
                    row.before,
                    row.after,
                    row.made_by,
                    row.made_at,
                    row.reason,
                    old_score,
                    new_score,
                    undoes=bool(row.undoes),
                    act=row.act,
                )
                for row, learner, problem, old_score, new_score in session.execute(ours)
            )

    def add_unchanged_regrading(self, name: str, tried: UnchangedRegrading) -> None:
        """Stores that a regrading gave nobody a new result."""
        values = asdict(tried)
        made = {"made_by": values.pop("by"), "made_at": values.pop("when"), "reason": values.pop("why")}
        with self._database.writing() as session:
            session.add(UnchangedRegradeRow(cohort_id=found(session, name).id, **values, **made))

    def unchanged_regradings(self, name: str) -> tuple[UnchangedRegrading, ...]:
        """Every regrading that gave nobody a new result, oldest first."""
        with self._database.reading() as session:
            ours = of(UnchangedRegradeRow, found(session, name))
            rows = session.scalars(ours.order_by(UnchangedRegradeRow.id))
            return tuple(
                UnchangedRegrading(
                    row.made_by,
                    row.made_at,
                    row.reason,
                    row.count,
                    row.rerun,
                    row.learner,
                    row.problem,
                    row.verdict,
                    row.outdated,
                )
                for row in rows
            )

    def last_regrading(self, name: str) -> Regrading | None:
        """The newest regrading that counts; None where there is none.

        Raises:
            BadCohort: an earlier version made it, which did not store what is needed to take it back.
        """
        with self._database.reading() as session:
            rows = _last_regrading(session, found(session, name))
            if not rows:
                return None
            first, entries = rows[0], {row.entry_id: row.before for row in rows}
            return Regrading(first.act, first.made_by, first.made_at, first.reason, entries)

    def undo_regrading(self, name: str, act: str, by: str, reason: str) -> int:
        """Lets the submissions before a regrading count again, as `last_regrading` gives it.

        Returns:
            How many; none where it does not count any more.
        """
        with self._database.writing() as session:
            rows = [row for row in _last_regrading(session, found(session, name)) if row.act == act]
            how = {"made_by": by, "made_at": self._now(), "reason": reason}
            for row in rows:
                change_score(
                    session, row.entry, row.before, row.entry_before or {}, act=uuid4().hex, undoes=act, **how
                )
            return len(rows)

    def add_rules(self, name: str, applied: AppliedRules) -> None:
        """Lets these rules count from now on."""
        with self._database.writing() as session:
            add_rules(session, found(session, name), applied)

    def rules(self, name: str) -> tuple[AppliedRules, ...]:
        """All rules that ever counted, oldest first: the last ones hold. Before step 0011 none were kept."""
        with self._database.reading() as session:
            rows = session.scalars(of(CohortRulesRow, found(session, name)).order_by(CohortRulesRow.id))
            return tuple(applied_rules(row) for row in rows)


def _last_regrading(session: Session, cohort: CohortRow) -> Sequence[RegradeRow]:
    """The rows of the newest regrading that was not taken back, oldest first."""
    ours = select(CohortEntryRow.id).where(CohortEntryRow.cohort_id == cohort.id)
    rows = select(RegradeRow).where(RegradeRow.entry_id.in_(ours))
    undone = select(RegradeRow.undoes).where(RegradeRow.entry_id.in_(ours), RegradeRow.undoes != "")
    counting = rows.where(RegradeRow.undoes == "", RegradeRow.act.not_in(undone))
    newest = session.scalar(counting.order_by(RegradeRow.id.desc()).limit(1))
    if newest is None:
        return ()
    if not newest.act:
        raise BadCohort("The last regrading was made by an earlier version, which cannot be taken back.")
    return session.scalars(counting.where(RegradeRow.act == newest.act).order_by(RegradeRow.id)).all()


def add_rules(session: Session, cohort: CohortRow, applied: AppliedRules) -> int:
    """Stores rules for a cohort, unless they count already, and lie where they did. Returns the row's id."""
    rules = applied.rules
    cohort.rules = rules.path
    newest = session.scalar(of(CohortRulesRow, cohort).order_by(CohortRulesRow.id.desc()).limit(1))
    if newest is not None and (newest.digest, newest.path) == (rules.digest, rules.path):
        return int(newest.id)
    row = CohortRulesRow(
        cohort_id=cohort.id,
        path=rules.path,
        text=rules.text or "",
        extensions=rules.extensions,
        secret=rules.secret,
        digest=rules.digest,
        made_by=applied.by,
        made_at=applied.when,
        reason=applied.reason,
    )
    session.add(row)
    session.flush()
    return row.id


def applied_rules(row: CohortRulesRow) -> AppliedRules:
    """Rules, and since when they count."""
    rules = RecordedRules(row.path, row.text, row.extensions, row.secret)
    return AppliedRules(rules, row.made_by, row.made_at, row.reason)


def _decision(row: OverrideRow) -> Decision:
    override = (
        None if row.score is None else Override(row.score, row.reason, by=row.made_by, when=row.made_at)
    )
    return Decision(row.learner, row.problem, override, row.made_by, row.made_at, row.reason)
