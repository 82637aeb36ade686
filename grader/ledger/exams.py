"""The ledger's exams: their clock, and what was submitted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import ExamError
from ..records.exam import (
    Clock,
    ClockReading,
    ExamAttachment,
    ExamEnding,
    ExamPlan,
    ExamSession,
    ExamSubmission,
    TimeCredit,
    fresh_seconds,
)
from ..scoring.card import Record
from ..scoring.reasons import FaultClass, as_in_exam
from .database import Database
from .submissions import find_or_add, store_attachment, to_record
from .tables import ExamSessionRow, ExamSubmissionRow, LearnerRow, SubmissionRow

ReadClock = Callable[[], ClockReading]
ResultOf = Callable[[ExamSession], tuple[str, datetime]]
MOST_RETURNED: Final = 0.25
"""Of the time allowed: so much is given back at most."""


class ExamRepository:
    """What the ledger knows of exams.

    Whoever changes a running exam reads the machine's clocks inside the transaction (`read_clock`), so that
    two commands at once count no time twice. Each of these raises ExamError once the exam has ended, and
    every method raises LedgerUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, learner: str, plan: ExamPlan, allowed: timedelta, read_clock: ReadClock) -> ExamSession:
        """A new exam, its clock running.

        Raises:
            ExamError: this learner has a running exam already.
        """
        with self._database.writing() as session:
            row = find_or_add(session, learner)
            session.flush()
            if running := session.scalar(_running().where(ExamSessionRow.learner_id == row.id)):
                raise ExamError(
                    f"{learner} is taking an exam already, in {running.plan['folder']}. "
                    "`tfprep exam finish` ends it."
                )
            now = read_clock()
            started = ExamSessionRow(
                learner=row,
                plan=plan.to_values(),
                started_at=now.when,
                clock=Clock(allowed, now).at(now).to_values(),  # `at` compares the machine's clocks
                returned=[],
                result="",
            )
            session.add(started)
            session.flush()
            return _to_exam(session, started)

    def running(self) -> tuple[ExamSession, ...]:
        """Every exam that has not been ended, whoever's, oldest first."""
        return self._select(_running())

    def ended(self, learner: str) -> tuple[ExamSession, ...]:
        """The learner's exams that have ended, oldest first."""
        ended = _of_learner(learner).where(ExamSessionRow.ended_at.is_not(None))
        return self._select(ended.order_by(ExamSessionRow.number))

    def read(self, number: int) -> ExamSession:
        """The exam with this number.

        Raises:
            ExamError: there is none.
        """
        with self._database.reading() as session:
            return _to_exam(session, _found(session, number))

    def last(self, learner: str, *, of_mentor: bool = False) -> ExamSession:
        """The newest exam that the learner took or began: a mentor's rules may give them another name.

        Args:
            learner: by name.
            of_mentor: only one that a mentor grades.

        Raises:
            ExamError: there is none.
        """
        with self._database.reading() as session:
            newest = session.scalars(select(ExamSessionRow).order_by(ExamSessionRow.number.desc()))
            for row in newest:
                is_theirs = learner in (row.learner.name, row.plan.get("begun_by"))
                if is_theirs and (row.plan.get("mentor") or not of_mentor):
                    return _to_exam(session, row)
        if of_mentor:
            raise ExamError(
                f"{learner} has taken no exam of a mentor: there is nothing to hand in. `tfprep exam finish` "
                "ends an exam of your own."
            )
        raise ExamError(f"{learner} has taken no exam yet. `tfprep exam start` begins one.")

    def records(self, number: int) -> dict[int, Record]:
        """An exam's submissions as they were graded, by number: for its result, not to be shown before."""
        with self._database.reading() as session:
            return {row.number: to_record(row.submission) for row in session.scalars(_submissions(number))}

    def tick(self, number: int, read_clock: ReadClock) -> ExamSession:
        """The exam, its clock brought up to now."""
        return self._change(number, lambda clock: clock.at(read_clock()))

    def pause(self, number: int, read_clock: ReadClock) -> ExamSession:
        """Stops the clock of a practice exam."""
        return self._change(number, lambda clock: clock.pause(read_clock()))

    def resume(self, number: int, read_clock: ReadClock) -> ExamSession:
        """Lets it run again."""
        return self._change(number, lambda clock: clock.resume(read_clock()))

    def give_back(self, number: int, credit: TimeCredit, read_clock: ReadClock) -> ExamSession:
        """Gives back what a failure cost that ended now, and stores why.

        What another failure cost at the same time is not given back twice, and never more than a share of the
        exam's time: `MOST_RETURNED`.
        """
        with self._database.writing() as session:
            row = _still_running(session, number)
            clock = Clock.from_values(row.clock).at(read_clock())
            earlier = [TimeCredit(**each) for each in row.returned]
            now = clock.used.total_seconds()
            lost = fresh_seconds(earlier, max(0.0, now - credit.seconds), now)
            most = MOST_RETURNED * clock.allowed - clock.returned
            back = max(timedelta(), min(timedelta(seconds=lost), most))
            row.clock = clock.give_back(back).to_values()
            stored = TimeCredit(round(back.total_seconds(), 3), credit.why, round(now, 3))
            row.returned = [*row.returned, asdict(stored)]
            return _to_exam(session, row)

    def end(self, number: int, ending: ExamEnding, result_of: ResultOf) -> ExamSession:
        """Ends an exam, once and for all, with all that belongs to it by then.

        Args:
            number: of the exam.
            ending: how it ends.
            result_of: gives its result, and when it ended, while nobody can add anything.

        Raises:
            ExamError: its time was up, and some was given back meanwhile.
        """
        with self._database.writing() as session:
            row = _still_running(session, number)
            exam = _to_exam(session, row)
            if ending is ExamEnding.TIME_UP and not exam.clock.over:
                raise ExamError(f"Time was given back to exam {number}: it goes on.")
            row.result, row.ended_at = result_of(exam)
            row.ending = ending.value
            return _to_exam(session, row)

    def _change(self, number: int, change: Callable[[Clock], Clock]) -> ExamSession:
        with self._database.writing() as session:
            row = _still_running(session, number)
            row.clock = change(Clock.from_values(row.clock)).to_values()
            return _to_exam(session, row)

    def _select(self, query: Any) -> tuple[ExamSession, ...]:
        with self._database.reading() as session:
            return tuple(_to_exam(session, row) for row in session.scalars(query))


