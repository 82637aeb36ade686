"""Submissions that a mentor withdrew, or let count again; and whether a cohort has a roster."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the table. Of an older cohort it is not known whether everybody was listed or found."""
    op.add_column("cohorts", sa.Column("has_roster", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "cohort_withdrawals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("cohort_entries.id"), nullable=False, index=True),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
