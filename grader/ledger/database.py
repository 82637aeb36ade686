"""The ledger's database: reached by path or URL, read and written in transactions, its faults named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from ...errors import LedgerUnavailable
from .migrations import bring_up_to_date, for_writing, open_engine

_KINDS: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",  # which driver SQLAlchemy takes by itself depends on its version
    "postgres": "postgresql+psycopg",
}
"""The databases that a ledger can be in, as addresses begin; and by which driver each is reached."""


class Database:
    """An open database. Safe to use from several threads and processes at once.

    Every verb raises LedgerUnavailable.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = for_writing(engine)
        self._guards: list[Callable[[Session], None]] = []

    @classmethod
    def open(cls, where: str | Path) -> Database:
        """The database at a path or address, made or migrated where needed."""
        with faults_named():
            engine = open_engine(to_url(where))
            try:
                bring_up_to_date(engine)
            except BaseException:
                engine.dispose()
                raise
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
            for guard in tuple(self._guards):
                guard(session)
            yield session

    @contextmanager
    def guarded(self, guard: Callable[[Session], None]) -> Iterator[None]:
        """Within, every transaction that writes calls this first: what it raises keeps it from writing."""
        self._guards.append(guard)
        try:
            yield
        finally:
            self._guards.remove(guard)

    def close(self) -> None:
        """Lets go of it."""
        self.engine.dispose()


def to_url(where: str | Path) -> URL:
    """The address of a ledger for its driver. Raises LedgerUnavailable where it is none."""
    if not (isinstance(where, str) and "://" in where):
        return URL.create("sqlite", database=str(where))
    from .faults import EXAMPLES, NOT_A_LEDGER

    try:
        url = make_url(where)
    except (exc.ArgumentError, ValueError):
        # Without its cause: that may quote a piece of the password.
        raise LedgerUnavailable("The ledger's address cannot be read.", EXAMPLES) from None
    kind = url.drivername.partition("+")[0]
    if kind not in _KINDS:
        raise LedgerUnavailable(
            f"TFPREP_LEDGER names a database of the kind {kind!r}. {NOT_A_LEDGER}", EXAMPLES
        )
    return url.set(drivername=_KINDS[kind])


def shown_address(where: str | Path) -> str:
    """A ledger's place as it may be printed: without a password. Raises LedgerUnavailable."""
    url = to_url(where)
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername=url.get_backend_name(), password=None, query={}).render_as_string()


@contextmanager
def faults_named() -> Iterator[None]:
    """Turns what a database can suffer into `LedgerUnavailable`. Mistakes of ours pass as they are."""
    try:
        yield
    except (exc.DatabaseError, exc.InterfaceError, sqlite3.OperationalError) as error:
        from .faults import named, unknown

        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        if known := named(cause):
            raise known from error
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
            raise
        raise unknown(cause) from error
    except exc.TimeoutError as error:
        raise LedgerUnavailable(
            "The ledger was busy for too long: no connection to it came free.", "Run the command again."
        ) from error
    except ImportError as error:  # also a psycopg without libpq
        raise LedgerUnavailable(
            f"The ledger's database needs a package that is not installed: {error.name or 'psycopg'}.",
            "For PostgreSQL, run: pip install 'tfprep[postgres]'",
        ) from error
    except OSError as error:
        raise LedgerUnavailable(
            f"The ledger cannot be opened: {error}.", "Choose another place for it."
        ) from error
