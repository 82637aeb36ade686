"""How often a hidden test set was tried in practice, and whose figures are told for each attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_BEFORE = """
    INSERT INTO practice_attempts (number, learner_id, problem, data, split, attempt, figures_of)
    SELECT submissions.number, submissions.learner_id, submissions.problem, scores.data_fingerprint, 'hidden',
           ROW_NUMBER() OVER (
               PARTITION BY submissions.learner_id, submissions.problem, scores.data_fingerprint
               ORDER BY submissions.number
           ),
           submissions.number
    FROM submissions JOIN scores ON scores.number = submissions.number
    WHERE scores.value IS NOT NULL AND scores.data_fingerprint IS NOT NULL
      AND submissions.number NOT IN (SELECT number FROM cohort_entries)
      AND submissions.number NOT IN (SELECT before FROM cohort_regrades)
      AND submissions.number NOT IN (SELECT number FROM exam_submissions)
"""
"""What was practised so far: each with its own figures, which were told."""


def upgrade() -> None:
    """Adds the table. Earlier attempts count."""
    op.create_table(
        "practice_attempts",
        sa.Column("number", sa.Integer, sa.ForeignKey("submissions.number"), primary_key=True),
        sa.Column("learner_id", sa.Integer, sa.ForeignKey("learners.id"), nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("figures_of", sa.Integer, sa.ForeignKey("submissions.number"), nullable=False),
        sa.UniqueConstraint("learner_id", "problem", "data", "split", "attempt"),
    )
    op.execute(_BEFORE)
