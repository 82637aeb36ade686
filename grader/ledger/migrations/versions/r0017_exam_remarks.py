"""Remarks on results of exams that count, and when a model was saved that nobody submitted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds the columns: nothing is known of earlier exams."""
    op.add_column("exam_submissions", sa.Column("saved", sa.Double))
    op.add_column("cohort_exam_results", sa.Column("notes", sa.JSON))
