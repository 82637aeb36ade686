"""What tells a learner's attempts apart: a note, and the starter as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Makes the table. Notes share their submission's number."""
    op.create_table(
        "notes",
        sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
    )
