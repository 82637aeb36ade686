"""Which half of the hidden test set a submission was scored on."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the column, empty: so far it was the whole."""
    op.add_column("scores", sa.Column("half", sa.Text, nullable=False, server_default=""))
