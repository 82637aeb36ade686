"""One Chromium for all of these tests, and every page written once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from .site import PAGES
from .visit import Visitor


@pytest.fixture(scope="session")
def chromium() -> Iterator[Visitor]:
    # Chromium refuses to run as root inside its own sandbox, and in CI everybody is root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield Visitor(browser)
        browser.close()


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("site")
    written: dict[str, Path] = {}

    def page(name: str) -> Path:
        if name not in written:
            written[name] = PAGES[name](folder / name)
        return written[name]

    return page
