"""A cohort's page while a batch runs: rewritten whole every few seconds, and never half.

with live_page(service.results, service.report_folder, tell) as on_progress:
    service.grade(request, make_pool, on_progress)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from ...cohorts import Cohort
from ...cohorts.batch.progress import OnProgress, Progress, ignore_progress
from ...files.atomic import write_whole
from .batch_status import BatchStatus, Phase
from .gradebook_table import tabulate
from .page import PAGE, render_cohort

logger = logging.getLogger(__name__)

SECONDS: Final = 5.0
"""Between two pages, at least."""
SHARE: Final = 20.0
"""Between two pages, at least so many times as long as writing one takes."""
AT_FIRST: Final = 2.0
"""Within so many seconds, a batch that has nothing to do has ended."""
LONGEST: Final = 60.0
"""Between two pages, at most: who looks is told after `batch_status.STALE_SECONDS` that no other one came."""


class LivePage:
    """Writes the page of a batch that runs. A failure is told once, and ends no batch.

    Args:
        read: gives the results so far of the cohort of this name.
        folder_of: for the page of the cohort of this name.
        tell: gets a sentence that says where the page is, or that it cannot be written.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        read: Callable[[str], Cohort],
        folder_of: Callable[[str], Path],
        tell: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._read, self._folder_of, self._tell, self._clock = read, folder_of, tell, clock
        self._progress: Progress | None = None
        self._next = clock()
        self._failed = self._told = False

    def show(self, progress: Progress) -> None:
        """Takes the news; writes the page where the last one is old enough."""
        self._progress = progress
        if self._clock() >= self._next:
            self._write(Phase.GRADING, progress)

    def end(self, phase: Phase) -> None:
        """Writes what has become of the batch, if it began."""
        if self._progress is not None:
            self._write(phase, self._progress)

    def _write(self, phase: Phase, progress: Progress) -> None:
        if self._failed:
            return
        began = self._clock()
        try:
            cohort = self._read(progress.cohort)
            batch_status = BatchStatus(phase, progress, datetime.now(UTC))
            page = self._folder_of(progress.cohort) / PAGE
            write_whole(page, render_cohort(cohort, tabulate(cohort), batch_status=batch_status))
        except Exception as error:  # grading goes on without a page
            logger.exception("the page of a running batch could not be written")
            self._failed = True
            self._tell(f"The page cannot be kept up to date: {error}. Grading goes on.")
        else:
            if not self._told:
                self._tell(f"While this runs, {page} shows how far it has come.")
            self._told = True
        now = self._clock()
        self._next = now + min(LONGEST, max(SECONDS, SHARE * (now - began)))


@contextmanager
def live_page(
    read: Callable[[str], Cohort],
    folder_of: Callable[[str], Path],
    tell: Callable[[str], None],
    on_progress: OnProgress = ignore_progress,
    last: Phase = Phase.COMPARING,
) -> Iterator[OnProgress]:
    """A page that is rewritten while a batch runs; in the end it says what has become of the batch.

    Args:
        read: gives the results so far of the cohort of this name.
        folder_of: for the page of the cohort of this name.
        tell: is told where the page is, and if it cannot be written.
        on_progress: gets the same news.
        last: what the page says in the end. Where no other page follows (GRADED), a page that lies there is
            left alone by a batch that has nothing to do.
    """
    page = LivePage(read, folder_of, tell)

    def on_both(progress: Progress) -> None:
        on_progress(progress)
        if last is Phase.COMPARING or progress.verdicts or progress.seconds >= AT_FIRST:
            page.show(progress)

    try:
        yield on_both
    except BaseException:
        page.end(Phase.STOPPED)
        raise
    page.end(last)
