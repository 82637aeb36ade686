"""Sandboxes to test: the same tests run in a subprocess and, where an engine is, in Docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tfprep.sandbox import Sandbox, SandboxUnavailable


def _docker() -> Sandbox:
    from tfprep.sandbox.container import DockerSandbox
    from tfprep.sandbox.engine import engine_answers

    if not engine_answers():
        pytest.skip("no Docker engine answers")
    try:
        return DockerSandbox()
    except SandboxUnavailable as error:
        pytest.skip(f"{error.what} {error.remedy}")


def _local() -> Sandbox:
    from tfprep.sandbox.local import LocalSandbox

    return LocalSandbox()


LAUNCHERS = {"local": _local, "docker": _docker}


@pytest.fixture(scope="session", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox whose warm worker serves every test of the run, as it would serve a cohort."""
    with LAUNCHERS[request.param]() as opened:
        yield opened


@pytest.fixture(scope="session")
def local() -> Iterator[Sandbox]:
    """A local sandbox, for what does not depend on the launcher."""
    with _local() as opened:
        yield opened


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder of public data."""
    folder = tmp_path / "public"
    (folder / "below").mkdir(parents=True)
    (folder / "train.csv").write_text("x,y\n1,2\n2,4\n")
    (folder / "below" / "more.txt").write_text("more")
    return folder
