"""A ledger that an earlier tfprep wrote is brought up to date with everything in it.

`ledger_0004.sql` is what the last version with step 0004 wrote, paths aside: two learners' practice, a cohort
with an override and a regrading, an exam that ended and one that runs.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url

from tfprep.cohorts.gradebook.dated_attempts import dated_attempts
from tfprep.errors import BadCohort, ExamError
from tfprep.grader import SubmissionPolicy
from tfprep.grader.ledger import Ledger, migrations
from tfprep.problems import Band

from .. import warm_python
from ..postgres import PostgresServer

FIRST, BEFORE_NAMES = "0001", "0004"
BEFORE = Path(__file__).parent / "ledger_0004.sql"
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


@contextmanager
def at_step(url: str, step: str) -> Iterator[Connection]:
    """A new database, its tables as a step left them."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(make_url(url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)
        yield connection
    engine.dispose()


def write_first_ledger(file: Path) -> None:
    """A ledger as the first step left it, with one submission."""
    with at_step(f"sqlite:///{file}", FIRST) as connection:
        for step in STEPS:
            connection.execute(text(step))


def write_ledger_before(file: Path) -> None:
    """The file that the version before the field's names left behind."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(BEFORE.read_text("utf-8"))


def copy_ledger_before(file: Path, url: str) -> None:
    """The same rows in another kind of database."""
    source = create_engine(f"sqlite:///{file}")
    with source.connect() as old, at_step(url, BEFORE_NAMES) as new:
        tables = MetaData()
        tables.reflect(old)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [
                {name: _in_utc(value) for name, value in row.items()}
                for row in old.execute(table.select()).mappings()
            ]
            if rows:
                new.execute(table.insert(), rows)
        # What was numbered by hand is not counted by PostgreSQL's own sequences.
        for table, key in (("submissions", "number"), ("cohort_entries", "id"), ("sittings", "number")):
            new.execute(text(f"SELECT setval('{table}_{key}_seq', (SELECT max({key}) FROM {table}))"))
    source.dispose()


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a ledger of the version before is, in each kind of database."""
    file = tmp_path / "ledger.db"
    write_ledger_before(file)
    if request.param == "sqlite":
        return file
    server: PostgresServer = request.getfixturevalue("postgres")
    place = server.new_database()
    copy_ledger_before(file, place.replace("postgresql:", "postgresql+psycopg:"))
    return place


