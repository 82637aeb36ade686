"""What a hand-in's notes said first, and whether a certificate was ever signed for it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Adds two columns: of earlier results neither is known."""
    op.add_column("cohort_exam_results", sa.Column("facts", sa.JSON))
    op.add_column("cohort_exam_results", sa.Column("certified", sa.Boolean))
