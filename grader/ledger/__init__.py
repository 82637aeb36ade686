"""The ledger: every graded submission, its score card and its predictions, in one database.

One transaction per submission, committed before anything is shown. SQLite on one machine (write-ahead log,
synchronous=FULL, so that a score once shown survives a power cut); PostgreSQL beyond that.
Whatever keeps it from being used is a `LedgerUnavailable`.
"""

from .ledger import Ledger

__all__ = ["Ledger"]
