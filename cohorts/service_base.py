"""What every part of the service stands on: the ledger, the home, and the cohort that is meant."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import NoSuchRecord
from ..grader.records.cohort import NO_COHORT, CohortNote
from ..home import Home

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

Tell = Callable[[str], None]
"""Takes one sentence for the mentor."""
_LONGEST: Final = 160
"""Bytes of a cohort's part of a folder's name: file systems take 255 in all."""


@dataclass(frozen=True)
class ServiceBase:
    """A mentor's ledger and home.

    Where a method takes the name of a cohort, None is the cohort that was used last. Each raises NoSuchRecord
    where there is no such cohort, BadCohort where its rules cannot be used, and LedgerUnavailable.
    """

    ledger: Ledger
    home: Home
    by: str
    """The mentor's name, for the audit."""
    tell: Tell

    def note(self, name: str | None) -> CohortNote:
        """What is known of a cohort beside its entries."""
        names = self.ledger.cohorts.names()
        if not names:
            raise NoSuchRecord(NO_COHORT)
        return self.ledger.cohorts.read(names[0] if name is None else name)

    def find_note(self, name: str) -> CohortNote | None:
        """What is known of the cohort of this name; None where there is none."""
        return self.ledger.cohorts.read(name) if name in self.ledger.cohorts.names() else None

    def report_folder(self, name: str) -> Path:
        """Where the pages and exports of the cohort of this name are written by default.

        Where two names differ only by what no folder's name keeps, each folder has a digest too. An earlier
        version kept only the letters from A to Z: its folder stays in use, if it can be of no other cohort.
        """
        folder, earlier = (self.home.reports / f"cohort-{each(name)}" for each in (_plain, _ascii))
        names = {name, *self.ledger.cohorts.names()}
        if sum(_plain(each).casefold() == _plain(name).casefold() for each in names) > 1:
            return folder.with_name(f"{folder.name}-{hashlib.sha256(name.encode()).hexdigest()[:8]}")
        same = [each for each in self.ledger.cohorts.names() if _ascii(each) == _ascii(name)]
        return earlier if same == [name] and earlier.is_dir() and not folder.is_dir() else folder


def _plain(name: str) -> str:
    """A part of a file name: letters, marks and digits of all scripts, composed, and hyphens."""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LMN" else "-"
        for letter in unicodedata.normalize("NFC", name)
    )
    plain = "-".join(filter(None, kept.split("-"))) or "unnamed"
    if len(plain.encode()) <= _LONGEST:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:8]
    return f"{plain.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"


def _ascii(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"
