"""Stores of the real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfprep.problems import DataStore
from tfprep.problems.sources import Sources

from ..calibration import secret_of

SEED = 0
SECRET = secret_of(SEED)


@pytest.fixture(scope="session")
def real_store(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> DataStore:
    """A store for the data of packages, as seed 0 of the calibration splits it. Tests leave it as it is.

    Each data set is built once in a run: processes that run tests side by side share the folder.
    """
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return DataStore(shared / "real-data", SECRET, sources)


@pytest.fixture
def store(sources: Sources, tmp_path: Path) -> DataStore:
    """A store of the test's own."""
    return DataStore(tmp_path / "store", SECRET, sources)
