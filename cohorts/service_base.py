"""What every part of the service stands on: the ledger, the home, and the cohort that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NoSuchRecord
from ..grader.records.cohort import NO_COHORT, CohortNote
from ..home import Home

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

Tell = Callable[[str], None]
"""Takes one sentence for the mentor."""


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
        """Where the pages and exports of the cohort of this name are written by default."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
        return self.home.reports / f"cohort-{plain or 'unnamed'}"
