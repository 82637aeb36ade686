"""Tests that need Docker or a browser are left out, and counted, where there is none.

TFPREP_REQUIRE_DOCKER and TFPREP_REQUIRE_BROWSER forbid it.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import settings

from tfprep.errors import SandboxUnavailable

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
        client = connect(patience=10)
        try:
            usable_image(client, Accelerator.CPU)
        finally:
            client.close()
    except SandboxUnavailable as error:
        return f"{error.what} {error.remedy}"
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
    forbidden_by: str
    """The environment variable under which leaving such a test out is an error."""


NEEDS = (
    Need("docker", "Docker", why_no_docker, "TFPREP_REQUIRE_DOCKER"),
    Need("browser", "Chromium", why_no_browser, "TFPREP_REQUIRE_BROWSER"),
)
LEFT_OUT = pytest.StashKey[list[str]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[LEFT_OUT] = [said for need in NEEDS if (said := leave_out(need, items))]


def leave_out(need: Need, items: list[pytest.Item]) -> str:
    """Skips the tests whose need is not met, and says how many and why; empty where it is met."""
    needing = [item for item in items if item.get_closest_marker(need.marker)]
    reason = need.why_not() if needing else ""
    if not reason:
        return ""
    if os.environ.get(need.forbidden_by):
        raise pytest.UsageError(
            f"{len(needing)} tests need {need.name}, and may not be left out here: {reason}"
        )
    for item in needing:
        item.add_marker(pytest.mark.skip(reason=f"needs {need.name}"))
    return f"{len(needing)} tests that need {need.name} were left out: {reason}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for said in config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(said)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: packed ones hold the time, and two collections would not agree on names."""
    return argname if isinstance(val, bytes) else None
