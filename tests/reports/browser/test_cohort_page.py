"""A mentor sorts, filters and searches the page, with script and without, and looks on while it is graded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tfprep.cohorts.batch.progress import Progress
from tfprep.files.atomic import write_whole
from tfprep.reports.cohort.batch_status import STALE_SECONDS, BatchStatus, Phase
from tfprep.reports.cohort.gradebook_table import NOTHING, tabulate
from tfprep.reports.cohort.page import PAGE, RELOAD_SECONDS, render_cohort

from ..classes import generated
from .visit import TIMEOUT as MILLISECONDS
from .visit import Visitor

pytestmark = pytest.mark.browser

CLASS = generated(40)
BOOK = tabulate(CLASS)
TOTALS = [row.total for row in BOOK.rows]


def height(total: str) -> float:
    """By which totals are sorted: one that is not known yet is the lowest."""
    return -1.0 if total == NOTHING else float(total)


def shown(page: Page, column: int = -1) -> list[str]:
    """The cells of a column of the gradebook, of the rows that are seen; -1 for the totals."""
    return page.evaluate(
        "column => [...document.querySelectorAll('.book tbody tr')].filter(row => row.offsetParent)"
        ".map(row => [...row.cells].at(column).innerText.split('\\n')[0])",
        column,
    )


def write(folder: Path, batch_status: BatchStatus | None = None) -> Path:
    return write_whole(folder / PAGE, render_cohort(CLASS, BOOK, batch_status=batch_status))


def grading(ago: timedelta = timedelta(0)) -> BatchStatus:
    return BatchStatus(Phase.GRADING, Progress(200, 12), datetime.now(UTC) - ago)


def test_a_column_is_sorted_up_down_and_back(tmp_path: Path, chromium: Visitor) -> None:
    with chromium.visit(write(tmp_path)) as seen:
        total = seen.page.get_by_role("columnheader", name="Total")
        for order, reverse in (("ascending", False), ("descending", True)):
            total.get_by_role("button").click()
            assert total.get_attribute("aria-sort") == order
            assert shown(seen.page) == sorted(TOTALS, key=height, reverse=reverse)
        total.get_by_role("button").click()
        assert total.get_attribute("aria-sort") is None
        assert shown(seen.page) == TOTALS
        # By name as the reader's language sorts, accents or not.
        seen.page.get_by_role("columnheader", name="Learner").get_by_role("button").press("Enter")
        assert shown(seen.page, 0)[0].startswith("Ada")
        assert seen.messages == []


def test_a_name_is_found_without_its_accents(tmp_path: Path, chromium: Visitor) -> None:
    with chromium.visit(write(tmp_path)) as seen:
        seen.page.locator("#find").fill("jurgen")
        names = shown(seen.page, 0)
        assert names
        assert all(name.startswith("Jürgen") for name in names)
        assert seen.page.locator("#found").inner_text() == f"{len(names)} found"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_learners_are_shown_by_kind(tmp_path: Path, chromium: Visitor, script: bool) -> None:
    with chromium.visit(write(tmp_path), java_script_enabled=script) as seen:
        seen.page.get_by_text("something invalid").click()
        rows = seen.page.locator(".book tbody tr").filter(visible=True)
        assert rows.count() == sum("invalid" in row.kinds for row in BOOK.rows)
        assert rows.filter(has_text="invalid").count() == rows.count()
        # Who has no script is offered nothing that needs one.
        assert seen.page.locator("#find").is_visible() is script
        assert seen.page.locator(".book thead button").count() == (7 if script else 0)


def test_an_open_page_shows_what_is_new_keeps_the_search_and_rests_when_all_is_graded(
    tmp_path: Path, chromium: Visitor
) -> None:
    with chromium.visit(write(tmp_path, grading())) as seen:
        seen.page.clock.install()
        seen.page.reload()
        assert seen.page.title().startswith("12 of 200")
        seen.page.locator("#find").fill("ada")
        found = shown(seen.page, 0)
        seen.page.get_by_role("columnheader", name="Total").get_by_role("button").click()
        seen.page.locator("#find").blur()
        write(tmp_path)
        seen.page.clock.fast_forward(1000 * RELOAD_SECONDS)
        expect(seen.page.locator("#batch-status")).to_have_count(0, timeout=MILLISECONDS)
        expect(seen.page.locator("#find")).to_have_value("ada")
        assert sorted(shown(seen.page, 0)) == sorted(found)
        assert seen.page.get_by_role("columnheader", name="Total").get_attribute("aria-sort") == "ascending"
        seen.requests.clear()
        seen.page.clock.fast_forward(60_000)
        assert seen.requests == []
        seen.page.close()  # It keeps this clock.


def test_a_page_that_a_killed_program_left_says_that_nothing_came_for_long(
    tmp_path: Path, chromium: Visitor
) -> None:
    with chromium.visit(write(tmp_path, grading(timedelta(seconds=60 * 7 + STALE_SECONDS)))) as seen:
        assert "Nothing was written for 9 minutes" in seen.page.locator("#batch-status strong").inner_text()
    with chromium.visit(write(tmp_path, grading())) as seen:
        assert "Grading: 12 of 200 done, 188 left" in seen.page.locator("#batch-status strong").inner_text()
