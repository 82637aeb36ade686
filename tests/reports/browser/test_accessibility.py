"""A page can be read by everybody: axe-core's rules, in light, in dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from .site import PAGES
from .visit import visit

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault(name: str, look: str, write: Callable[[str], Path], chromium: Browser) -> None:
    with visit(chromium, write(name), **LOOKS[look]) as seen:
        found = Axe().run(seen.page)
        assert found.response["passes"]
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_dark_is_dark_and_paper_is_white(name: str, write: Callable[[str], Path], chromium: Browser) -> None:
    brightness = """() => {
        const paper = getComputedStyle(document.body).backgroundColor;
        return paper.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    }"""
    with visit(chromium, write(name), color_scheme="dark") as seen:
        assert seen.ask(brightness) < 64
        # People who read dark print on white paper all the same.
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.ask(brightness) > 250


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_of_the_first_rank_and_skips_none(
    name: str, write: Callable[[str], Path], chromium: Browser
) -> None:
    with visit(chromium, write(name)) as seen:
        ranks = seen.ask(
            "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(each => Number(each.tagName[1]))"
        )
    assert ranks[0] == 1
    assert ranks.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))
