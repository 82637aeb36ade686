"""A ledger that an earlier tfprep wrote is brought up to date with everything in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from tfprep.grader.ledger import Ledger, migrations

FIRST = "0001"
STEPS = (
    "INSERT INTO learners (id, name) VALUES (1, 'ann')",
    """INSERT INTO submissions (number, learner_id, problem, edition, name, kind, digest, size, submitted_at)
       VALUES (7, 1, 'problem2', 'package', 'mymodel.h5', 'h5', 'abcd', 5, '2026-05-01 12:00:00.000000')""",
    """INSERT INTO scores (number, verdict, score, reason, metric, unit, scores_in_interval, margin, findings,
       seconds_start, seconds_transfer, seconds_train, seconds_load, seconds_predict, seconds_score,
       seconds_total, model, log)
       VALUES
       (7, 'partial', 3, 'Nearly.', 'accuracy', '', '[3]', 'null', '[]', 0, 0, 0, 0, 0, 0, 0, '{}', '')""",
)


def write_first_ledger(file: Path) -> None:
    """A ledger as the first step left it, with one submission."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    engine.dispose()
    with closing(sqlite3.connect(file)) as database, database:
        for step in STEPS:
            database.execute(step)


def test_a_ledger_of_the_first_step_keeps_its_scores(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_first_ledger(file)
    with Ledger.open(file) as ledger:
        (record,) = ledger.history()
        assert (record.number, record.learner, record.card.score, record.card.bands) == (7, "ann", 3, ())
        assert ledger.cohorts.names() == ()
        assert ledger.curves.read(7) is None


def test_a_ledger_is_at_its_newest_step_once_opened(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_first_ledger(file)
    Ledger.open(file).close()
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (migrations.HEAD,)
