"""A cohort: everyone's submissions, graded in one command, and what a mentor wants to know of them."""

from ..grader.records.learner import Learner
from ..grader.records.standing import Cohort, LearnerResult, Override, Pending, Result, Unplaced

__all__ = ["Cohort", "Learner", "LearnerResult", "Override", "Pending", "Result", "Unplaced"]
