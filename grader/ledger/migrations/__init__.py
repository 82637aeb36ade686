"""Connecting to a ledger's database, and bringing its tables up to date, one process at a time (alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from ....errors import LedgerUnavailable

HEAD: Final = "0017"
"""The newest step."""
_WAIT_SECONDS: Final = 60
"""How long a writer waits for another one."""
_MIGRATION_LOCK: Final = 0x7466_7072
"""Any number, as long as every tfprep takes the same: PostgreSQL's advisory lock while migrating."""
_SETTINGS: Final = (f"busy_timeout={_WAIT_SECONDS * 1000}", "foreign_keys=ON", "synchronous=FULL")


def connect(url: URL) -> Engine:
    """An engine for the ledger at `url`. A SQLite file is made, for its owner only, where it is missing."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        _migrate(connection)


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
