"""Photographs pages in Chromium, in few colours, so that the files stay small."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000
"""Bytes of one picture."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's own."""
    with sync_playwright() as playwright:
        # Chromium refuses to run as root inside its own sandbox.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


def photograph(
    browser: Browser,
    page: Path,
    name: str,
    *,
    scheme: str = "light",
    size: tuple[int, int] = (1100, 1500),
    before: Callable[[Page], object] = lambda page: None,
) -> None:
    """What a window of this size shows of a page, once `before` has done something in it."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    opened = context.new_page()
    opened.goto(page.as_uri())
    before(opened)
    target = PICTURES / f"{name}.png"
    opened.screenshot(path=target)
    context.close()
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


def weigh() -> None:
    """Says how large each picture is, and ends where one is too large."""
    for picture in sorted(PICTURES.iterdir()):
        size = picture.stat().st_size
        print(f"{picture.relative_to(ROOT)}: {size:,} bytes")
        if size > LARGEST:
            raise SystemExit(f"{picture.name} is too large: at most {LARGEST:,} bytes.")
