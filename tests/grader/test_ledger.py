"""The ledger keeps whole submissions or nothing, whoever writes at once and whatever is killed."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, inspect

from tfprep.errors import LedgerUnavailable, NoSuchRecord
from tfprep.grader import (
    Finding,
    Fingerprints,
    Graded,
    Interval,
    Margin,
    ScoreCard,
    Submission,
    Timings,
    Verdict,
)
from tfprep.grader.ledger import Ledger, migrations
from tfprep.grader.ledger.migrations import HEAD
from tfprep.grader.ledger.tables import Base
from tfprep.grader.records import Attachment
from tfprep.problems import Band
from tfprep.sandbox import ArtifactKind

from ..kills import KILLS, random_moments

PATHS = [path for path in sys.path if path]
MIGRATIONS = Path(migrations.__file__).parent


def submission(learner: str = "ann", problem: str = "problem2") -> Submission:
    return Submission(problem, learner, "mymodel.h5", ArtifactKind.H5, b"model", "ab" * 32, 5)


def card(problem: str = "problem2", score: int = 4) -> ScoreCard:
    return ScoreCard(problem, "package", Verdict.PARTIAL, "Accuracy 0.962.", score, value=0.962)


def graded(learner: str = "ann", problem: str = "problem2", score: int = 4) -> Graded:
    return Graded(submission(learner, problem), card(problem, score))


# Keeping and giving back

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
numbers = st.floats(allow_nan=False)
finite = st.floats(allow_nan=False, allow_infinity=False)
"""A margin is kept as JSON, and is finite: predictions beyond 1e100 are refused before they are scored."""
maybe = st.none() | numbers
cards = st.builds(
    ScoreCard,
    problem=st.just("problem2"),
    data_source=texts,
    verdict=st.sampled_from([Verdict.PASSED, Verdict.PARTIAL, Verdict.INVALID]),
    reason=texts,
    score=st.none() | st.integers(0, 5),
    metric=texts,
    unit=texts,
    value=maybe,
    interval=st.none() | st.builds(Interval, numbers, numbers),
    scores_in_interval=st.lists(st.integers(0, 5)).map(tuple),
    margin=st.none() | st.builds(Margin, st.integers(1, 5), finite, finite, st.booleans()),
    bands=st.lists(st.builds(Band, st.integers(0, 5), at_most=st.floats(-1e9, 1e9)), max_size=5).map(tuple),
    findings=st.lists(st.builds(Finding, texts, texts, texts, texts), max_size=3).map(tuple),
    timings=st.builds(Timings, *[st.floats(0, 1e6)] * 7),
    fingerprints=st.none() | st.builds(Fingerprints, texts, texts, texts, texts),
    model=st.dictionaries(texts, texts, max_size=3),
    log=texts,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kept=cards)
def test_a_card_comes_back_as_it_was(place: str | Path, kept: ScoreCard) -> None:
    with Ledger.open(place) as ledger:
        record = ledger.record(Graded(submission(), kept))
        assert ledger.read(record.number).card == kept


def test_a_null_character_is_stored_as_its_picture(place: str | Path) -> None:
    """PostgreSQL takes none in a text, and a model's log may hold one: its attempt must be recorded."""
    with Ledger.open(place) as ledger:
        record = ledger.record(Graded(submission(), replace(card(), log="a\0b", model={"layers": "c\0d"})))
        again = ledger.read(record.number).card
    assert again.log == "a␀b"
    assert again.model == {"layers": "c\0d"}, "JSON writes it in letters"


def test_a_record_holds_whose_file_it_was_and_when(place: str | Path) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with Ledger.open(place, now=lambda: noon) as ledger:
        made = ledger.record(graded())
        again = ledger.read(made.number)
    assert made == again
    assert (again.number, again.learner, again.name, again.kind) == (1, "ann", "mymodel.h5", "h5")
    assert (again.digest, again.size, again.when) == ("ab" * 32, 5, noon)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64"])
def test_predictions_come_back_bit_for_bit(place: str | Path, dtype: str) -> None:
    predictions = (np.random.default_rng(0).normal(size=(300, 10)) * 100).astype(dtype)
    with Ledger.open(place) as ledger:
        number = ledger.record(Graded(submission(), card(), predictions)).number
        kept = ledger.predictions(number)
    assert kept is not None
    assert kept.dtype == predictions.dtype
    assert kept.tobytes() == predictions.tobytes()


