"""The folder where pages are kept: one for each submission, and an index of them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..grader import Record
from ..grader.services import Evidence
from .index import render_index
from .page import render_page, write_page

MOST_AT_ONCE: Final = 25
"""So many missing pages are written with an index, the newest ones."""


@dataclass(frozen=True)
class PageStore:
    """A folder of pages."""

    folder: Path

    def put(self, record: Record, evidence: Evidence) -> Path:
        """Writes the page of one submission."""
        return write_page(render_page(record, evidence), self.folder / f"{record.number}.html")

    def put_all(self, records: Sequence[Record], gather: Callable[[Record], Evidence]) -> Path:
        """Writes the index of all `records` (oldest first), and the newest pages that are missing."""
        kept = self.kept()
        missing = [record for record in records if record.number not in kept and _whole(record)]
        for record in missing[-MOST_AT_ONCE:]:
            self.put(record, gather(record))
        return write_page(render_index(records, self.kept()), self.folder / "index.html")

    def kept(self) -> frozenset[int]:
        """The numbers of the submissions that have a page."""
        names = (path.stem for path in self.folder.glob("*.html"))
        return frozenset(int(name) for name in names if name.isascii() and name.isdigit())


def _whole(record: Record) -> bool:
    """Whether everything is told. While an exam runs it is not, and a page would stay as it was written."""
    return record.card.score is None or record.card.value is not None
