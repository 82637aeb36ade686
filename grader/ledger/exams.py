"""The ledger's exams: sittings, their clock, and what was submitted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import ExamError
from ..records.exam import (
    Clock,
    Entry,
    ExamEnding,
    ExamEntry,
    ExamSession,
    Plan,
    Reading,
    Returned,
    from_values,
    to_values,
)
from ..scoring.card import Record
from ..scoring.reasons import FaultClass, as_in_exam
from .database import Database
from .rows import to_record
from .submissions import find_or_add, store_attachment
from .tables import ExamEntryRow, LearnerRow, SittingRow, SubmissionRow

Look = Callable[[], Reading]


@store_attachment.register
def _keep_entry(entry: ExamEntry, session: Session, submission: SubmissionRow) -> None:
    """Nothing can be added to a sitting that has ended: the submission is not kept either then."""
    _running(session, entry.sitting)
    session.add(ExamEntryRow(number=submission.number, **asdict(entry)))


class ExamRepository:
    """What the ledger knows of exams.

    Whoever changes a running sitting looks at the machine's clocks inside the transaction (`look`), so that
    two commands at once count no time twice. Each of these raises ExamError once the sitting has ended.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, learner: str, plan: Plan, allowed: timedelta, look: Look) -> ExamSession:
        """A new sitting, its clock running. Raises ExamError where this learner sits one already."""
        with self._database.writing() as session:
            row = find_or_add(session, learner)
            session.flush()
            if busy := session.scalar(_unfinished().where(SittingRow.learner_id == row.id)):
                raise ExamError(
                    f"{learner} is sitting an exam already, in {busy.plan['folder']}. "
                    "`tfprep exam finish` ends it."
                )
            now = look()
            begun = SittingRow(
                learner=row,
                plan=plan.to_values(),
                started_at=now.when,
                clock=to_values(Clock(allowed, now)),
                returned=[],
                result="",
            )
            session.add(begun)
            session.flush()
            return _to_sitting(session, begun)

    def running(self) -> tuple[ExamSession, ...]:
        """Every sitting that has not been ended, whoever's, oldest first."""
        with self._database.reading() as session:
            return tuple(_to_sitting(session, row) for row in session.scalars(_unfinished()))

    def read(self, number: int) -> ExamSession:
        """The sitting with this number. Raises ExamError."""
        with self._database.reading() as session:
            return _to_sitting(session, _found(session, number))

    def last(self, learner: str) -> ExamSession:
        """The learner's newest. Raises ExamError where there is none."""
        newest = select(SittingRow).join(LearnerRow).where(LearnerRow.name == learner)
        with self._database.reading() as session:
            row = session.scalar(newest.order_by(SittingRow.number.desc()).limit(1))
            if row is None:
                raise ExamError(f"{learner} has sat no exam yet. `tfprep exam start` begins one.")
            return _to_sitting(session, row)

    def ended(self, learner: str) -> tuple[ExamSession, ...]:
        """The learner's sittings that have ended, oldest first."""
        theirs = select(SittingRow).join(LearnerRow).where(LearnerRow.name == learner)
        query = theirs.where(SittingRow.ended_at.is_not(None)).order_by(SittingRow.number)
        with self._database.reading() as session:
            return tuple(_to_sitting(session, row) for row in session.scalars(query))

    def records(self, number: int) -> dict[int, Record]:
        """A sitting's submissions as they were graded, by number: for its result, not to be shown before."""
        entries = select(ExamEntryRow).where(ExamEntryRow.sitting == number)
        with self._database.reading() as session:
            return {row.number: to_record(row.submission) for row in session.scalars(entries)}

    def tick(self, number: int, look: Look) -> ExamSession:
        """The sitting, its clock brought up to now."""
        return self._change(number, lambda clock: clock.at(look()))

    def pause(self, number: int, look: Look) -> ExamSession:
        """Stops a practice sitting's clock."""
        return self._change(number, lambda clock: clock.pause(look()))

    def resume(self, number: int, look: Look) -> ExamSession:
        """Lets it run again."""
        return self._change(number, lambda clock: clock.resume(look()))

    def give_back(self, number: int, returned: Returned, look: Look) -> ExamSession:
        """Gives time back, and keeps why."""
        time = timedelta(seconds=returned.seconds)
        return self._change(number, lambda clock: clock.at(look()).give_back(time), returned)

    def end(self, sitting: ExamSession, ending: ExamEnding, result: str, when: datetime) -> ExamSession:
        """Ends a sitting, once and for all."""
        with self._database.writing() as session:
            row = _running(session, sitting.number)
            row.ended_at, row.ending, row.result = when, ending.value, result
            row.clock = to_values(sitting.clock)
            return _to_sitting(session, row)

    def _change(
        self, number: int, change: Callable[[Clock], Clock], returned: Returned | None = None
    ) -> ExamSession:
        with self._database.writing() as session:
            row = _running(session, number)
            row.clock = to_values(change(from_values(row.clock)))
            if returned is not None:
                row.returned = [*row.returned, asdict(returned)]
            return _to_sitting(session, row)


def sealed(session: Session) -> dict[int, str]:
    """The submissions of running exams, by number, with the class of what was wrong; empty if nothing was."""
    theirs = select(ExamEntryRow.number, ExamEntryRow.fault).join(
        SittingRow, SittingRow.number == ExamEntryRow.sitting
    )
    running = session.execute(theirs.where(SittingRow.ended_at.is_(None)))
    return {number: fault for number, fault in running}  # noqa: C416 a row is no pair to the type checker


def shown(session: Session, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records as they may be read now: those of a running exam tell no more than the exam does."""
    faults = sealed(session)
    return tuple(_restrict(record, faults) for record in records)


def _restrict(record: Record, faults: dict[int, str]) -> Record:
    if record.number not in faults:
        return record
    fault = faults[record.number]
    return replace(record, card=as_in_exam(record.card, FaultClass(fault) if fault else None))


def _unfinished() -> Any:
    return select(SittingRow).where(SittingRow.ended_at.is_(None)).order_by(SittingRow.number)


def _found(session: Session, number: int) -> SittingRow:
    row = session.get(SittingRow, number)
    if row is None:
        raise ExamError(f"No exam has the number {number}.")
    return row


def _running(session: Session, number: int) -> SittingRow:
    row = _found(session, number)
    if row.ended_at is not None:
        raise ExamError(f"Exam {number} has ended: nothing can be added. `tfprep exam result` shows it.")
    return row


def _to_sitting(session: Session, row: SittingRow) -> ExamSession:
    entries = select(ExamEntryRow).where(ExamEntryRow.sitting == row.number).order_by(ExamEntryRow.number)
    return ExamSession(
        number=row.number,
        learner=row.learner.name,
        plan=Plan.from_values(row.plan),
        started=row.started_at,
        clock=from_values(row.clock),
        returned=tuple(Returned(**each) for each in row.returned),
        entries=tuple(map(_to_entry, session.scalars(entries))),
        ended=row.ended_at,
        ending=None if row.ending is None else ExamEnding(row.ending),
        result=row.result,
    )


def _to_entry(row: ExamEntryRow) -> Entry:
    return Entry(
        number=row.number,
        problem=row.submission.problem,
        digest=row.submission.digest,
        score=row.submission.score.score,
        fault=row.fault,
        at=timedelta(seconds=row.at),
        automatic=row.automatic,
    )
