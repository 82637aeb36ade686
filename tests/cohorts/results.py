"""A cohort's results, straight from a ledger."""

from __future__ import annotations

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts import Cohort
from tfprep.cohorts.gradebook.gradebook import compute_results
from tfprep.grader.ledger import Ledger


def read_cohort(ledger: Ledger, name: str, rules: CohortRules) -> Cohort:
    """The results of the cohort of this name, under these rules."""
    cohorts = ledger.cohorts
    return compute_results(cohorts.read(name), rules, cohorts.attempts(name), cohorts.decisions(name))