def test_a_ledger_of_the_first_step_keeps_its_scores(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_first_ledger(file)
    with Ledger.open(file) as ledger:
        (record,) = ledger.history()
        assert (record.number, record.learner, record.card.score, record.card.bands) == (7, "ann", 3, ())
        assert (record.card.data_source, record.weight_fingerprint) == ("package", "")
        assert ledger.cohorts.names() == ()
        assert ledger.curves.read(7) is None


def test_a_ledger_is_at_its_newest_step_once_opened(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_first_ledger(file)
    Ledger.open(file).close()
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (migrations.HEAD,)


def test_submissions_of_the_version_before_are_read_as_they_were(before: str | Path) -> None:
    with Ledger.open(before) as ledger:
        scores = [(record.learner, record.card.score) for record in ledger.history(problem="problem1")]
        assert scores[:6] == [("ann", 5), ("ann", 4), ("bob", 0), ("cleo", 5), ("eve", 5), ("dan", 0)]
        nearly = ledger.read(2)
        assert nearly.card.data_source == "package"
        assert nearly.card.margin is not None
        assert (nearly.card.margin.threshold, nearly.card.margin.within_interval) == (2.4, True)
        assert nearly.card.bands[0] == Band(5, at_most=2.4)
        assert nearly.weight_fingerprint.startswith("1;3e9767e8")
        assert set(nearly.card.model) >= {"input", "output", "layers"}
        assert "sketch" not in nearly.card.model
        assert [finding.code for finding in ledger.read(3).card.findings] == ["target_not_rescaled"]
        predictions = ledger.predictions(2)
        assert predictions is not None
        assert predictions.shape == (105, 1)


def test_practice_of_the_version_before_counts_as_attempts_with_its_own_figures(before: str | Path) -> None:
    with Ledger.open(before) as ledger:
        records = ledger.history()
        assert {record.figures_of for record in records} == {None}
        counted = {record.number: record.attempt for record in records if record.attempt}
        cohort = {each.record.number for each in ledger.cohorts.attempts("spring")}
        assert counted[1] == 1
        assert not cohort & counted.keys(), "what a mentor graded is no practice"


def test_a_cohort_of_the_version_before_is_read_as_it_was(before: str | Path) -> None:
    with Ledger.open(before) as ledger:
        attempts = sorted(ledger.cohorts.attempts("spring"), key=lambda each: each.entry.learner)
        assert [(each.entry.learner, each.record.number) for each in attempts] == [
            ("cleo", 7),
            ("dan", 8),
            ("eve", 9),
        ]
        assert attempts[1].entry.found_at == "dan/regression/mymodel.keras"
        assert attempts[2].entry.copied_from == 4
        configs = [json.loads(each.entry.grading_config) for each in attempts]
        assert all(each["policy"] == asdict(SubmissionPolicy(allow_scripts=False)) for each in configs)
        note = ledger.cohorts.read("spring")
        assert (note.pending, len(note.runs)) == ((), 1)
        assert {file.digest for file in note.runs[0].files} <= {each.entry.digest for each in attempts}
        assert [
            decision.override and decision.override.score for decision in ledger.cohorts.decisions("spring")
        ] == [2.0]
        changes = ledger.cohorts.score_changes("spring")
        assert [(each.before, each.after) for each in changes] == [(4, 7), (6, 8), (5, 9)]
        with pytest.raises(BadCohort, match="made by an earlier version, which cannot be taken back"):
            ledger.cohorts.last_regrading("spring")


def test_hand_in_times_and_the_last_file_of_a_place_are_those_of_the_version_before(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_ledger_before(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE cohort_entries SET handed_in = '2026-05-01 12:00:00.000000', digest = 'b' || id"
        )
        # Ann handed in one file after another at one place: the digest of the first is the larger one.
        (first, *_, last) = (row[0] for row in database.execute("SELECT id FROM cohort_entries ORDER BY id"))
        database.execute("UPDATE cohort_entries SET digest = 'zzz' WHERE id = ?", (first,))
        at = "learner = 'ann', problem = 'problem1', place = 'ann/mymodel.h5'"
        database.execute(f"UPDATE cohort_entries SET {at} WHERE id IN (?, ?)", (first, last))
        database.execute(
            f"UPDATE cohort_places SET {at}, settled = 1 WHERE id = (SELECT min(id) FROM cohort_places)"
        )
    with Ledger.open(file) as ledger:
        note, attempts = ledger.cohorts.read("spring"), ledger.cohorts.attempts("spring")
        of_ann = dated_attempts(attempts, note.runs)["ann", "problem1"]
        assert [each.attempt.entry_number for each in of_ann] == [first, last]
        assert {each.when for each in of_ann} == {datetime(2026, 5, 1, 12, tzinfo=UTC)}
        (found,) = [each for each in note.runs[0].files if each.learner == "ann"]
        assert (found.digest, found.handed_in) == (f"b{last}", datetime(2026, 5, 1, 12, tzinfo=UTC))


def test_exams_of_the_version_before_go_on(before: str | Path) -> None:
    with Ledger.open(before) as ledger:
        (running,) = ledger.exams.running()
        assert (running.learner, running.plan.practice, running.plan.config) == ("bob", True, "")
        assert running.plan.categories[0].data_source == "package"
        assert running.clock.paused
        assert [each.number for each in running.submissions] == [11]
        assert ledger.read(11).card.reason == "0 of 5."
        assert ledger.predictions(11) is None
        now = running.clock.last_reading
        ledger.exams.resume(running.number, lambda: now)
        assert ledger.exams.tick(running.number, lambda: now).clock.used < timedelta(minutes=1)
        assert [(each.ending, len(each.submissions)) for each in ledger.exams.ended("ann")] == [
            ("finished", 0),
            ("finished", 1),
        ]
        with pytest.raises(ExamError, match="has ended"):
            ledger.exams.pause(3, lambda: now)


def test_a_running_exam_keeps_its_time_limit_under_the_new_name(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write_ledger_before(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            'UPDATE sittings SET plan = replace(plan, \'"weight"\', \'"answer_seconds": 7, "weight"\')'
        )
    with Ledger.open(file) as ledger:
        (running,) = ledger.exams.running()
        assert [each.predict_seconds for each in running.plan.categories] == [7]


def test_the_commands_show_a_ledger_of_the_version_before(tmp_path: Path) -> None:
    file, rules = tmp_path / "ledger.db", tmp_path / "cohort.toml"
    write_ledger_before(file)
    rules.write_text('name = "spring"\n[problems.regression]\nweight = 10\n')
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE cohorts SET rules = ?", [str(rules)])
    assert "2.550 mpg" in tfprep(tmp_path, "history")
    assert "2.550 mpg on 105 hidden examples: 4 of 5" in tfprep(tmp_path, "report", "2")
    status = tfprep(tmp_path, "cohort", "status")
    assert "2 by hand" in status
    assert "80.0" in status


def tfprep(home: Path, *words: str) -> str:
    """What a command prints that finds `home`."""
    done = warm_python.run(
        ["-m", "tfprep.cli", *words],
        env={**os.environ, "TFPREP_HOME": str(home), "TFPREP_LEARNER": "ann", "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
