"""Training curves: what a workspace's log said when a model was submitted."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the tables."""
