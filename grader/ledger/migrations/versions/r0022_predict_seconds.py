"""One name for a model's time limit, in stored JSON as in a problem: `predict_seconds`."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_ENTRIES = sa.table("cohort_entries", sa.column("id"), sa.column("grading_config", sa.Text))
_EXAMS = sa.table("exam_sessions", sa.column("number"), sa.column("plan", sa.JSON))


def upgrade() -> None:
    """Renames the key where a limit is stored: in cohorts' entries and exams' plans."""
    connection = op.get_bind()
    for identity, config in connection.execute(sa.select(_ENTRIES)).all():
        values = json.loads(config)
        values["policy"] = _renamed(values["policy"])
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        connection.execute(_ENTRIES.update().where(_ENTRIES.c.id == identity).values(grading_config=text))
    for number, plan in connection.execute(sa.select(_EXAMS)).all():
        plan["categories"] = [_renamed(each) for each in plan["categories"]]
        connection.execute(_EXAMS.update().where(_EXAMS.c.number == number).values(plan=plan))


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    return {"predict_seconds" if key == "answer_seconds" else key: value for key, value in values.items()}
