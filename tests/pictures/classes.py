"""Pictures of whole classes' pages, of 40 and of 400 learners that the evening's generator makes.

`python -m tests.pictures.classes` makes these alone, in a few seconds: nothing is trained and no model runs.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from tfprep.cohorts.batch.progress import Progress
from tfprep.files.atomic import write_whole
from tfprep.reports.cohort.batch_status import BatchStatus, Phase
from tfprep.reports.cohort.gradebook_table import tabulate
from tfprep.reports.cohort.page import PAGE, render_cohort

from ..reports.classes import generated, look_alikes
from .camera import chromium, photograph, weigh


def photograph_classes(browser: Browser, folder: Path) -> None:
    """The page of 40 from its top, while it is graded on a phone, and of 400 at its gradebook."""
    small, large = (write(folder, size) for size in (40, 400))
    photograph(browser, small, "cohort-40")
    photograph(browser, small, "cohort-40-class", before=show_class)
    photograph(browser, large, "cohort-400", scheme="dark", before=sort_by_total)
    batch_status = BatchStatus(Phase.GRADING, Progress(170, 132, seconds=640.0), datetime.now(UTC))
    photograph(browser, write(folder, 40, batch_status), "cohort-phone", size=(390, 1200))


def write(folder: Path, size: int, batch_status: BatchStatus | None = None) -> Path:
    """The page of a class of about this size."""
    made = generated(size)
    page = render_cohort(made, tabulate(made), () if batch_status else look_alikes(made), batch_status)
    return write_whole(folder / f"{size}{'-running' if batch_status else ''}" / PAGE, page)


def show_class(page: Page) -> None:
    """Scrolls to the charts."""
    page.get_by_role("link", name="The class").click()


def sort_by_total(page: Page) -> None:
    """Shows those with something invalid, the lowest totals first."""
    page.get_by_role("link", name="The gradebook").click()
    page.locator("label[for=show-invalid]").click()
    page.get_by_role("columnheader", name="Total").get_by_role("button").click()
    page.evaluate("document.getElementById('gradebook').scrollIntoView()")


if __name__ == "__main__":
    with chromium() as opened, tempfile.TemporaryDirectory() as made:
        photograph_classes(opened, Path(made))
    weigh()
