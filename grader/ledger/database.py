"""The ledger's database: reached by path or URL, read and written in transactions, its faults named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from ...errors import LedgerUnavailable
from .migrations import bring_up_to_date, connect

_SQLITE_FAULTS: Final = {
    "SQLITE_FULL": ("The disk is full.", "Make room, then submit again."),
    "SQLITE_BUSY": ("Another program keeps the ledger locked.", "Close it, then submit again."),
    "SQLITE_READONLY": ("The ledger may not be written.", "Give yourself write access to it and its folder."),
    "SQLITE_CANTOPEN": ("The ledger cannot be opened.", "See whether its folder exists and may be written."),
    "SQLITE_PERM": ("The ledger may not be opened.", "Give yourself access to it and its folder."),
    "SQLITE_NOTADB": ("The ledger's file is no database.", "Move it away; a new one is made."),
    "SQLITE_CORRUPT": (
        "The ledger is damaged.",
        "Restore it from a backup, or move it away: a new one is made.",
    ),
    "SQLITE_IOERR": ("The disk failed while the ledger was used.", "Check the disk, then submit again."),
}
"""What SQLite's own result codes mean to the person at the keyboard, and what to do."""
_OTHER_REMEDY: Final = "See whether its server runs, and whether TFPREP_LEDGER names it rightly."


class Database:
    """An open database. Safe to use from several threads and processes at once.

    Every verb raises LedgerUnavailable.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(writes=True)

    @classmethod
    def open(cls, where: str | Path) -> Database:
        """The database at a path or SQLAlchemy URL, made or migrated where needed."""
        with faults_named():
            engine = connect(_url(where))
            bring_up_to_date(engine)
        return cls(engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads."""
        with faults_named(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: everything written in it is kept when it is left, or nothing after an error."""
        with faults_named(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Lets go of it."""
        self.engine.dispose()


def _url(where: str | Path) -> URL:
    if isinstance(where, str) and "://" in where:
        url = make_url(where)
        # Which driver SQLAlchemy takes by itself depends on its version.
        return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    return URL.create("sqlite", database=str(where))


@contextmanager
def faults_named() -> Iterator[None]:
    """Turns what a database can suffer into `LedgerUnavailable`. Mistakes of ours pass as they are."""
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
            raise
        raise _named(error.orig) from error
    except sqlite3.OperationalError as error:
        raise _named(error) from error
    except exc.ArgumentError as error:
        raise LedgerUnavailable(
            "The ledger's address is not a SQLAlchemy URL.", "Correct TFPREP_LEDGER."
        ) from error
    except ModuleNotFoundError as error:
        raise LedgerUnavailable(
            f"The ledger's database needs a package that is not installed: {error.name}.",
            "For PostgreSQL, run: pip install 'tfprep[postgres]'",
        ) from error
    except OSError as error:
        raise LedgerUnavailable(
            f"The ledger cannot be opened: {error}.", "Choose another place for it."
        ) from error


def _named(error: BaseException | None) -> LedgerUnavailable:
    """What the database's own error means to the person at the keyboard."""
    code = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    unknown = f"The ledger cannot be used: {' '.join(str(error).split())}", _OTHER_REMEDY
    return LedgerUnavailable(*_SQLITE_FAULTS.get(code, unknown))
