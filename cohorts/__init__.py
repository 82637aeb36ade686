"""Cohorts: everyone's submissions are imported and graded in one command; results, integrity, regrading."""

from ..grader.records.cohort import Cohort, Learner, LearnerResult, Override, Pending, Result, Unmatched

__all__ = ["Cohort", "Learner", "LearnerResult", "Override", "Pending", "Result", "Unmatched"]
