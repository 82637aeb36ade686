"""The ledger's training curves: what a workspace's log said when a model was submitted."""

from __future__ import annotations

import json
import zlib

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..submission.curves import Curve, Curves
from .attachments import store_attachment
from .database import Database
from .tables import SubmissionRow, Table


class CurvesRow(Table):
    """The curves of one submission: compressed JSON, for they may be long."""

    __tablename__ = "curves"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    source: Mapped[str]
    packed: Mapped[bytes]


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
