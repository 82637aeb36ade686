"""Learners by name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exc, insert, select
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
