"""Rows of a cohort: how they are found, and how an entry and a regraded one are attached to a submission."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ...errors import NoSuchRecord
from ...files.text import listed
from ..records.cohort import NO_COHORT, Pending
from ..records.cohort_runs import CohortEntry, Regraded
from .submissions import store_attachment
from .tables import CohortEntryRow, CohortRow, CohortRunFileRow, CohortRunRow, RegradeRow, SubmissionRow

_WITH_A_SCORE: Final = ("copied_from", "grading_config", "inputs", "fault")
"""Columns of an entry that change with its submission."""


@store_attachment.register
def _(entry: CohortEntry, session: Session, submission: SubmissionRow) -> None:
    """A new entry, by which its file in the run that began last is pending no longer.

    Raises:
        IntegrityError: these bytes of this learner have an entry already.
    """
    values = asdict(entry)
    cohort = found(session, values.pop("cohort"))
    session.add(CohortEntryRow(cohort_id=cohort.id, number=submission.number, **values))
    update_file(session, last_run(session, cohort), entry, {"digest": entry.digest})


@store_attachment.register
def _(regraded: Regraded, session: Session, submission: SubmissionRow) -> None:
    """The entry counts with the new submission; which one it was before is stored."""
    row = session.get_one(CohortEntryRow, regraded.entry)
    how = {"made_by": regraded.by, "made_at": submission.submitted_at, "reason": regraded.why}
    values = {column: getattr(regraded, column) for column in _WITH_A_SCORE}
    change_score(session, row, submission.number, values, act=regraded.act, undoes="", **how)


def change_score(
    session: Session, row: CohortEntryRow, number: int, values: Mapping[str, Any], **how: Any
) -> None:
    """An entry counts with another submission from now on.

    Args:
        session: that stores it.
        row: the entry.
        number: of the submission.
        values: what else the entry has with it: `_WITH_A_SCORE`.
        how: the other columns of the change.
    """
    before = {column: getattr(row, column) for column in _WITH_A_SCORE}
    session.add(RegradeRow(entry_id=row.id, before=row.number, after=number, entry_before=before, **how))
    row.number = number
    for column in _WITH_A_SCORE:
        setattr(row, column, values[column])


def of(table: Any, cohort: CohortRow) -> Any:
    """A query for the rows of a table that belong to a cohort."""
    return select(table).where(table.cohort_id == cohort.id)


def found(session: Session, name: str) -> CohortRow:
    """The cohort of this name. Raises NoSuchRecord."""
    known = session.info.get(name)  # many entries of one transaction belong to one cohort
    if isinstance(known, CohortRow):
        return known
    row = session.scalar(select(CohortRow).where(CohortRow.name == name))
    if row is None:
        known = session.scalars(select(CohortRow.name).order_by(CohortRow.used_at.desc())).all()
        raise no_such_cohort(name, known)
    session.info[name] = row
    return row


def no_such_cohort(name: str, known: Sequence[str]) -> NoSuchRecord:
    """The error for a name that no cohort has, with the names that there are."""
    if not known:
        return NoSuchRecord(NO_COHORT)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    offer = f"Did you mean {near[0]!r}?" if near else f"There are: {listed(known, 10)}."
    return NoSuchRecord(f"No cohort is called {name!r}. {offer}")


def last_run(session: Session, cohort: CohortRow) -> int:
    """The id of the run that began last; 0 where there was none."""
    known = session.info.get(cohort.id)  # many entries of one transaction belong to one run
    if not isinstance(known, int):
        newest = select(func.max(CohortRunRow.id)).where(CohortRunRow.cohort_id == cohort.id)
        known = session.info[cohort.id] = session.scalar(newest) or 0
    return known


def update_file(
    session: Session, run: int, file: Pending | CohortEntry, values: Mapping[str, object]
) -> None:
    """Changes what is stored of a file in a run; nothing where the run has no such file."""
    same = {column: getattr(file, column) for column in ("learner", "problem", "found_at")}
    session.execute(update(CohortRunFileRow).filter_by(run_id=run, **same).values(**values))
