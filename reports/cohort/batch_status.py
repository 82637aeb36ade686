"""How far a batch has come, as its page says it: in words that stay true after the program was killed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from ...cohorts.batch.progress import Progress

STALE_SECONDS: Final = 120.0
"""Seconds without a new page, after which a reader is told that grading has probably ended."""
COMPARING: Final = 1_800.0
"""The same while look-alikes are compared, where nothing is written in between."""


class Phase(Enum):
    """What the program did when the page was written."""

    GRADING = "grading"
    COMPARING = "comparing"
    GRADED = "graded"
    STOPPED = "stopped"


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch had come when its page was written."""

    phase: Phase
    progress: Progress
    written: datetime
    """Aware of its time zone."""

    @property
    def counts(self) -> str:
        """For example "12 of 40 done, 28 left"."""
        done, total = self.progress.done, self.progress.total
        return f"{done:,} of {total:,} done, {total - done:,} left"

    @property
    def share(self) -> float:
        """Of all files: those that are done, 0 to 1."""
        return self.progress.done / self.progress.total if self.progress.total else 1.0

    @property
    def sentence(self) -> str:
        """What goes on, bound to the time that it was written by the words beside it."""
        match self.phase:
            case Phase.GRADING:
                return f"Grading: {self.counts}{self._left()}."
            case Phase.COMPARING:
                return f"Graded: {self.counts}. Look-alikes are being compared."
            case Phase.GRADED:
                return f"Graded: {self.counts}."
            case Phase.STOPPED:
                return f"Grading was stopped: {self.counts}. Run the same command again to go on."

    @property
    def changes(self) -> bool:
        """Whether another page is to follow."""
        return self.phase in (Phase.GRADING, Phase.COMPARING)

    @property
    def of_pages(self) -> str:
        """When learners' own pages are written, which this one links to then."""
        if self.phase is Phase.GRADED:
            return "`tfprep cohort report` writes learners' own pages, and compares look-alikes."
        return "Learners' own pages are written in the end."

    @property
    def stale_seconds(self) -> float:
        """Seconds within which another page was to follow."""
        return COMPARING if self.phase is Phase.COMPARING else STALE_SECONDS

    def _left(self) -> str:
        left = self.progress.seconds_left
        if left is None or not self.progress.done:
            return ""
        minutes = round(left / 60)
        return f", about {minutes:,} min" if minutes else ", less than a minute"
