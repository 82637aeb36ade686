"""Cohorts: whose submission stands where, and what a mentor decided."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables. A mentor's own bands are kept with each score that they decided."""
    op.add_column("scores", sa.Column("bands", sa.JSON))
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("mark", sa.Integer, nullable=False),
        sa.Column("learners", sa.JSON, nullable=False),
        sa.Column("unplaced", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    _make_entries()
    op.create_table(
        "cohort_places",
        sa.Column("id", sa.Integer, primary_key=True),
        _cohort(),
        *_whose(),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.UniqueConstraint("cohort_id", "learner", "problem", "place"),
    )
    op.create_table(
        "cohort_overrides",
        sa.Column("id", sa.Integer, primary_key=True),
        _cohort(),
        *_whose(),
        sa.Column("score", sa.Double),
        *_audited(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cohort_regrades",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("cohort_entries.id"), nullable=False, index=True),
        sa.Column("before", sa.Integer, sa.ForeignKey("submissions.number"), nullable=False),
        sa.Column("after", sa.Integer, sa.ForeignKey("submissions.number"), nullable=False),
        *_audited(),
        sqlite_autoincrement=True,
    )


def _make_entries() -> None:
    """The same bytes of the same learner stand in a cohort once: nothing is ever scored twice."""
    op.create_table(
        "cohort_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        _cohort(),
        *_whose(),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("handed_in", sa.DateTime(timezone=True)),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), nullable=False, unique=True),
        sa.Column("copied_from", sa.Integer, sa.ForeignKey("submissions.number")),
        sa.UniqueConstraint("cohort_id", "learner", "problem", "digest"),
        sqlite_autoincrement=True,
    )


def _cohort() -> "sa.Column[int]":
    return sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False, index=True)


def _whose() -> "tuple[sa.Column[str], sa.Column[str]]":
    return sa.Column("learner", sa.Text, nullable=False), sa.Column("problem", sa.Text, nullable=False)


def _audited() -> "tuple[sa.Column[object], ...]":
    """Who did it, when and why."""
    return (
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
