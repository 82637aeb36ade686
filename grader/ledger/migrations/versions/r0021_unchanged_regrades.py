"""Regradings that gave nobody a new result, for the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Adds a table: of earlier ones nothing is known."""
    op.create_table(
        "cohort_unchanged_regrades",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("rerun", sa.Boolean, nullable=False),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("outdated", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
