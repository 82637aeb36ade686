"""A cohort: everyone's submissions, graded in one command, and what a mentor wants to know of them."""

from ..records.people import Learner
from ..records.standing import Cohort, Override, Pending, Result, Standing, Unplaced

__all__ = ["Cohort", "Learner", "Override", "Pending", "Result", "Standing", "Unplaced"]
