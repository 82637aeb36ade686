"""Stores of the real data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.problems import DataStore
from tfprep.problems.sources import Sources

SECRET = bytes(range(32))


@pytest.fixture(scope="session")
def real_store(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> DataStore:
    """A store for the data of packages, each built once in a session. Tests leave it as it is."""
    return DataStore(tmp_path_factory.mktemp("real-data"), SECRET, sources)


@pytest.fixture
def store(sources: Sources, tmp_path: Path) -> DataStore:
    """A store of the test's own."""
    return DataStore(tmp_path / "store", SECRET, sources)
