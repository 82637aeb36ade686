"""Cohorts: whose submission stands where, and what a mentor decided."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables."""
