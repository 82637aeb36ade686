"""From a submitted file to a recorded score, with the reason for it.

The ledger has a door of its own, `grader.ledger`: it loads SQLAlchemy, which grading does not need.
"""

from .diagnosis import diagnose
from .grade import Graded, grade
from .scoring.card import Finding, Fingerprints, Interval, Margin, Record, ScoreCard, Timings, Verdict
from .scoring.reasons import FaultClass
from .submission import SubmissionPolicy
from .submission.submission import Submission, pick_submission, read_submission

__all__ = [
    "FaultClass",
    "Finding",
    "Fingerprints",
    "Graded",
    "Interval",
    "Margin",
    "Record",
    "ScoreCard",
    "Submission",
    "SubmissionPolicy",
    "Timings",
    "Verdict",
    "diagnose",
    "grade",
    "pick_submission",
    "read_submission",
]
