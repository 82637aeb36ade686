"""A cohort: everyone's submissions, graded in one command, and what a mentor wants to know of them."""

from ..grader.records.cohort import Cohort, Learner, LearnerResult, Override, Pending, Result, Unmatched

__all__ = ["Cohort", "Learner", "LearnerResult", "Override", "Pending", "Result", "Unmatched"]
