"""The ledger's cohorts: whose submission stands where, and what a mentor decided."""

from __future__ import annotations

from .database import Database


class CohortBook:
    """What the ledger knows of cohorts."""

    def __init__(self, database: Database) -> None:
        self._database = database
