"""A page holds on a phone, a tablet, a wide screen and on paper: nothing sticks out, nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .site import PAGES
from .visit import visit

pytestmark = pytest.mark.browser

CUT_OFF = """() => {
    const rolls = each => {
        for (let up = each; up !== document.documentElement; up = up.parentElement)
            if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return true;
        return false;
    };
    const named = each => `${each.tagName} ${each.className} ${(each.textContent || '').trim().slice(0, 60)}`;
    return [...document.body.querySelectorAll('*:not(svg *)')].filter(each => {
        const box = each.getBoundingClientRect();
        if (box.width === 0 || box.height === 0) return false;
        const hidden = ['hidden', 'clip'].includes(getComputedStyle(each).overflowX);
        const small = box.width <= 1 && box.height <= 1;
        if (hidden && !small && each.scrollWidth > each.clientWidth + 1) return true;
        return (box.right > innerWidth + 1 || box.left < -1) && !rolls(each) && !small;
    }).map(named);
}"""
"""What sticks out of the window or is cut off by its own box, rolling boxes aside."""

PAPER = 718
"""A4 within margins of a centimetre, in CSS pixels."""


@pytest.mark.parametrize("width", [360, 800, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_at_any_width(
    name: str, width: int, write: Callable[[str], Path], chromium: Browser
) -> None:
    with visit(chromium, write(name), viewport={"width": width, "height": 900}) as seen:
        assert seen.ask("() => document.documentElement.scrollWidth") <= width
        assert seen.ask(CUT_OFF) == []


@pytest.mark.parametrize("name", PAGES)
def test_paper_cuts_nothing_off(name: str, write: Callable[[str], Path], chromium: Browser) -> None:
    with visit(chromium, write(name), viewport={"width": PAPER, "height": 1000}) as seen:
        seen.page.emulate_media(media="print")
        assert seen.ask("() => document.documentElement.scrollWidth") <= PAPER
        assert seen.ask(CUT_OFF) == []
        # Nothing rolls on paper.
        assert (
            seen.ask(
                "() => [...document.querySelectorAll('body *:not(svg *)')]"
                ".filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)"
                ".filter(each => getComputedStyle(each).overflowX !== 'visible')"
                ".map(each => each.outerHTML.slice(0, 80))"
            )
            == []
        )


@pytest.mark.parametrize("name", PAGES)
def test_text_twice_as_large_still_fits(name: str, write: Callable[[str], Path], chromium: Browser) -> None:
    with visit(chromium, write(name), viewport={"width": 800, "height": 900}) as seen:
        seen.ask("() => { document.documentElement.style.fontSize = '200%' }")
        assert seen.ask("() => document.documentElement.scrollWidth") <= 800
