"""Every run of `cohort grade`, with its source and the files that it found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOVED = ("folder", "newest_entry", "unmatched")
"""What a cohort knew of the last run only, and each run has now."""

_FILES = """
    INSERT INTO cohort_run_files (run_id, learner, problem, found_at, handed_in, digest, why)
    SELECT cohort_runs.id, file.learner, file.problem, file.found_at, entry.handed_in,
        CASE WHEN settled OR entry.id > newest_entry THEN coalesce(entry.digest, '-') ELSE '' END,
        why
    FROM cohort_files AS file
    JOIN cohorts ON cohorts.id = file.cohort_id
    JOIN cohort_runs ON cohort_runs.cohort_id = file.cohort_id
    LEFT JOIN cohort_entries AS entry ON entry.id = (
        SELECT max(other.id) FROM cohort_entries AS other
        WHERE other.cohort_id = file.cohort_id AND other.learner = file.learner
            AND other.problem = file.problem AND other.found_at = file.found_at
    )
    ORDER BY file.id
"""
"""Of the newest entry of the same place; "-" where that was found elsewhere, nothing where there is none."""


def upgrade() -> None:
    """Makes the tables, with one run for what each cohort graded last."""
    op.create_table(
        "cohort_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohorts.id"), nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("begun_by", sa.Text, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unmatched", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cohort_run_files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("cohort_runs.id"), nullable=False, index=True),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("found_at", sa.Text, nullable=False),
        sa.Column("handed_in", sa.DateTime(timezone=True)),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.UniqueConstraint("run_id", "learner", "problem", "found_at"),
    )
    op.execute(
        "INSERT INTO cohort_runs (cohort_id, source, begun_by, begun_at, unmatched) "
        "SELECT id, folder, '', used_at, unmatched FROM cohorts ORDER BY id"
    )
    op.execute(_FILES)
    op.add_column("cohorts", sa.Column("assignments", sa.JSON, nullable=False, server_default="{}"))
    op.drop_table("cohort_files")
    for column in _MOVED:
        op.execute(f"ALTER TABLE cohorts DROP COLUMN {column}")
