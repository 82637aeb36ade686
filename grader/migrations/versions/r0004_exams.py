"""Exams: sittings, their clock, and what was submitted in them."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables."""
