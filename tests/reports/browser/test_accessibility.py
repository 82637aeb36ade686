"""A page can be read by everybody: axe-core's rules, in light, in dark and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from .site import PAGES
from .visit import Visit, Visitor

pytestmark = pytest.mark.browser


COLOURS = "runOnly: ['cat.color']"
"""The rules whose answer may change with the colours."""


def faults(seen: Visit, rules: str = "") -> list[str]:
    """What axe-core, put into the page before, finds fault with: the rules and what breaks them."""
    found = seen.ask(f"() => axe.run({{resultTypes: ['violations'], {rules}}})")
    assert found["passes"]
    return [
        f"{fault['id']}: {fault['help']}: {[node['html'][:120] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault_in_light_in_dark_and_on_a_phone(
    name: str, write: Callable[[str], Path], chromium: Visitor
) -> None:
    with chromium.visit(write(name), viewport={"width": 1280, "height": 900}) as seen:
        seen.ask(Axe().axe_script)
        assert faults(seen) == []
        seen.page.emulate_media(color_scheme="dark")
        assert faults(seen, COLOURS) == []
        seen.page.set_viewport_size({"width": 360, "height": 740})
        assert faults(seen) == []


@pytest.mark.parametrize("name", PAGES)
def test_dark_is_dark_and_paper_is_white(name: str, write: Callable[[str], Path], chromium: Visitor) -> None:
    brightness = """() => {
        const paper = getComputedStyle(document.body).backgroundColor;
        return paper.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    }"""
    with chromium.visit(write(name), color_scheme="dark") as seen:
        assert seen.ask(brightness) < 64
        # People who read dark print on white paper all the same.
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.ask(brightness) > 250
