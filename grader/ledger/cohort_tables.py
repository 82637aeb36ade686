"""The tables of cohorts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .tables import SubmissionRow, Table, UtcTime


class CohortRow(Table):
    """A cohort, its people and its rules."""

    __tablename__ = "cohorts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime] = mapped_column(UtcTime)
    rules: Mapped[str]
    folder: Mapped[str]
    mark: Mapped[int]
    """The newest entry when what is pending was noted: younger ones settle it."""
    learners: Mapped[list[Any]]
    unplaced: Mapped[list[Any]]


class EntryRow(Table):
    """One learner's file for one problem, and the submission that it counts with now."""

    __tablename__ = "cohort_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    digest: Mapped[str]
    place: Mapped[str]
    handed_in: Mapped[datetime | None] = mapped_column(UtcTime)
    grading_config: Mapped[str] = mapped_column("ground")
    inputs: Mapped[str] = mapped_column("questions")
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    copied_from: Mapped[int | None] = mapped_column(ForeignKey("submissions.number"))
    submission: Mapped[SubmissionRow] = relationship(foreign_keys=[number])


class PlaceRow(Table):
    """What was found in the folder that was graded last, in its order, and why it has no result yet."""

    __tablename__ = "cohort_places"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    place: Mapped[str]
    why: Mapped[str]
    settled: Mapped[bool]
    """It had an entry when it was found. A younger entry at its place settles it too."""


class OverrideRow(Table):
    """A mentor's score for a learner and problem; without one, what stood there was taken back."""

    __tablename__ = "cohort_overrides"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    score: Mapped[float | None] = mapped_column(Double)
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class RegradeRow(Table):
    """An entry's change from one submission to another."""

    __tablename__ = "cohort_regrades"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("cohort_entries.id"))
    before: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    after: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    entry: Mapped[EntryRow] = relationship()
