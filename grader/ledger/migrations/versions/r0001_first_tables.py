"""The first tables: learners, submissions, scores, predictions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the four tables. A submission, its score and its predictions share one number."""
    op.create_table(
        "learners",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "submissions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("learner_id", sa.Integer, sa.ForeignKey("learners.id"), nullable=False, index=True),
        sa.Column("problem", sa.Text, nullable=False, index=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    _make_scores()
    op.create_table(
        "predictions",
        _number(),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )


def _make_scores() -> None:
    seconds = ("start", "transfer", "train", "load", "predict", "score", "total")
    op.create_table(
        "scores",
        _number(),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("interval_low", sa.Double),
        sa.Column("interval_high", sa.Double),
        sa.Column("scores_in_interval", sa.JSON, nullable=False),
        sa.Column("margin", sa.JSON, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        *(sa.Column(f"seconds_{step}", sa.Double, nullable=False) for step in seconds),
        sa.Column("artifact_fingerprint", sa.Text),
        sa.Column("data_fingerprint", sa.Text),
        sa.Column("grader_fingerprint", sa.Text),
        sa.Column("environment_fingerprint", sa.Text),
        sa.Column("model", sa.JSON, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
    )


def _number() -> "sa.Column[int]":
    """The submission's number, which is also this row's."""
    return sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), primary_key=True)
