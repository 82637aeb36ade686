"""What tells hand-ins of one learner apart wherever they were graded, and which one a mentor chose."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Adds columns and a table: nothing is known of earlier results."""
    op.add_column("cohort_exam_results", sa.Column("started", sa.DateTime(timezone=True)))
    op.add_column("cohort_exam_results", sa.Column("stands", sa.Boolean))
    op.add_column("cohort_exam_results", sa.Column("models", sa.JSON))
    op.create_table(
        "cohort_exam_choices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("exam", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
