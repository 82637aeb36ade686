"""What the ledger keeps beside a submission and its score card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """The base of what `Ledger.record` keeps beside a submission, in the same transaction.

    A subject that has something to keep (a cohort's entry, an exam's, training curves) derives a frozen
    dataclass from it, and tells in its module of `grader.ledger` which row it becomes.
    """
