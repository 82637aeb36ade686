"""What was measured of a hand-in of an exam, so that it is not run again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Adds the column: nothing is known of earlier results."""
    op.add_column("cohort_exam_results", sa.Column("graded", sa.JSON))
