"""Which program took a cohort's lock last, so that another one can say who holds it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Adds a column: of earlier locks nothing is known."""
    op.add_column("cohorts", sa.Column("locked_by", sa.Text))
