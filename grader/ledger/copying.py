"""A whole ledger copied into another database in one transaction, and every row compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, inspect, literal, select, table, text
from sqlalchemy.orm import Session

from ...errors import BadOption, LedgerUnavailable
from .database import Database, faults_named, shown_address, to_url
from .migrations import open_engine
from .tables import Base, SubmissionRow

OnRows = Callable[[int, int], None]
"""Gets how many rows were copied or compared so far, and of how many: each is copied, then compared."""
_AT_ONCE: Final = 50
"""Rows in memory at the same time: a row of predictions may be a megabyte."""
_VERSIONS: Final = "alembic_version"
_NUMBERS: Final = (
    "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
)


@dataclass(frozen=True)
class CopiedLedger:
    """What a copied ledger holds."""

    rows: int
    submissions: int
    source: str
    """Where it was, without a password."""
    target: str
    """Where it is now, without a password."""


def copy_ledger(source: str | Path, target: str | Path, on_rows: OnRows) -> CopiedLedger:
    """Copies a ledger, from SQLite to PostgreSQL, back, or between two of a kind.

    Everything is stored in one transaction, after every row was read back and compared: the target has the
    whole ledger, or an empty one. What is written to the source meanwhile is not copied.

    Args:
        source: a path or an address, as `TFPREP_LEDGER`. An earlier version's is brought up to date.
        target: a path or an address of a database without anything in it.
        on_rows: is told how far it is.

    Raises:
        BadOption: there is no ledger at the source, or the target holds something.
        LedgerUnavailable: one of the two failed, or a row did not come over as it was: nothing is stored.
    """
    url = to_url(source)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():  # none is made
        raise _no_ledger(shown_address(source))
    _look(source, _require_ledger)
    _look(target, _require_empty)
    with closing(Database.open(source)) as old, closing(Database.open(target)) as new:
        with old.reading() as rows, new.writing() as into:
            _require_empty(into.connection(), shown_address(target))  # also now that nobody else writes there
            counts = {each: _count(rows, each) for each in Base.metadata.sorted_tables}
            step = _counter(sum(counts.values()), on_rows)
            for each in counts:
                for chunk in rows.execute(_all_of(each)).mappings().partitions():
                    into.execute(insert(each), [dict(row) for row in chunk])
                    step(len(chunk))
            for each in counts:
                _compare(each, rows, into, step)
            _go_on_numbering(into)
        submissions = counts[Base.metadata.tables[SubmissionRow.__tablename__]]
        return CopiedLedger(sum(counts.values()), submissions, shown_address(source), shown_address(target))


def _look(where: str | Path, require: Callable[[Connection, str], None]) -> None:
    """Looks at a database before its tables are made or brought up to date."""
    with faults_named():
        engine = open_engine(to_url(where))
        try:
            with engine.connect() as connection:
                require(connection, shown_address(where))
        finally:
            engine.dispose()


def _require_ledger(connection: Connection, where: str) -> None:
    if not inspect(connection).has_table(_VERSIONS):
        raise _no_ledger(where)


def _no_ledger(where: str) -> BadOption:
    return BadOption(
        f"There is no ledger at {where}. Nothing was copied.",
        "Without TFPREP_LEDGER, yours is `ledger.db` in the folder that `tfprep doctor` shows.",
    )


def _require_empty(connection: Connection, where: str) -> None:
    """Raises BadOption where a table has a row, whosever it is."""
    for name in inspect(connection).get_table_names():
        row = select(literal(1)).select_from(table(name)).limit(1)
        if name != _VERSIONS and connection.scalar(row) is not None:
            raise BadOption(
                f"{where} holds something already: its table {name} is not empty. Nothing was copied.",
                "Name a new file, or make a new database with `createdb`.",
            )


def _counter(total: int, on_rows: OnRows) -> Callable[[int], None]:
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        on_rows(done, 2 * total)

    return step


def _count(session: Session, of: Table) -> int:
    return session.scalar(select(func.count()).select_from(of)) or 0


def _all_of(of: Table) -> Any:
    return select(of).order_by(*of.primary_key).execution_options(yield_per=_AT_ONCE)


def _compare(of: Table, rows: Session, into: Session, step: Callable[[int], None]) -> None:
    """Reads both again, row by row. Raises LedgerUnavailable."""
    there, here = (session.execute(_all_of(of)).mappings() for session in (rows, into))
    for row, copy in zip_longest(there, here):
        if row is None or copy is None:
            raise _differs(of, row or copy, "all of it")
        if differ := [name for name, value in row.items() if value != copy[name]]:
            raise _differs(of, row, ", ".join(differ))
        step(1)


def _differs(of: Table, row: Mapping[Any, Any], what: str) -> LedgerUnavailable:
    """The error, without the values: they may be somebody's work."""
    key = ", ".join(f"{column.name} {row[column.name]}" for column in of.primary_key)
    return LedgerUnavailable(
        f"A row did not come over as it was: {of.name}, {key} ({what}). Nothing was stored.",
        "The ledger that was to be copied is as it was: go on with it, and report this.",
    )


def _go_on_numbering(into: Session) -> None:
    """PostgreSQL does not count what was numbered elsewhere."""
    if into.connection().dialect.name == "postgresql":
        for each in Base.metadata.sorted_tables:
            for column in each.primary_key:
                into.execute(text(_NUMBERS.format(table=each.name, column=column.name)))
