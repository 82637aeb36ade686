"""What may be told to a platform: a cell of an import file is a claim, and an empty one claims nothing."""

from __future__ import annotations

from ...grader.records.cohort import Cohort, LearnerResult, Result


def is_open(cohort: Cohort, learner: str, problem: str) -> bool:
    """Whether something of this learner may still count for a problem: pending, or found and not placed."""
    return not cohort.open_work.isdisjoint({(learner, problem), (learner, "")})


def is_waited_for(cohort: Cohort, learner: str, result: Result) -> bool:
    """Whether nothing counts here yet, and something still may: this is not zero, and no total is certain."""
    nothing = result.counted is None and result.override is None
    return nothing and is_open(cohort, learner, result.problem)


def claim(cohort: Cohort, learner: str, result: Result) -> float | None:
    """The points that are certain, 0 to 5; None where nothing can be claimed.

    A mentor's own score always can. Without it, nothing is claimed of what is still open, and of what was
    never handed in only where the rules say that it counts as zero.
    """
    if result.override is not None:
        return result.points
    if is_open(cohort, learner, result.problem):
        return None
    if result.counted is None:
        return 0.0 if cohort.missing_is_zero else None
    return result.points


def claims(cohort: Cohort, one: LearnerResult) -> tuple[float | None, ...]:
    """A learner's claims, in the order of the cohort's problems."""
    return tuple(claim(cohort, one.learner.id, result) for result in one.results)


def total_claim(cohort: Cohort, one: LearnerResult) -> float | None:
    """The total of 100; None where any of it is not certain."""
    return None if None in claims(cohort, one) else one.total


def is_used(cohort: Cohort, problem: str) -> bool:
    """Whether anybody handed something in for a problem, or has a score by hand."""
    index = cohort.problems.index(problem)
    results = [one.results[index] for one in cohort.learners]
    return any(result.counted is not None or result.override is not None for result in results)
