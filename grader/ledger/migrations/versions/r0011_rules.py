"""The rules of each run, as text; whom a new roster named; what a platform marked late; what timed out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the table, empty: earlier versions kept the path of the rules and not what they said."""
    op.create_table(
        "cohort_rules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False, index=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("extensions", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    # Not a foreign key: SQLite cannot add one to a table that is there.
    op.add_column("cohort_runs", sa.Column("rules_id", sa.Integer))
    op.add_column("cohort_runs", sa.Column("roster", sa.JSON))
    op.add_column("cohort_entries", sa.Column("fault", sa.Text))
    op.add_column("cohort_run_files", sa.Column("marked_late", sa.Boolean))