def test_a_submission_without_predictions_has_none(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        assert ledger.predictions(ledger.record(graded()).number) is None


def test_a_file_that_was_no_model_is_recorded_without_a_kind(place: str | Path) -> None:
    refused = Submission("problem2", "ann", "mymodel.h5", None, b"", "cd" * 32, 0)
    with Ledger.open(place) as ledger:
        record = ledger.record(Graded(refused, ScoreCard("problem2", "package", Verdict.INVALID, "Empty.")))
        assert ledger.read(record.number).kind == ""
        assert ledger.read(record.number).card.score is None


def test_a_fault_of_ours_is_no_attempt(place: str | Path) -> None:
    ours = Graded(submission(), ScoreCard("problem2", "package", Verdict.OUR_FAULT, "No disk."))
    with Ledger.open(place) as ledger:
        with pytest.raises(ValueError, match="not an attempt"):
            ledger.record(ours)
        assert ledger.history() == ()


@dataclass(frozen=True)
class Stranger(Attachment):
    """An attachment that no module of the ledger registered."""


def test_an_attachment_of_an_unknown_kind_is_refused_with_its_submission(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        with pytest.raises(TypeError, match="Stranger"):
            ledger.record(graded(), Stranger())
        assert ledger.history() == ()


def test_history_is_in_order_and_by_learner_and_problem(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        for learner, problem in [("ann", "problem1"), ("bob", "problem1"), ("ann", "problem2")]:
            ledger.record(graded(learner, problem))
        assert [record.number for record in ledger.history()] == [1, 2, 3]
        assert [record.number for record in ledger.history(learner="ann")] == [1, 3]
        assert [record.number for record in ledger.history(problem="problem1")] == [1, 2]
        assert [record.number for record in ledger.history("ann", "problem1")] == [1]
        assert ledger.last().number == 3


def test_a_number_that_nobody_has_is_an_error(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        with pytest.raises(NoSuchRecord, match="number 7"):
            ledger.read(7)
        with pytest.raises(NoSuchRecord, match="Nothing was submitted"):
            ledger.last()


@pytest.mark.parametrize("learner", ["../../etc", "'; DROP TABLE scores; --", "Zoë 🌻", ""])
def test_a_learner_may_have_any_name(place: str | Path, learner: str) -> None:
    with Ledger.open(place) as ledger:
        ledger.record(graded(learner))
        assert ledger.history(learner=learner)[0].learner == learner


# Opening and migrating


def test_a_new_ledger_is_made_with_its_folder_in_write_ahead_mode(where: Path) -> None:
    Ledger.open(where).close()
    with sqlite3.connect(where) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert plain.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    plain.close()


def test_every_commit_reaches_the_disk_and_every_row_its_owner(where: Path) -> None:
    with Ledger.open(where) as ledger, ledger._database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_opening_again_keeps_everything(place: str | Path) -> None:
    for count in range(1, 4):
        with Ledger.open(place) as ledger:
            ledger.record(graded())
            assert len(ledger.history()) == count


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_migrations_make_the_tables_that_the_ledger_uses(where: Path) -> None:
    Ledger.open(where).close()
    engine = create_engine(f"sqlite:///{where}")
    made = inspect(engine)
    for table in Base.metadata.tables.values():
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        assert set(columns) == {column.name for column in table.columns}
    engine.dispose()


def test_a_ledger_of_a_newer_version_is_left_alone(where: Path) -> None:
    Ledger.open(where).close()
    with sqlite3.connect(where) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.close()
    with pytest.raises(LedgerUnavailable, match="newer tfprep") as error:
        Ledger.open(where)
    assert "Upgrade" in error.value.remedy


def test_a_file_that_is_no_database_is_an_error(where: Path) -> None:
    where.parent.mkdir()
    where.write_bytes(b"these are my notes, not a database" * 100)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        Ledger.open(where)


def test_a_damaged_database_is_an_error(where: Path) -> None:
    with Ledger.open(where) as ledger:
        for _ in range(50):
            ledger.record(graded())
    content = bytearray(where.read_bytes())
    content[5_000:] = b"\xff" * (len(content) - 5_000)
    where.write_bytes(content)
    with pytest.raises(LedgerUnavailable, match="damaged"), Ledger.open(where) as ledger:
        ledger.history()


def test_what_cannot_be_a_ledger_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "ledger.db", "nonsense://x/y"):
        with pytest.raises(LedgerUnavailable):
            Ledger.open(place)


def test_a_server_that_does_not_respond_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="connection") as caught:
        Ledger.open(f"postgresql://nobody@/none?host={tmp_path}")
    assert "TFPREP_LEDGER" in caught.value.remedy


def test_without_its_driver_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnavailable, match="psycopg") as caught:
        Ledger.open("postgresql://nobody@/none")
    assert "tfprep[postgres]" in caught.value.remedy


def test_a_full_disk_records_nothing_and_says_so(where: Path) -> None:
    with Ledger.open(where) as ledger:
        ledger.record(graded())
        with ledger._database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = f"PRAGMA max_page_count={pages}"
        event.listen(
            ledger._database.engine, "connect", lambda connection, _: connection.execute(limit).close()
        )
        large = np.random.default_rng(0).normal(size=(1_000, 100))
        with pytest.raises(LedgerUnavailable, match="disk is full"):
            ledger.record(Graded(submission(), card(), large))
        assert len(ledger.history()) == 1


# Many writers, and sudden ends

WRITER = textwrap.dedent(
    """
    import sys
    sys.path[:0] = {paths!r}
    import numpy as np
    from tfprep.grader import Graded, ScoreCard, Submission, Verdict
    from tfprep.grader.ledger import Ledger

    where, learner, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    handed = Submission("problem2", learner, "mymodel.h5", None, b"", "0" * 64, 1)
    predictions = np.random.default_rng(0).normal(size=(2_000, 10))
    with Ledger.open(where) as ledger:
        print("open", flush=True)
        for turn in range(count):
            card = ScoreCard("problem2", "package", Verdict.PARTIAL, str(turn), 3, value=0.5)
            print(ledger.record(Graded(handed, card, predictions)).number, flush=True)
    """
)


def writer(where: str | Path, learner: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER.format(paths=PATHS), str(where), learner, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_writers_at_once_both_land(place: str | Path) -> None:
    """From the very first opening on, which both of them want to be the one to migrate."""
    writers = [writer(place, learner, 25) for learner in ("ann", "bob", "ann")]
    for process in writers:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    with Ledger.open(place) as ledger:
        records = ledger.history()
        assert len(records) == 75
        assert [record.card.reason for record in ledger.history(learner="bob")] == [
            str(turn) for turn in range(25)
        ]
        assert len(ledger.history(learner="ann")) == 50
    assert len({record.number for record in records}) == 75


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_no_half_score(where: Path) -> None:
    random = random_moments()
    shown = 0
    for turn in range(max(2, KILLS // 2)):
        process = writer(where, "ann", 100_000)
        told: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        if turn % 2:  # while it records; else while it starts, makes the tables, or records
            assert process.stdout.readline() == "open\n"
            told.append(process.stdout.readline())
        time.sleep(random.uniform(0, 0.3 if turn % 2 else 1.5))
        process.send_signal(signal.SIGKILL)
        told += [line for line in process.stdout.read().split("\n")[:-1] if line != "open"]
        process.wait()
        process.stdout.close()
        process.stderr.close()
        shown += len(told)
        with Ledger.open(where) as ledger:
            records = ledger.history()
            assert {int(number) for number in told} <= {record.number for record in records}
            assert all(ledger.predictions(record.number) is not None for record in records)
            assert all(record.card.score == 3 for record in records)
    assert shown > 0
    with sqlite3.connect(where) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        orphans = "SELECT count(*) FROM submissions LEFT JOIN scores USING (number) WHERE verdict IS NULL"
        assert plain.execute(orphans).fetchone() == (0,)
    plain.close()


def test_a_locked_ledger_is_an_error(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfprep.grader.ledger import migrations

    monkeypatch.setattr(migrations, "_SETTINGS", ("busy_timeout=50",))
    with Ledger.open(where) as ledger:
        blocker = sqlite3.connect(where, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"):
            ledger.record(graded())
        blocker.execute("ROLLBACK")
        blocker.close()
        assert ledger.record(graded()).number == 1


def test_grading_does_not_load_the_database_packages() -> None:
    script = f"import sys; sys.path[:0] = {PATHS!r}; import tfprep.grader; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "tfprep.grader" in shown.stdout.split()
    assert not {"sqlalchemy", "alembic", "tensorflow", "docker", "matplotlib"} & set(shown.stdout.split())
