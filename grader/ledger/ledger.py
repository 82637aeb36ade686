"""An open ledger: submissions are recorded and read here; each other subject has a book of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from ...errors import NoSuchRecord
from ..grade import Graded
from ..records import Attachment
from ..scoring.card import Record, Verdict
from .cohorts import CohortRepository
from .database import Database
from .exams import ExamRepository, sealed, shown
from .rows import as_recorded, pack, score_values, submission_values, to_record, unpack
from .submissions import CurveRepository, find_or_add_all, store_attachment
from .tables import LearnerRow, PredictionsRow, ScoreRow, SubmissionRow


def now_in_utc() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Ledger:
    """An open ledger. A context manager; safe to use from several threads and processes at once."""

    def __init__(self, database: Database, now: Callable[[], datetime] = now_in_utc) -> None:
        self._database = database
        self._now = now
        self.cohorts = CohortRepository(database, now)
        self.curves = CurveRepository(database)
        self.exams = ExamRepository(database)

    @classmethod
    def open(cls, where: str | Path, now: Callable[[], datetime] = now_in_utc) -> Ledger:
        """Opens the ledger at a path or SQLAlchemy URL; makes or migrates it where needed.

        Raises:
            LedgerUnavailable: where it cannot be opened, or a newer tfprep wrote it.
        """
        return cls(Database.open(where), now)

    def record(self, graded: Graded, *kept_with: Attachment) -> Record:
        """Keeps a graded submission and what belongs to it, whole or not at all, and gives it its number.

        Raises:
            LedgerUnavailable: nothing was kept.
            ValueError: for a card whose fault is ours: that is no attempt.
        """
        return self.record_all([(graded, *kept_with)])[0]

    def record_all(self, kept: Iterable[tuple[Graded, *tuple[Attachment, ...]]]) -> tuple[Record, ...]:
        """Keeps several graded submissions, each with what belongs to it: all of them, or none.

        One commit for many is what makes a fast sandbox worth having: the disk is waited for once.

        Raises:
            LedgerUnavailable, ValueError: as `record`.
        """
        together = [(graded, kept_with) for graded, *kept_with in kept]
        with self._database.writing() as session:
            rows = _add_all(session, [graded for graded, _ in together], self._now())
            for row, (_, kept_with) in zip(rows, together, strict=True):
                for companion in kept_with:
                    store_attachment(companion, session, row)
            session.flush()
            records = [as_recorded(graded, row) for (graded, _), row in zip(together, rows, strict=True)]
            return shown(session, records)

    def history(self, learner: str | None = None, problem: str | None = None) -> tuple[Record, ...]:
        """The records, oldest first: of everybody and everything, or of one learner or problem (its id)."""
        query = (
            select(SubmissionRow)
            .join(SubmissionRow.learner)
            .options(joinedload(SubmissionRow.learner), joinedload(SubmissionRow.score))
            .order_by(SubmissionRow.number)
        )
        if learner is not None:
            query = query.where(LearnerRow.name == learner)
        if problem is not None:
            query = query.where(SubmissionRow.problem == problem)
        with self._database.reading() as session:
            return shown(session, (to_record(row) for row in session.scalars(query)))

    def read(self, number: int) -> Record:
        """The record with this number. Raises NoSuchRecord."""
        with self._database.reading() as session:
            (record,) = shown(session, [to_record(_found(session, number))])
            return record

    def last(self) -> Record:
        """The newest record. Raises NoSuchRecord where there is none yet."""
        newest = select(SubmissionRow).order_by(SubmissionRow.number.desc()).limit(1)
        with self._database.reading() as session:
            row = session.scalar(newest)
            if row is None:
                raise NoSuchRecord("Nothing was submitted yet. `tfprep submit` grades a saved model.")
            (record,) = shown(session, [to_record(row)])
            return record

    def predictions(self, number: int) -> NDArray[Any] | None:
        """What the model answered, as it answered. Raises NoSuchRecord.

        None where it did not come so far, and while its exam runs: it would tell the metric.
        """
        with self._database.reading() as session:
            if number in sealed(session):
                return None
            kept = _found(session, number).predictions
            return None if kept is None else unpack(kept.packed)

    def close(self) -> None:
        """Lets go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _add_all(session: Session, all_graded: Sequence[Graded], when: datetime) -> list[SubmissionRow]:
    """Keeps graded submissions; gives the rows they have, detached, with their numbers."""
    if any(graded.card.verdict is Verdict.OUR_FAULT for graded in all_graded):
        raise ValueError("A fault of ours is not an attempt, so it is not recorded.")
    if not all_graded:
        return []
    learners = find_or_add_all(session, [graded.submission.learner for graded in all_graded])
    # Not object by object: a batch of a fast sandbox spends most of its time here.
    handed_in = [
        submission_values(graded, learners[graded.submission.learner].id, when) for graded in all_graded
    ]
    returning = insert(SubmissionRow).returning(SubmissionRow.number, sort_by_parameter_order=True)
    numbers = list(session.scalars(returning, handed_in))
    numbered = list(zip(numbers, all_graded, strict=True))
    session.execute(
        insert(ScoreRow),
        [
            {"number": number, **score_values(graded.card, graded.weight_fingerprint)}
            for number, graded in numbered
        ],
    )
    answered = [
        {"number": number, "packed": pack(graded.predictions)}
        for number, graded in numbered
        if graded.predictions is not None
    ]
    if answered:
        session.execute(insert(PredictionsRow), answered)
    return [SubmissionRow(number=number, submitted_at=when) for number in numbers]


def _found(session: Session, number: int) -> SubmissionRow:
    row = session.get(SubmissionRow, number)
    if row is None:
        raise NoSuchRecord(f"No submission has the number {number}. `tfprep history` lists them.")
    return row
