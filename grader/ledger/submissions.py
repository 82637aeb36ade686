"""Submissions as rows: whose they are, their cards and predictions, and what is stored with each of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import singledispatch
from importlib import import_module

from sqlalchemy import exc, insert, select
from sqlalchemy.orm import Session

from ..grade import Graded
from ..records import Attachment, Curve, Curves
from ..scoring.card import Verdict
from .database import Database
from .rows import pack, score_values, submission_values
from .tables import CurvesRow, LearnerRow, PredictionsRow, ScoreRow, SubmissionRow


def add_submissions(session: Session, all_graded: Sequence[Graded], when: datetime) -> list[SubmissionRow]:
    """Adds graded submissions, and gives their rows, detached, with their numbers.

    Raises:
        ValueError: for a card whose fault is ours.
    """
    if any(graded.card.verdict is Verdict.OUR_FAULT for graded in all_graded):
        raise ValueError("A fault of ours is not an attempt, so it is not recorded.")
    if not all_graded:
        return []
    learners = find_or_add_all(session, [graded.submission.learner for graded in all_graded])
    # Not object by object: a batch of a fast sandbox spends most of its time here.
    submissions = [
        submission_values(graded, learners[graded.submission.learner].id, when) for graded in all_graded
    ]
    returning = insert(SubmissionRow).returning(SubmissionRow.number, sort_by_parameter_order=True)
    numbers = list(session.scalars(returning, submissions))
    numbered = list(zip(numbers, all_graded, strict=True))
    scores = [{"number": number, **score_values(graded)} for number, graded in numbered]
    session.execute(insert(ScoreRow), scores)
    predictions = [
        {"number": number, "packed": pack(graded.predictions)}
        for number, graded in numbered
        if graded.predictions is not None
    ]
    if predictions:
        session.execute(insert(PredictionsRow), predictions)
    return [SubmissionRow(number=number, submitted_at=when) for number in numbers]


def find_or_add(session: Session, name: str) -> LearnerRow:
    """The learner's row, made the first time, also when two of theirs arrive at once."""
    by_name = select(LearnerRow).where(LearnerRow.name == name)
    known = session.scalar(by_name)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(made := LearnerRow(name=name))
    except exc.IntegrityError:
        return session.scalars(by_name).one()
    return made


def find_or_add_all(session: Session, names: Collection[str]) -> dict[str, LearnerRow]:
    """The rows of all these learners, by name."""
    found = session.scalars(select(LearnerRow).where(LearnerRow.name.in_(set(names))))
    known = {row.name: row for row in found}
    missing = [name for name in dict.fromkeys(names) if name not in known]
    return known | {name: find_or_add(session, name) for name in missing}


@singledispatch
def store_attachment(attachment: Attachment, session: Session, submission: SubmissionRow) -> None:
    """Adds an attachment's rows to the transaction that stores its submission, which has its number already.

    Raises:
        TypeError: for a kind of attachment that no module has registered.
    """
    import_module(f"{__package__}.cohorts")  # registers what a cohort keeps with a submission
    store = store_attachment.dispatch(type(attachment))
    if store is store_attachment.dispatch(object):
        raise TypeError(f"The ledger cannot store a {type(attachment).__name__}.")
    store(attachment, session, submission)


class CurveRepository:
    """What the ledger knows of training curves. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, number: int) -> Curves | None:
        """The curves stored with this submission; None where there were none."""
        with self._database.reading() as session:
            row = session.get(CurvesRow, number)
            if row is None:
                return None
            curves = json.loads(zlib.decompress(row.packed))
            return Curves(row.source, tuple(Curve(each[0], *map(tuple, each[1:])) for each in curves))


@store_attachment.register
def _(curves: Curves, session: Session, submission: SubmissionRow) -> None:
    plain = json.dumps([[curve.name, curve.steps, curve.values] for curve in curves.curves])
    packed = zlib.compress(plain.encode())
    session.add(CurvesRow(number=submission.number, source=curves.source, packed=packed))
