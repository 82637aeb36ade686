"""Results of a mentor's exams, collected for a cohort."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table; what was collected before was kept nowhere."""
    op.create_table(
        "cohort_exam_results",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("collected_by", sa.Text, nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("exam", sa.Text, nullable=False),
        sa.Column("total", sa.Double, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("points", sa.JSON, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("remarks", sa.JSON, nullable=False),
        sa.UniqueConstraint("cohort_id", "source", "digest"),
    )
