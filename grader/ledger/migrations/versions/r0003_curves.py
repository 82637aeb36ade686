"""Training curves: what a workspace's log said when a model was submitted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table. Curves share their submission's number."""
    op.create_table(
        "curves",
        sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
