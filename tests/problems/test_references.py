"""The promise of every problem: its reference earns full marks, a model that learned little next to nothing.

Each solution is trained once in a real workspace and graded like a submission, in one of the five seeds
that `make calibrate` takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.calibration import EXPECTED, Trial, run_trial

from tfprep.errors import DataUnavailable
from tfprep.grader.scoring.score import earned_score
from tfprep.problems import Problem, all_problems
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

PROBLEMS = pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package editions' wheels are kept while this file's tests run."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One real worker for all models."""
    with LocalSandbox() as opened:
        yield opened


@pytest.mark.slow
@PROBLEMS
def test_the_reference_earns_full_marks(problem: Problem, downloads: Path, sandbox: Sandbox) -> None:
    assert _trained_score(problem, "reference", downloads, sandbox) in EXPECTED["reference"]


@pytest.mark.slow
@PROBLEMS
def test_the_naive_solution_earns_at_most_one(problem: Problem, downloads: Path, sandbox: Sandbox) -> None:
    assert _trained_score(problem, "naive", downloads, sandbox) in EXPECTED["naive"]


def _trained_score(problem: Problem, solution: str, downloads: Path, sandbox: Sandbox) -> int:
    digest = hashlib.sha256((problem.folder / f"{solution}.py").read_bytes()).hexdigest()
    try:
        measured = run_trial(Trial(problem.id, "package", solution, 0, digest), sandbox, downloads)
    except DataUnavailable as error:
        pytest.skip(f"the package edition cannot be fetched here: {error}")
    return earned_score(problem.data_source("package").bands, measured.value)
