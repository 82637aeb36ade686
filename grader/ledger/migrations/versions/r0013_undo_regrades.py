"""What a regrading needs to be taken back: which acts belong together, and what each entry was before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds the columns, empty: what earlier versions regraded cannot be taken back as such."""
    op.add_column("cohort_regrades", sa.Column("act", sa.Text, nullable=False, server_default=""))
    op.add_column("cohort_regrades", sa.Column("undoes", sa.Text, nullable=False, server_default=""))
    op.add_column("cohort_regrades", sa.Column("entry_before", sa.JSON))
