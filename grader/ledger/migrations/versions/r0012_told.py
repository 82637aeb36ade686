"""What a mentor told a run of its source: the problem, and the corrected list of what was not placed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds the column, empty: what earlier runs were told is not known."""
    op.add_column("cohort_runs", sa.Column("told", sa.JSON))
