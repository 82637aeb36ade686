"""What a database server can suffer becomes a sentence with what to do next, and never a traceback alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import exc

from tfprep import cli
from tfprep.errors import OUR_FAULT, LedgerUnavailable
from tfprep.grader.ledger import Ledger
from tfprep.grader.ledger.database import faults_named
from tfprep.logs import start_logging, stop_logging

from ..postgres import GUARDED, USER, PostgresServer
from .test_ledger import graded


def fault_of(place: str) -> LedgerUnavailable:
    with pytest.raises(LedgerUnavailable) as caught, Ledger.open(place) as ledger:
        ledger.record(graded())
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "address",
    ["mysql://ann:hunter2@host/name", "mssql+pyodbc://host/name", "oracle://host", "nonsense://x/y"],
)
def test_a_ledger_elsewhere_than_in_sqlite_or_postgresql_is_refused(address: str) -> None:
    fault = fault_of(address)
    assert "SQLite or PostgreSQL" in fault.what
    assert "hunter2" not in str(fault)


@pytest.mark.parametrize("password", ["q@xyzzy:plugh", "q/plover:x@fee", "a#plugh:c"])
def test_an_address_that_cannot_be_read_tells_no_piece_of_the_password(password: str) -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        Ledger.open(f"postgresql://ann:{password}@host:port/name")
    said, error = str(caught.value), caught.value
    assert "%40" in error.remedy
    assert not any(piece in said for piece in re.split("[@:/#]", password) if len(piece) > 1)
    assert error.__cause__ is None
    assert error.__suppress_context__, "the log writes the causes too"


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("postgresql://ann@no.such.host.invalid/x", "no host of this name"),
        ("postgresql://ann@127.0.0.1:1/x", "No PostgreSQL server answers"),
        ("postgresql://ann@127.0.0.1:1/x?wrong=1", "a parameter that PostgreSQL does not know"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_with_its_cause(address: str, what: str) -> None:
    pytest.importorskip("psycopg")
    assert what in fault_of(address).what


@pytest.mark.postgres
def test_who_is_not_let_in_is_told_why(postgres: PostgresServer) -> None:
    place = postgres.new_database()
    postgres.sql(
        place, f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'", "CREATE ROLE one LOGIN CONNECTION LIMIT 0"
    )
    assert "no database of this name" in fault_of(postgres.url("none")).what
    assert "the user name or the password" in fault_of(postgres.url("postgres", "nobody")).what
    assert "too many connections" in fault_of(place.replace(USER, "one", 1)).what
    refused = fault_of(place.replace(USER, f"{GUARDED}:hunter2", 1))
    assert "the user name or the password" in refused.what
    assert "hunter2" not in f"{refused}{refused.__cause__}"
    right = fault_of(place.replace(USER, f"{GUARDED}:right", 1))
    assert "ALTER DATABASE" in right.remedy, "from PostgreSQL 15 on, only its owner makes tables there"


@pytest.mark.postgres
def test_the_log_has_the_traceback_of_a_server_s_fault_and_no_password(
    postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(tmp_path)
    try:
        code = cli._explain(fault_of(postgres.url("none", f"{USER}:hunter2")))
    finally:
        stop_logging()
    said, log = capsys.readouterr().err, (tmp_path / "tfprep.log").read_text("utf-8")
    assert code == OUR_FAULT
    assert "no database of this name" in said
    assert "createdb" in said
    assert "Traceback" not in said
    assert "database.py" in log
    assert "hunter2" not in said + log


@pytest.mark.postgres
def test_a_server_that_may_only_be_read_is_told(postgres: PostgresServer) -> None:
    place = postgres.new_ledger()
    postgres.sql(
        place, f"ALTER DATABASE {place.split('/')[3].split('?')[0]} SET default_transaction_read_only = on"
    )
    assert "set to be read only" in fault_of(place).what


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_made_anew(postgres: PostgresServer) -> None:
    place = postgres.new_ledger()
    with Ledger.open(place) as ledger:
        first = ledger.record(graded()).number
        postgres.cut_off(place)
        assert ledger.record(graded()).number == first + 1


@pytest.mark.postgres
def test_a_connection_that_is_lost_within_a_transaction_is_told(postgres: PostgresServer) -> None:
    place = postgres.new_ledger()

    def write(ledger: Ledger) -> None:
        with ledger._database.writing() as session:
            session.connection()
            postgres.cut_off(place)
            session.connection().exec_driver_sql("SELECT 1")

    with Ledger.open(place) as ledger:
        with pytest.raises(LedgerUnavailable, match="was lost"):
            write(ledger)
        assert ledger.record(graded()).number == 1


@pytest.mark.parametrize(
    ("state", "what"),
    [
        ("53100", "disk of the PostgreSQL server is full"),
        ("53300", "too many connections"),
        ("57P01", "was lost"),
        ("57P03", "starting or stopping"),
        ("40001", "keeps the ledger locked"),
        ("55P03", "keeps the ledger locked"),
        ("28P01", "the user name or the password"),
        ("XX001", "damaged"),
    ],
)
def test_the_codes_of_postgresql_have_sentences(state: str, what: str) -> None:
    """Codes of the manual, appendix A; those that a test cannot bring about in a server."""
    errors = pytest.importorskip("psycopg.errors")
    origin = errors.lookup(state)("")
    kind = exc.OperationalError if isinstance(origin, errors.OperationalError) else exc.InternalError
    with pytest.raises(LedgerUnavailable, match=what), faults_named():
        raise kind("INSERT", {}, origin)
