"""What other rules would change in a gradebook, and how many results were graded under others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ...classroom.rules import CohortRules
from ...grader.records.cohort import Cohort
from ...grader.records.cohort_runs import Attempt
from ...problems.dataset import source_kind

TOTAL: Final = "total"
"""In place of a problem: the total of 100."""


@dataclass(frozen=True)
class GradeChange:
    """What one learner has in a problem, or as the total, under the rules before and under others."""

    learner: str
    """The id."""
    problem: str
    """Its id, or TOTAL."""
    before: float | None
    """None where nothing counts there."""
    after: float | None


def compare_grades(before: Cohort | None, after: Cohort) -> tuple[GradeChange, ...]:
    """Every grade that is another one, learner by learner; all, where it is not known what was before."""
    old, new = _grades(before), _grades(after)
    keys = dict.fromkeys([*new, *old])
    changes = (GradeChange(*key, old.get(key), new.get(key)) for key in keys)
    order = {learner: place for place, (learner, _) in enumerate(keys)}
    return tuple(
        sorted((each for each in changes if each.before != each.after), key=lambda each: order[each.learner])
    )


def count_graded_otherwise(attempts: Iterable[Attempt], rules: CohortRules) -> int:
    """How many results have other bands, or were refused by another policy, than these rules say.

    No data is read: of other data, and of another version of the grader, this knows nothing.
    """
    return sum(_is_graded_otherwise(each, rules) for each in attempts if not each.withdrawn)


def _is_graded_otherwise(attempt: Attempt, rules: CohortRules) -> bool:
    problem, card = attempt.entry.problem, attempt.record.card
    if problem not in rules.ids or not attempt.entry.grading_config:
        return False
    config: Mapping[str, Any] = json.loads(attempt.entry.grading_config)
    if card.score is None:
        return config.get("policy") not in (None, asdict(rules.policy(problem)))
    chosen = rules.of(problem)
    kind = source_kind(card.data_source)
    measured = (one.bands for one in chosen.problem.data_sources if one.name == kind)
    bands = chosen.bands or next(measured, ())
    return config.get("bands") not in (None, [[band.score, band.at_least, band.at_most] for band in bands])


def _grades(cohort: Cohort | None) -> dict[tuple[str, str], float]:
    return {} if cohort is None else dict(_each_grade(cohort))


def _each_grade(cohort: Cohort) -> Iterator[tuple[tuple[str, str], float]]:
    for one in cohort.learners:
        for result in one.results:
            yield (one.learner.id, result.problem), round(result.points, 6)
        yield (one.learner.id, TOTAL), round(one.total, 6)
