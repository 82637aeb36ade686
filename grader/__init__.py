"""From a submitted file to a recorded score, with the reason for it.

The ledger has a door of its own, `grader.ledger`: it loads SQLAlchemy, which grading does not need.
"""

from .diagnosis import diagnose
from .grade import Graded, grade, our_fault
from .scorecard import (
    Finding,
    Fingerprints,
    Interval,
    Margin,
    Record,
    ScoreCard,
    Spent,
    Verdict,
)
from .submission import BadSubmission, Submission, pick_submission, read_submission

__all__ = [
    "BadSubmission",
    "Finding",
    "Fingerprints",
    "Graded",
    "Interval",
    "Margin",
    "Record",
    "ScoreCard",
    "Spent",
    "Submission",
    "Verdict",
    "diagnose",
    "grade",
    "our_fault",
    "pick_submission",
    "read_submission",
]
