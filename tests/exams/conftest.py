"""A home with exams, small data, and clocks that are set by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.problems import Dataset

from .exam_setup import ExamSetup, make_blank, make_datasets


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    return make_datasets(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def exams(tmp_path: Path, datasets: dict[str, Dataset], blank: Path) -> ExamSetup:
    return ExamSetup(tmp_path, datasets, blank)
