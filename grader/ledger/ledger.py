"""An open ledger: submissions are recorded and read here; cohorts, exams and curves in their repositories."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import NDArray
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from ...errors import NoSuchRecord
from ..grade import Graded
from ..records import Attachment
from ..scoring.card import Record
from .database import Database
from .submissions import (
    CurveRepository,
    NotesRepository,
    add_submissions,
    as_recorded,
    decode_stored_predictions,
    store_attachment,
    to_record,
)
from .tables import ExamSessionRow, LearnerRow, SubmissionRow

if TYPE_CHECKING:
    from .cohorts import CohortRepository
    from .exams import ExamRepository
    from .practice import PracticeRepository


def now_in_utc() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Ledger:
    """Every graded submission with its score card and predictions, and what belongs to cohorts and exams.

        with Ledger.open("ledger.db") as ledger:
            number = ledger.record(graded).number
            again = ledger.read(number)

    A context manager, safe to use from several threads and processes at once. Each method is one transaction:
    what it writes is stored whole or not at all, and has reached the disk when it returns. Of the submissions
    of a running exam, what is read tells no more than the exam itself does: the score or the class of the
    fault, and no predictions. Of an attempt in practice that does not beat the best before it, the figures
    read are those of the best: see `scoring/ladder.py`. `cohorts` and `exams` read what was stored.

    Attributes:
        cohorts: whose submission counts in a cohort, and what a mentor decided.
        curves: training curves, by a submission's number.
        exams: exams, their clocks and submissions.
        practice: how often a hidden test set was tried.
        notes: learners' notes and their starters, by a submission's number.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = now_in_utc) -> None:
        self._database = database
        self._now = now
        self.curves = CurveRepository(database)
        self.notes = NotesRepository(database)

    @cached_property
    def cohorts(self) -> CohortRepository:
        """Cohorts, their entries and decisions."""
        from .cohorts import CohortRepository

        return CohortRepository(self._database, self._now)

    @cached_property
    def exams(self) -> ExamRepository:
        """Exams, their clocks and submissions."""
        from .exams import ExamRepository

        return ExamRepository(self._database)

    def has_running_exam(self) -> bool:
        """Whether there is an exam, whoever's, that has not been ended. Raises LedgerUnavailable."""
        running = select(ExamSessionRow.number).where(ExamSessionRow.ended_at.is_(None)).limit(1)
        with self._database.reading() as session:
            return session.scalar(running) is not None

    @cached_property
    def practice(self) -> PracticeRepository:
        """Attempts in practice."""
        from .practice import PracticeRepository

        return PracticeRepository(self._database)

    @classmethod
    def open(cls, where: str | Path, now: Callable[[], datetime] = now_in_utc) -> Ledger:
        """Opens a ledger; makes it, or brings its tables up to date, where needed.

        Args:
            where: the path of a SQLite file, whose folder is made where it is missing, or the address of a
                PostgreSQL database, such as "postgresql://user@host/name".
            now: tells the moment at which something is recorded.

        Raises:
            LedgerUnavailable: it cannot be opened (no file, no database, no driver, no access), it is
                neither in SQLite nor in PostgreSQL, it is damaged, or a newer tfprep wrote it.
        """
        return cls(Database.open(where), now)

    def record(self, graded: Graded, *attachments: Attachment) -> Record:
        """Stores a graded submission, and gives it its number.

        Args:
            graded: the submission, its card and predictions, as `grade` returns them.
            attachments: what else belongs to it (`CohortEntry`, `ExamAttachment`, `Curves`, `Notes`).

        Returns:
            The record as it may be shown now, with its number and time.

        Raises:
            LedgerUnavailable: the database failed; nothing was stored.
            ExamError: an `ExamAttachment` whose exam has ended; nothing was stored.
            NoSuchRecord: a `CohortEntry` whose cohort does not exist; nothing was stored.
            NoAttemptsLeft: a `PracticeAttempt` beyond its limit; nothing was stored.
            ValueError: the card's fault is ours, so it is no attempt; nothing was stored.
            TypeError: an attachment of a kind that the ledger does not know; nothing was stored.
        """
        return self.record_all([(graded, *attachments)])[0]

    def record_all(self, all_graded: Iterable[tuple[Graded, *tuple[Attachment, ...]]]) -> tuple[Record, ...]:
        """Stores several graded submissions, each with its attachments: all of them, or none.

        One transaction for many waits for the disk only once.

        Returns:
            The records in the order given, with rising numbers.

        Raises:
            LedgerUnavailable, ExamError, NoSuchRecord, ValueError, TypeError: as `record`.
        """
        given = [(graded, attachments) for graded, *attachments in all_graded]
        with self._database.writing() as session:
            rows = add_submissions(session, [graded for graded, _ in given], self._now())
            for row, (_, attachments) in zip(rows, given, strict=True):
                for attachment in attachments:
                    store_attachment(attachment, session, row)
            session.flush()
            records = [as_recorded(graded, row) for (graded, _), row in zip(given, rows, strict=True)]
            return _as_shown(session, records)

    def attach(self, number: int, attachment: Attachment) -> None:
        """Stores what belongs to a submission that is recorded already.

        Args:
            number: the submission's.
            attachment: what is kept with it (`Curves`, `Notes`).

        Raises:
            LedgerUnavailable: the database failed; nothing was stored.
            NoSuchRecord: there is no such submission.
            TypeError: an attachment of a kind that the ledger does not know.
        """
        with self._database.writing() as session:
            store_attachment(attachment, session, _found(session, number))

    def history(self, learner: str | None = None, problem: str | None = None) -> tuple[Record, ...]:
        """The records, oldest first.

        Args:
            learner: only those of this learner, by name.
            problem: only those of this problem, by id ("problem3").

        Raises:
            LedgerUnavailable: the database failed.
        """
        return self._records(
            *([] if learner is None else [LearnerRow.name == learner]),
            *([] if problem is None else [SubmissionRow.problem == problem]),
        )

    def with_digest(self, digest: str, learner: str, problem: str) -> tuple[Record, ...]:
        """The records of one artifact, oldest first.

        Args:
            digest: sha256 of the file or folder, in hex.
            learner: whose, by name.
            problem: the problem's id ("problem3").

        Raises:
            LedgerUnavailable: the database failed.
        """
        return self._records(
            SubmissionRow.digest == digest, LearnerRow.name == learner, SubmissionRow.problem == problem
        )

    def _records(self, *wanted: ColumnElement[bool]) -> tuple[Record, ...]:
        query = (
            select(SubmissionRow)
            .join(SubmissionRow.learner)
            .options(joinedload(SubmissionRow.learner), joinedload(SubmissionRow.score))
            .where(*wanted)
            .order_by(SubmissionRow.number)
        )
        with self._database.reading() as session:
            return _as_shown(session, (to_record(row) for row in session.scalars(query)))

    def read(self, number: int) -> Record:
        """The record with this number.

        Raises:
            NoSuchRecord: no submission has it.
            LedgerUnavailable: the database failed.
        """
        with self._database.reading() as session:
            (record,) = _as_shown(session, [to_record(_found(session, number))])
            return record

    def last(self, problem: str | None = None) -> Record:
        """The newest record of all learners, of one problem by id ("problem3") if given.

        Raises:
            NoSuchRecord: nothing was submitted yet.
            LedgerUnavailable: the database failed.
        """
        newest = select(SubmissionRow).order_by(SubmissionRow.number.desc()).limit(1)
        if problem is not None:
            newest = newest.where(SubmissionRow.problem == problem)
        with self._database.reading() as session:
            row = session.scalar(newest)
            if row is None:
                of = "" if problem is None else f" for {problem}"
                raise NoSuchRecord(f"Nothing was submitted{of} yet. `tfprep submit` grades a saved model.")
            (record,) = _as_shown(session, [to_record(row)])
            return record

    def predictions(self, number: int) -> NDArray[Any] | None:
        """The predictions that a submission was scored from, bit for bit.

        Returns:
            (n, *output) as the model gave them, in the order of the hidden inputs. None where the model gave
            none, while the submission's exam is running, and where another one's figures are told for it: the
            metric could be computed from them.

        Raises:
            NoSuchRecord: no submission has this number.
            LedgerUnavailable: the database failed.
        """
        with self._database.reading() as session:
            from .exams import faults_in_running_exams
            from .practice import is_disclosed

            if number in faults_in_running_exams(session) or not is_disclosed(session, number):
                return None
            row = _found(session, number).predictions
            return None if row is None else decode_stored_predictions(row.packed)

    def close(self) -> None:
        """Closes its connections to the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _as_shown(session: Session, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records as they may be read now."""
    from .exams import as_shown_now
    from .practice import as_disclosed

    return as_disclosed(session, as_shown_now(session, records))


def _found(session: Session, number: int) -> SubmissionRow:
    row = session.get(SubmissionRow, number)
    if row is None:
        raise NoSuchRecord(f"No submission has the number {number}. `tfprep history` lists them.")
    return row
