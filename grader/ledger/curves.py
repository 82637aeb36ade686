"""The ledger's training curves: what a workspace's log said when a model was submitted."""

from __future__ import annotations

from .database import Database


class CurveBook:
    """What the ledger knows of training curves."""

    def __init__(self, database: Database) -> None:
        self._database = database
