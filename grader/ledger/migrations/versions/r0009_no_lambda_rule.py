"""A cohort's policy says nothing of Lambda layers any more; what was graded without them stays known."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Leaves the key out where it was false. Where it was true, another policy graded, and stays told so."""
    entries = sa.table("cohort_entries", sa.column("id"), sa.column("grading_config", sa.Text))
    connection = op.get_bind()
    rows = connection.execute(sa.select(entries.c.id, entries.c.grading_config)).all()
    for number, text in rows:
        config = json.loads(text)
        if config.get("policy", {}).get("allow_lambda") is False:
            del config["policy"]["allow_lambda"]
            shorter = json.dumps(config, sort_keys=True, separators=(",", ":"))
            connection.execute(
                sa.update(entries).where(entries.c.id == number).values(grading_config=shorter)
            )
