"""The lock of a cohort, which whatever ends the process releases."""

from __future__ import annotations

import getpass
import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, exc, text
from sqlalchemy.orm import Session

from ...errors import CohortBusy, LedgerUnavailable
from ...files.atomic import Locked, try_file_lock
from ...files.text import one_line
from .database import Database, faults_named

_COHORT_LOCK: Final = 0x7466_6368
"""Any number, as long as every tfprep takes the same: one half of PostgreSQL's advisory lock of a cohort."""
_OWN_PROCESS: Final = text(
    "SELECT pid, CAST(backend_start AS text) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
)
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(:lock, :cohort)")
_UNLOCK: Final = text("SELECT pg_advisory_unlock(:lock, :cohort)")
_IS_HELD: Final = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE pid = :process "
    "AND CAST(backend_start AS text) = :since AND locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND classid = :lock AND objid = :cohort"
)
"""A process of the server is known by its number and when it began: after a restart numbers come again."""
_POOLER: Final = (
    "A connection pooler stands between tfprep and PostgreSQL: a cohort's lock does not hold through it.",
    "Let TFPREP_LEDGER name the PostgreSQL server itself where cohorts are graded.",
)


def lock_cohort(database: Database, number: int, name: str, holder: str) -> AbstractContextManager[None]:
    """Keeps every other program from grading the cohort of this number and name.

    Raises:
        CohortBusy: another program holds the lock; the error names `holder`, who took it last.
    """
    sqlite = database.engine.dialect.name == "sqlite"
    return (_lock_file if sqlite else _advisory_lock)(database, number, name, holder)


def this_program(now: datetime) -> str:
    """What tells others who holds a lock: "process 4123 of ortiz on bench-3, since 2026-03-01 12:00 UTC"."""
    try:
        account = f" of {getpass.getuser()}"
    except (OSError, KeyError):  # an account without a name
        account = ""
    since = f"since {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return one_line(f"process {os.getpid()}{account} on {platform.node()}, {since}", 200)


@contextmanager
def _lock_file(database: Database, number: int, name: str, holder: str) -> Iterator[None]:
    """On SQLite: a lock file beside the ledger. A ledger in memory is nobody else's."""
    ledger = database.engine.url.database
    if not ledger:
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(try_file_lock(Path(f"{ledger}.cohort-{number}.lock")))
        except Locked as error:
            raise CohortBusy(name, holder) from error
        with faults_named():
            # While somebody has the ledger open, SQLite does not tidy up its log after each commit.
            open_all_along = held.enter_context(closing(sqlite3.connect(ledger, isolation_level=None)))
            open_all_along.execute("PRAGMA user_version").close()
        yield


@contextmanager
def _advisory_lock(database: Database, number: int, name: str, holder: str) -> Iterator[None]:
    """On PostgreSQL: its advisory lock, which ends with its connection. No transaction stays open for it.

    Raises:
        CohortBusy: another program is grading the cohort.
        LedgerUnavailable: also where a pooler would give the connection to others, with its lock.
    """
    key = {"lock": _COHORT_LOCK, "cohort": number}
    with ExitStack() as held:
        with faults_named():
            connection = held.enter_context(
                database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            )
            connection.detach()  # so that it ends here, and with it whatever it holds
            process, since = connection.execute(_OWN_PROCESS).one()
            if process != connection.connection.dbapi_connection.info.backend_pid:  # type: ignore[union-attr]
                raise LedgerUnavailable(*_POOLER)
            if not connection.scalar(_TRY_LOCK, key):
                raise CohortBusy(name, holder)
        held.callback(_unlock, connection, key)

        def guard(session: Session) -> None:
            """Whoever writes has the ledger's only writer's place: until then, nobody else gets this lock."""
            if not session.scalar(_IS_HELD, key | {"process": process, "since": since}):
                raise LedgerUnavailable(
                    f"The lock of the cohort {name!r} was lost: the connection to the PostgreSQL server "
                    "broke, or the server was restarted. What was graded before is stored.",
                    "Run the same command again: what is stored is not graded again.",
                )

        held.enter_context(database.guarded(guard))
        yield


def _unlock(connection: Connection, key: dict[str, int]) -> None:
    with suppress(exc.DBAPIError):  # with a lost connection the lock has ended
        connection.execute(_UNLOCK, key)
