"""The ledger's practice: how often a hidden test set was tried, and whose figures are disclosed for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...problems import find
from ..records.practice import HiddenTestSet, PracticeAttempt, require_attempt
from ..scoring.card import Record
from ..scoring.ladder import without_change
from .database import Database
from .submissions import decode_stored_predictions, store_attachment, to_record
from .tables import LearnerRow, PracticeRow, PredictionsRow, ScoreRow, SubmissionRow


class PracticeRepository:
    """What the ledger knows of practice. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, on: HiddenTestSet) -> int:
        """How many scored attempts the learner has made."""
        with self._database.reading() as session:
            return _count(session, on)

    def would_disclose(self, attempt: PracticeAttempt, predictions: NDArray[Any]) -> bool:
        """Whether the figures of these predictions would be disclosed now."""
        with self._database.reading() as session:
            best = _best(session, attempt.on)
            return best is None or _climbs(session, attempt, best, predictions)


@store_attachment.register
def _(attempt: PracticeAttempt, session: Session, submission: SubmissionRow) -> None:
    """Counts the attempt, and decides whose figures are disclosed for it: one after the other, as written.

    Raises:
        NoAttemptsLeft: the learner has used all of them; the submission is not stored either then.
    """
    learner = session.scalars(select(LearnerRow).where(LearnerRow.name == attempt.on.learner)).one()
    used, best = _count(session, attempt.on), _best(session, attempt.on)
    require_attempt(used, attempt.on, attempt.limit)
    packed = session.scalar(select(PredictionsRow.packed).where(PredictionsRow.number == submission.number))
    climbs = best is None or (
        packed is not None and _climbs(session, attempt, best, decode_stored_predictions(packed))
    )
    session.add(
        PracticeRow(
            number=submission.number,
            learner_id=learner.id,
            attempt=used + 1,
            figures_of=submission.number if climbs else best,
            **{name: value for name, value in asdict(attempt.on).items() if name != "learner"},
        )
    )


def as_disclosed(session: Session, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records with the figures that may be disclosed to their learner."""
    records = tuple(records)
    if not records:
        return ()
    numbers = [record.number for record in records]
    between = select(PracticeRow).where(PracticeRow.number.between(min(numbers), max(numbers)))
    rows = {row.number: row for row in session.scalars(between)}
    return tuple(
        _as_disclosed(session, record, row) if (row := rows.get(record.number)) else record
        for record in records
    )


def is_disclosed(session: Session, number: int) -> bool:
    """Whether a submission's own figures are disclosed."""
    row = session.get(PracticeRow, number)
    return row is None or row.figures_of == number


def _as_disclosed(session: Session, record: Record, row: PracticeRow) -> Record:
    counted = replace(record, attempt=row.attempt)
    if row.figures_of == record.number:
        return counted
    best = to_record(session.get_one(SubmissionRow, row.figures_of)).card
    card = without_change(record.card, best, row.figures_of)
    return replace(counted, card=card, figures_of=row.figures_of)


def _theirs(query: Any, on: HiddenTestSet) -> Any:
    return query.join(LearnerRow, LearnerRow.id == PracticeRow.learner_id).where(
        LearnerRow.name == on.learner,
        PracticeRow.problem == on.problem,
        PracticeRow.data == on.data,
        PracticeRow.split == on.split,
    )


def _count(session: Session, on: HiddenTestSet) -> int:
    return session.scalar(_theirs(select(func.count()).select_from(PracticeRow), on)) or 0


def _best(session: Session, on: HiddenTestSet) -> int | None:
    """The number of the best attempt whose figures were disclosed; None without one."""
    query = select(PracticeRow.number, ScoreRow.value).select_from(PracticeRow)
    disclosed = _theirs(query, on).where(PracticeRow.figures_of == PracticeRow.number)
    rows = session.execute(disclosed.join(ScoreRow, ScoreRow.number == PracticeRow.number)).all()
    better = max if find(on.problem).metric.higher_is_better else min
    return None if not rows else int(better(rows, key=lambda row: row.value).number)


def _climbs(session: Session, attempt: PracticeAttempt, best: int, predictions: NDArray[Any]) -> bool:
    packed = session.scalar(select(PredictionsRow.packed).where(PredictionsRow.number == best))
    return packed is not None and attempt.beats(decode_stored_predictions(packed), predictions)
