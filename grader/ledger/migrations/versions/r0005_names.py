"""The field's names, for tables, columns and keys of stored JSON. No score or prediction changes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CODES = {
    "target_not_turned_back": "target_not_rescaled",
    "too_large_to_answer": "too_large_to_run",
}


def upgrade() -> None:
    """Renames, and gives the model's weights a column of their own."""
    op.rename_table("sittings", "exam_sessions")
    op.rename_table("exam_entries", "exam_submissions")
    op.rename_table("cohort_places", "cohort_files")
    for table, old, new in (
        ("submissions", "edition", "data_source"),
        ("cohort_entries", "ground", "grading_config"),
        ("cohort_entries", "questions", "inputs"),
        ("cohort_entries", "place", "found_at"),
        ("cohort_files", "place", "found_at"),
        ("cohorts", "mark", "newest_entry"),
        ("cohorts", "unplaced", "unmatched"),
        ("exam_submissions", "sitting", "session"),
    ):
        # SQLite (from 3.25) and PostgreSQL say it alike; alembic would write SQLite's tables anew.
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.add_column("scores", sa.Column("weight_fingerprint", sa.Text, nullable=False, server_default=""))
    _rewrite("scores", "number", {"margin": sa.JSON, "findings": sa.JSON, "model": sa.JSON}, _score)
    _rewrite("cohort_entries", "id", {"grading_config": sa.Text}, _cohort_entry)
    _rewrite("cohorts", "id", {"unmatched": sa.JSON}, _cohort)
    _rewrite("exam_sessions", "number", {"plan": sa.JSON}, _exam_session)


def _score(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if row["margin"] and "line" in row["margin"]:
        values["margin"] = _renamed(row["margin"], {"line": "threshold"})
    if any(finding["code"] in _CODES for finding in row["findings"]):
        values["findings"] = [
            finding | {"code": _CODES.get(finding["code"], finding["code"])} for finding in row["findings"]
        ]
    if "sketch" in row["model"]:
        values["weight_fingerprint"] = row["model"]["sketch"]
        values["model"] = {name: fact for name, fact in row["model"].items() if name != "sketch"}
    return values


def _cohort(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"unmatched": [_renamed(each, {"place": "found_at"}) for each in row["unmatched"]]}


def _cohort_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    config = _renamed(json.loads(row["grading_config"]), {"terms": "policy"})
    return {"grading_config": json.dumps(config, sort_keys=True, separators=(",", ":"))}


def _exam_session(row: Mapping[str, Any]) -> dict[str, Any]:
    plan = _renamed(row["plan"], {"setting": "config"})
    plan["categories"] = [_renamed(each, {"edition": "data_source"}) for each in plan["categories"]]
    return {"plan": plan}


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}


def _rewrite(
    name: str, key: str, columns: Mapping[str, Any], change: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> None:
    """Each row of a table with what `change` makes of it; rows of which it makes nothing stay untouched."""
    table = sa.table(
        name,
        sa.column(key),
        sa.column("weight_fingerprint", sa.Text),
        *(sa.column(column, kind) for column, kind in columns.items()),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c[key], *(table.c[column] for column in columns))).mappings()
    for row in rows.all():
        if values := change(dict(row)):
            connection.execute(sa.update(table).where(table.c[key] == row[key]).values(values))
