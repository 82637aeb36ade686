"""A place for a ledger in each kind of database.

Property tests run on machines that do other things too: no example is failed for being slow.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ..postgres import PostgresServer

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.db"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, where: Path) -> str | Path:
    """Each kind of database in turn: a path, or the address of a PostgreSQL database with an empty ledger."""
    if request.param == "sqlite":
        return where
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_ledger()
