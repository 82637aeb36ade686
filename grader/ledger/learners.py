"""Learners by name."""

from __future__ import annotations

from sqlalchemy import exc, select
from sqlalchemy.orm import Session

from .tables import LearnerRow


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
