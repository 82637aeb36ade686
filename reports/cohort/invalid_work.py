"""Why submissions could not be scored, each reason once, with whose they are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from ...cohorts import Cohort
from .gradebook_table import is_invalid

_OWN: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|\d[\d.,]*")
"""What differs from file to file in one reason: names, shapes and numbers."""


@dataclass(frozen=True)
class Reason:
    """A reason, and who was given it."""

    text: str
    """As the first of them reads it."""
    problems: tuple[str, ...]
    """Ids, in the cohort's order."""
    learners: tuple[str, ...]
    """Ids, in the cohort's order, each once."""
    count: int
    """Of submissions."""


def gather_reasons(cohort: Cohort) -> tuple[Reason, ...]:
    """The reasons of the invalid submissions that count, the most frequent first."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in cohort.learners:
        for result in one.results:
            if is_invalid(result) and result.override is None and result.counted is not None:
                reason = result.counted.card.reason
                found[_OWN.sub("…", reason)].append((reason, result.problem, one.learner.id))
    reasons = [
        Reason(
            text=several[0][0],
            problems=tuple(
                each for each in cohort.problems if any(each == problem for _, problem, _ in several)
            ),
            learners=tuple(dict.fromkeys(learner for *_, learner in several)),
            count=len(several),
        )
        for several in found.values()
    ]
    return tuple(sorted(reasons, key=lambda each: -each.count))
