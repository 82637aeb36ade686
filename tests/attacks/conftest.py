"""Graders to attack: in a subprocess and in Docker, each with two warm workers for the whole run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tfprep.grader import read_submission
from tfprep.problems import Dataset
from tfprep.sandbox import Sandbox

from .. import warm_python
from .attacked_grader import LIMITS, Bounded, Grader, make_dataset

MAKE_MODELS = Path(__file__).parent / "hostile_models.py"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the models in hostile_models.py. Made in another process: tests do not load TensorFlow."""
    folder = tmp_path_factory.mktemp("hostile_models")
    made = warm_python.run([MAKE_MODELS, folder], env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"})
    assert made.returncode == 0, made.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two hundred hidden images with random labels."""
    return make_dataset(tmp_path_factory.mktemp("data"))


@contextmanager
def open_grader(make: Callable[[], Sandbox], dataset: Dataset, models: Path) -> Iterator[Grader]:
    """A grader under attack whose two workers are warm."""
    honest = read_submission(models / "honest.h5", "problem2", "ann")
    with ExitStack() as stack:
        sandbox, beside = stack.enter_context(make()), stack.enter_context(make())
        opened = Grader(sandbox, beside, dataset, honest)
        for each in (sandbox, beside):
            warm_up(opened, each)
        yield opened


def warm_up(opened: Grader, sandbox: Sandbox) -> None:
    """Starts a sandbox's warm worker with the room that every later job asks for."""
    from tfprep.grader import grade

    grade(opened.honest, opened.dataset, Bounded(sandbox, LIMITS))


@pytest.fixture(scope="session")
def local(dataset: Dataset, models: Path) -> Iterator[Grader]:
    """Attacks on a plain subprocess: only such as do no harm where they succeed."""
    from tfprep.sandbox.host.local import LocalSandbox

    with open_grader(LocalSandbox, dataset, models) as opened:
        yield opened


@pytest.fixture(scope="session")
def docker(dataset: Dataset, models: Path) -> Iterator[Grader]:
    """Attacks on containers."""
    from tfprep.sandbox.host.container import DockerSandbox

    with open_grader(DockerSandbox, dataset, models) as opened:
        yield opened


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def target(request: pytest.FixtureRequest) -> Grader:
    """Each of the two in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Grader)
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attacks take minutes: they are left out of the quick loop."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
