"""Connecting to a ledger's database, and bringing its tables up to date, one process at a time (alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from ....errors import LedgerUnavailable

HEAD: Final = "0023"
"""The newest step."""
_WAIT_SECONDS: Final = 60
"""How long a writer waits for another one."""
_WRITER_LOCK: Final = 0x7466_7072
"""Any number, as long as every tfprep takes the same: PostgreSQL's advisory lock of whoever writes."""
_SETTINGS: Final = (f"busy_timeout={_WAIT_SECONDS * 1000}", "foreign_keys=ON", "synchronous=FULL")
_POSTGRESQL_SETTINGS: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 60,  # a firewall may forget a connection that is silent for long
    "prepare_threshold": None,  # behind a pooler, a prepared statement may be on another connection
}
_BEGIN_WRITING: Final = (
    f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{_WAIT_SECONDS}s'; "
    f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
)


def open_engine(url: URL) -> Engine:
    """An engine for the ledger at `url`. A SQLite file is made, for its owner only, where it is missing."""
    if url.get_backend_name() != "sqlite":
        return _connect_postgresql(url)
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def for_writing(engine: Engine) -> Engine:
    """The engine for those who write: one after the other, each sees all that was stored before."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(writes=True)
    # A snapshot would be of the time before the others were waited for.
    return engine.execution_options(writes=True, isolation_level="READ COMMITTED")


def bring_up_to_date(engine: Engine) -> None:
    """Makes the tables, or takes them to the newest step.

    Raises:
        LedgerUnavailable: where a newer tfprep wrote them.
    """
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with for_writing(engine).begin() as connection:
        _migrate(connection)


def _connect_postgresql(url: URL) -> Engine:
    settings = {name: value for name, value in _POSTGRESQL_SETTINGS.items() if name not in url.query}
    # Whoever reads sees one moment, as on SQLite.
    engine = create_engine(url, connect_args=settings, pool_pre_ping=True, isolation_level="REPEATABLE READ")
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    """A writer waits for the others, as on SQLite, so that no two are in conflict and none must try again."""
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(_BEGIN_WRITING)


def _set_up_sqlite(connection: Any, _: object) -> None:
    # Python's own handling of transactions would leave statements such as CREATE TABLE outside of them.
    connection.isolation_level = None
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: upgrading a read lock later could deadlock two writers."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_write_ahead_log(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    # Loaded only here: a ledger that is up to date, as nearly all are, opens without it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    version = _version(connection)
    if version is not None and version not in known:
        raise LedgerUnavailable(
            "A newer tfprep wrote this ledger.", "Upgrade tfprep, or name another ledger."
        )
    command.upgrade(config, "head")
