"""A page holds on a phone, a tablet, a wide screen and on paper: nothing sticks out, nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tfprep.reports.cohort.page import write_cohort

from ..classes import DUE, generated
from ..cohorts import many
from .site import PAGES
from .visit import Visitor

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

USED = "() => document.querySelector('main').getBoundingClientRect().width / innerWidth"
"""How much of the window's width a page takes."""
HALF_EMPTY = """() => [...document.querySelectorAll('.plots')].filter(each =>
    each.getBoundingClientRect().right - each.lastElementChild.getBoundingClientRect().right > 1
).map(each => each.lastElementChild.textContent.trim().slice(0, 60))"""
"""Plots and tables whose last row leaves room."""

PAPER = 718
"""A4 within margins of a centimetre, in CSS pixels."""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_on_a_phone_a_tablet_or_a_wide_screen(
    name: str, write: Callable[[str], Path], chromium: Visitor
) -> None:
    with chromium.visit(write(name)) as seen:
        for width in (360, 800, 1400):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.ask("() => document.documentElement.scrollWidth") <= width
            assert seen.ask(CUT_OFF) == [], f"at {width} pixels"
        assert seen.ask(USED) > 0.85
        assert seen.ask(HALF_EMPTY) == []


@pytest.mark.parametrize("name", PAGES)
def test_paper_cuts_nothing_off(name: str, write: Callable[[str], Path], chromium: Visitor) -> None:
    with chromium.visit(write(name), viewport={"width": PAPER, "height": 1000}) as seen:
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


@pytest.mark.parametrize("days", [0, 3, 4])
def test_the_deadlines_name_stays_in_its_chart_wherever_it_stands(
    tmp_path: Path, chromium: Visitor, days: int
) -> None:
    zone = ZoneInfo("America/Argentina/ComodRivadavia")
    cohort = replace(generated(12), deadline=DUE - timedelta(days=days), zone=zone)
    with chromium.visit(write_cohort(cohort, tmp_path)) as seen:
        seen.page.set_viewport_size({"width": 360, "height": 740})
        assert seen.ask("() => document.documentElement.scrollWidth") <= 360
        assert seen.ask(CUT_OFF) == []


@pytest.mark.slow
def test_a_thousand_learners_are_one_page_that_rolls(tmp_path: Path, chromium: Visitor) -> None:
    with chromium.visit(write_cohort(many(1000), tmp_path)) as seen:
        assert seen.page.locator(".book tbody tr").count() == 1000
        seen.ask(
            "() => scrollTo(0, document.querySelector('.book tbody').getBoundingClientRect().top + 20000)"
        )
        # The names of the columns stay in sight.
        assert (
            seen.ask("() => Math.round(document.querySelector('.book thead th').getBoundingClientRect().top)")
            == 0
        )
        seen.page.get_by_role("link", name="Learner 700 of many").click()
        assert "Learner 700" in seen.page.inner_text("h1")
        seen.page.get_by_role("link", name="Many").click()
        assert seen.page.url.endswith("/cohort.html")
        assert seen.messages == []
