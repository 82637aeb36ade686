"""The ledger's exams: sittings, their clock, and what was submitted in them."""

from __future__ import annotations

from .database import Database


class ExamBook:
    """What the ledger knows of exams."""

    def __init__(self, database: Database) -> None:
        self._database = database
