"""Submissions in the ledger: whose they are, and what is stored with each of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection
from functools import singledispatch

from sqlalchemy import exc, insert, select
from sqlalchemy.orm import Session

from ..records import Attachment
from ..submission.curves import Curve, Curves
from .database import Database
from .tables import CurvesRow, LearnerRow, SubmissionRow


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
    if not missing:
        return known
    try:
        with session.begin_nested():
            session.execute(insert(LearnerRow), [{"name": name} for name in missing])
    except exc.IntegrityError:
        # Somebody added one of them this moment.
        return known | {name: find_or_add(session, name) for name in missing}
    added = session.scalars(select(LearnerRow).where(LearnerRow.name.in_(missing)))
    return known | {row.name: row for row in added}


@singledispatch
def store_attachment(companion: Attachment, session: Session, submission: SubmissionRow) -> None:
    """Adds a companion's rows to the transaction that keeps its submission, which has its number already.

    Raises:
        TypeError: for a companion that no module has registered.
    """
    raise TypeError(f"The ledger has no place for a {type(companion).__name__}.")


class CurveRepository:
    """What the ledger knows of training curves. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, number: int) -> Curves | None:
        """The curves kept with this submission; None where there were none."""
        with self._database.reading() as session:
            row = session.get(CurvesRow, number)
            return None if row is None else Curves(row.source, _unpack(row.packed))


@store_attachment.register
def _(companion: Curves, session: Session, submission: SubmissionRow) -> None:
    session.add(CurvesRow(number=submission.number, source=companion.source, packed=_pack(companion.curves)))


def _pack(curves: tuple[Curve, ...]) -> bytes:
    return zlib.compress(json.dumps([[curve.name, curve.steps, curve.values] for curve in curves]).encode())


def _unpack(packed: bytes) -> tuple[Curve, ...]:
    told = json.loads(zlib.decompress(packed))
    return tuple(Curve(name, tuple(steps), tuple(values)) for name, steps, values in told)
