"""One program at a time on a cohort: a lock that the system lets go of, however its holder ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from sqlalchemy import text

from ...errors import CohortBusy
from .database import Database

_COHORT_LOCK: Final = 0x7466_6368
"""Any number, as long as every tfprep takes the same: one half of PostgreSQL's advisory lock of a cohort."""


@contextmanager
def hold_file(database: Database, number: int, name: str) -> Iterator[None]:
    """On SQLite: a second file beside the ledger, locked by SQLite itself; it is let go when we end."""
    ledger = database.engine.url.database
    beside = f"{ledger}.cohort-{number}.lock" if ledger else ":memory:"
    with (
        closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as held,
        closing(sqlite3.connect(ledger or ":memory:", isolation_level=None)) as visitor,
    ):
        # While somebody has the ledger open, SQLite does not tidy up its log after each of a batch's commits.
        visitor.execute("PRAGMA user_version").close()
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise CohortBusy(name) from error
        yield


@contextmanager
def hold_advisory(database: Database, number: int, name: str) -> Iterator[None]:
    """On PostgreSQL: its advisory lock, which ends with its connection."""
    with database.engine.connect() as connection:
        key = {"house": _COHORT_LOCK, "cohort": number}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:house, :cohort)"), key):
            raise CohortBusy(name)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:house, :cohort)"), key)
