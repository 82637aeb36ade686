"""A ledger is copied whole into an empty database of the other kind, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tfprep.commands.ledger import ledger as commands
from tfprep.errors import BadOption, LedgerUnavailable
from tfprep.grader import Graded
from tfprep.grader.ledger import Ledger
from tfprep.grader.ledger.copying import copy_ledger
from tfprep.grader.records import Notes

from ..postgres import USER, PostgresServer
from .test_ledger import card, graded, submission
from .test_ledger_at_once import clock, plan
from .test_migrations import write_ledger_before


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A ledger with rows in most tables, of an earlier version and of this one."""
    file = tmp_path / "full.db"
    write_ledger_before(file)
    with Ledger.open(file) as ledger:
        answers = np.random.default_rng(0).normal(size=(300, 10)).astype("float32")
        ledger.record(Graded(submission("Zoë 🌻"), card(), answers), Notes("why", "print('ü')"))
        ledger.exams.start("dan", plan(), timedelta(hours=5), clock)
    with closing(sqlite3.connect(file)) as plain, plain:  # as versions before stored it
        plain.execute("UPDATE scores SET log = 'a' || char(0) || 'b' WHERE number = 2")
    return file


def silent(done: int, total: int) -> None: ...


def told(place: str | Path) -> list[object]:
    with Ledger.open(place) as ledger:
        records = ledger.history()
        answers = [ledger.predictions(each.number) for each in records]
        return [
            records,
            [None if each is None else each.tobytes() for each in answers],
            [(ledger.curves.read(each.number), ledger.notes.read(each.number)) for each in records],
            [(ledger.cohorts.read(name), ledger.cohorts.attempts(name)) for name in ledger.cohorts.names()],
            [ledger.cohorts.score_changes(name) for name in ledger.cohorts.names()],
            [ledger.exams.running(), ledger.exams.ended("ann")],
        ]


@pytest.mark.postgres
def test_a_ledger_goes_to_postgresql_and_back_as_it_was(
    full: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    there, back = postgres.new_database(), tmp_path / "back.db"
    steps: list[tuple[int, int]] = []
    copied = copy_ledger(full, there, lambda done, total: steps.append((done, total)))
    assert told(there) == told(full)
    assert steps[-1] == (2 * copied.rows, 2 * copied.rows)
    assert copied.submissions == len(told(full)[0])  # type: ignore[arg-type]
    copy_ledger(there, back, silent)
    assert told(back) == told(full)
    for place in (there, back):
        with Ledger.open(place) as ledger:
            newest = ledger.last().number
            assert ledger.record(graded("new")).number == newest + 1, "numbers go on"


def test_a_target_that_holds_something_is_refused_and_left_alone(full: Path, tmp_path: Path) -> None:
    other, strange = tmp_path / "other.db", tmp_path / "strange.db"
    with Ledger.open(other) as ledger:
        ledger.record(graded())
    with closing(sqlite3.connect(strange)) as plain, plain:
        plain.execute("CREATE TABLE songs (name TEXT)")
        plain.execute("INSERT INTO songs VALUES ('one')")
    for target, name in ((other, "learners"), (strange, "songs"), (full, "")):
        before = target.read_bytes()
        with pytest.raises(BadOption, match=f"table {name}.* is not empty. Nothing was copied"):
            copy_ledger(full, target, silent)
        assert target.read_bytes() == before


def test_where_no_ledger_is_none_is_made(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.db"
    with pytest.raises(BadOption, match="There is no ledger at"):
        copy_ledger(nothing, tmp_path / "new.db", silent)
    assert not nothing.exists()


def test_a_row_that_comes_over_otherwise_undoes_all_of_it(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.db"
    Ledger.open(new).close()
    with closing(sqlite3.connect(new)) as plain, plain:
        plain.execute(
            "CREATE TRIGGER rounds AFTER INSERT ON scores WHEN new.number = 3"
            " BEGIN UPDATE scores SET score = 5 WHERE number = 3; END"
        )
    with pytest.raises(LedgerUnavailable, match=r"as it was: scores, number 3 \(score\). Nothing was stored"):
        copy_ledger(full, new, silent)
    with Ledger.open(new) as ledger:
        assert ledger.history() == ()


@pytest.mark.postgres
def test_the_command_says_what_was_copied_and_no_password(full: Path, postgres: PostgresServer) -> None:
    there = postgres.new_ledger().replace(USER, f"{USER}:hunter2", 1)
    done = CliRunner().invoke(commands, ["copy", str(full), f"{there}&password=hunter3"])
    assert done.exit_code == 0, done.output
    assert "compared every row" in done.output
    assert f"postgresql://{USER}:***@" in done.output
    assert "hunter" not in done.output
