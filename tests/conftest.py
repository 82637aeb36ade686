"""Tests that need Docker are left out, and counted, where there is none; TFPREP_REQUIRE_DOCKER forbids it."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tfprep.sandbox import SandboxUnavailable

# The machine tests run on may be busy: how long one example takes says nothing.
settings.register_profile("tfprep", deadline=None)
settings.load_profile("tfprep")


def why_no_docker() -> str:
    """What keeps Docker tests from running here, and what to do about it; empty where nothing does."""
    from tfprep.sandbox.engine import connect
    from tfprep.sandbox.image import Accelerator, usable_image

    try:
        client = connect(patience=10)
        try:
            usable_image(client, Accelerator.CPU)
        finally:
            client.close()
    except SandboxUnavailable as error:
        return f"{error.what} {error.remedy}"
    return ""


LEFT_OUT = pytest.StashKey[tuple[int, str]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    needing = [item for item in items if item.get_closest_marker("docker")]
    reason = why_no_docker() if needing else ""
    if not reason:
        return
    if os.environ.get("TFPREP_REQUIRE_DOCKER"):
        raise pytest.UsageError(f"{len(needing)} tests need Docker, and may not be left out here: {reason}")
    config.stash[LEFT_OUT] = (len(needing), reason)
    for item in needing:
        item.add_marker(pytest.mark.skip(reason="needs Docker"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if LEFT_OUT in config.stash:
        count, reason = config.stash[LEFT_OUT]
        terminalreporter.write_line(f"{count} tests that need Docker were left out: {reason}")