@store_attachment.register
def _(attachment: ExamAttachment, session: Session, submission: SubmissionRow) -> None:
    """Nothing can be added to an exam that has ended: the submission is not stored either then."""
    _still_running(session, attachment.session)
    session.add(ExamSubmissionRow(number=submission.number, **asdict(attachment)))


def faults_in_running_exams(session: Session) -> dict[int, str]:
    """The submissions of running exams by number, with the class of the fault; empty where there was none."""
    query = select(ExamSubmissionRow.number, ExamSubmissionRow.fault).join(
        ExamSessionRow, ExamSessionRow.number == ExamSubmissionRow.session
    )
    running = session.execute(query.where(ExamSessionRow.ended_at.is_(None)))
    return {number: fault for number, fault in running}  # noqa: C416 a row is no pair to the type checker


def as_shown_now(session: Session, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records as they may be read now: those of a running exam tell no more than the exam does."""
    faults = faults_in_running_exams(session)
    return tuple(
        replace(record, card=as_in_exam(record.card, FaultClass(fault) if fault else None))
        if (fault := faults.get(record.number)) is not None
        else record
        for record in records
    )


def _running() -> Any:
    return select(ExamSessionRow).where(ExamSessionRow.ended_at.is_(None)).order_by(ExamSessionRow.number)


def _of_learner(learner: str) -> Any:
    return select(ExamSessionRow).join(LearnerRow).where(LearnerRow.name == learner)


def _submissions(number: int) -> Any:
    theirs = select(ExamSubmissionRow).where(ExamSubmissionRow.session == number)
    return theirs.order_by(ExamSubmissionRow.number)


def _found(session: Session, number: int) -> ExamSessionRow:
    row = session.get(ExamSessionRow, number)
    if row is None:
        raise ExamError(f"No exam has the number {number}.")
    return row


def _still_running(session: Session, number: int) -> ExamSessionRow:
    row = _found(session, number)
    if row.ended_at is not None:
        raise ExamError(f"Exam {number} has ended: nothing can be added. `tfprep exam result` shows it.")
    return row


def _to_exam(session: Session, row: ExamSessionRow) -> ExamSession:
    return ExamSession(
        number=row.number,
        learner=row.learner.name,
        plan=ExamPlan.from_values(row.plan),
        started=row.started_at,
        clock=Clock.from_values(row.clock),
        returned=tuple(TimeCredit(**each) for each in row.returned),
        submissions=tuple(map(_to_submission, session.scalars(_submissions(row.number)))),
        ended=row.ended_at,
        ending=None if row.ending is None else ExamEnding(row.ending),
        result=row.result,
    )


def _to_submission(row: ExamSubmissionRow) -> ExamSubmission:
    return ExamSubmission(
        number=row.number,
        problem=row.submission.problem,
        digest=row.submission.digest,
        score=row.submission.score.score,
        fault=row.fault,
        at=timedelta(seconds=row.at),
        automatic=row.automatic,
        saved=row.saved,
    )
