"""The zone that a cohort's page shows times in."""

from __future__ import annotations

from datetime import UTC, tzinfo

from ...cohorts import Cohort


def zone_of(cohort: Cohort) -> tzinfo:
    """The zone that the rules name, else that of the deadline, else UTC."""
    if cohort.zone is not None:
        return cohort.zone
    deadline = cohort.deadline
    return UTC if deadline is None or deadline.tzinfo is None else deadline.tzinfo
