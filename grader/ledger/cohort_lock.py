"""The lock of a cohort, which whatever ends the process releases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text

from ...errors import CohortBusy
from ...files.locks import Locked, try_file_lock
from .database import Database, faults_named

_COHORT_LOCK: Final = 0x7466_6368
"""Any number, as long as every tfprep takes the same: one half of PostgreSQL's advisory lock of a cohort."""


def lock_cohort(database: Database, number: int, name: str) -> AbstractContextManager[None]:
    """Keeps every other program from grading the cohort of this number and name. Raises CohortBusy."""
    sqlite = database.engine.dialect.name == "sqlite"
    return (_lock_file if sqlite else _advisory_lock)(database, number, name)


@contextmanager
def _lock_file(database: Database, number: int, name: str) -> Iterator[None]:
    """On SQLite: a lock file beside the ledger. A ledger in memory is nobody else's."""
    ledger = database.engine.url.database
    if not ledger:
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(try_file_lock(Path(f"{ledger}.cohort-{number}.lock")))
        except Locked as error:
            raise CohortBusy(name) from error
        with faults_named():
            # While somebody has the ledger open, SQLite does not tidy up its log after each commit.
            open_all_along = held.enter_context(closing(sqlite3.connect(ledger, isolation_level=None)))
            open_all_along.execute("PRAGMA user_version").close()
        yield


@contextmanager
def _advisory_lock(database: Database, number: int, name: str) -> Iterator[None]:
    """On PostgreSQL: its advisory lock, which ends with its connection."""
    with database.engine.connect() as connection:
        key = {"lock": _COHORT_LOCK, "cohort": number}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock, :cohort)"), key):
            raise CohortBusy(name)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock, :cohort)"), key)
