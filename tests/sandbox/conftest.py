"""Sandboxes to test: the same tests run in a subprocess and, where an engine is, in Docker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfprep.sandbox import Limits, Sandbox
from tfprep.sandbox.host.worker_client import WorkerClient

from .. import warm_python

MAKE_MODELS = Path(__file__).parent / "make_models.py"


def _docker() -> Sandbox:
    from tfprep.sandbox.host.container import DockerSandbox

    return DockerSandbox()


def _local() -> Sandbox:
    from tfprep.sandbox.host.local import LocalSandbox

    return LocalSandbox()


LAUNCHERS = {"local": _local, "docker": _docker}
OFF_LINUX = Path(__file__).parent / "worker_off_linux.py"


@pytest.fixture(scope="session")
def local() -> Iterator[Sandbox]:
    """A local sandbox whose warm worker serves every test of the run, as it would serve a cohort.

    It runs the Keras in the folder TFPREP_TEST_KERAS, where that is set.
    """
    from tfprep.sandbox.host import local

    environment = local._environment
    with pytest.MonkeyPatch.context() as patch:
        if other := os.environ.get("TFPREP_TEST_KERAS"):
            patch.setattr(local, "_environment", lambda: {**environment(), "PYTHONPATH": other})
        with _local() as opened:
            yield opened


@pytest.fixture(scope="session")
def off_linux() -> Iterator[Sandbox]:
    """The local sandbox as it is on macOS."""
    from tfprep.sandbox.host.local import LocalSandbox

    class OffLinux(LocalSandbox):
        def launch(self, limits: Limits, *, for_script: bool = False) -> WorkerClient:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("tfprep.sandbox.host.local._WORKER", OFF_LINUX)
                return super().launch(limits, for_script=for_script)

    with OffLinux() as opened:
        yield opened


@pytest.fixture(scope="session")
def docker() -> Iterator[Sandbox]:
    """The same in Docker."""
    with _docker() as opened:
        yield opened


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each of the two in turn."""
    found: Sandbox = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small model files, made by make_models.py in another process: tests load no TensorFlow."""
    folder = tmp_path_factory.mktemp("models")
    made = warm_python.run([MAKE_MODELS, folder], env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"})
    assert made.returncode == 0, made.stderr[-3000:]
    return folder


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder of public data."""
    folder = tmp_path / "public"
    (folder / "below").mkdir(parents=True)
    (folder / "train.csv").write_text("x,y\n1,2\n2,4\n")
    (folder / "below" / "more.txt").write_text("more")
    return folder
