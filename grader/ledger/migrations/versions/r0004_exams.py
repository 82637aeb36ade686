"""Exams: sittings, their clock, and what was submitted in them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "sittings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("learner_id", sa.Integer, sa.ForeignKey("learners.id"), nullable=False, index=True),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock", sa.JSON, nullable=False),
        sa.Column("returned", sa.JSON, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), index=True),
        sa.Column("ending", sa.Text),
        sa.Column("result", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exam_entries",
        sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), primary_key=True),
        sa.Column("sitting", sa.Integer, sa.ForeignKey("sittings.number"), nullable=False, index=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
    )
