"""The scoring digest by its name, and what an interval assumes. No score or interval changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Renames a column and adds one, empty for every interval of an earlier version."""
    op.execute("ALTER TABLE scores RENAME COLUMN grader_fingerprint TO scoring_fingerprint")
    op.add_column("scores", sa.Column("interval_assumes", sa.Text, nullable=False, server_default=""))
