"""In what two sets of rules differ, key by key as `cohort.toml` calls them.

changes = compare(rules_before, rules_now)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from .rules import CohortRules, ProblemRules

NOT_GIVEN: Final = "-"
"""In place of a value that a file does not give."""
_FOR_GRADING: Final = (
    "bands",
    "data",
    "predict_seconds",
    "train_seconds",
    "allow_scripts",
    "secret",
    "exam",
    "problems",
)
"""Keys by which models are graded: what is graded keeps its score until it is graded again."""


@dataclass(frozen=True)
class RuleChange:
    """A rule that is another one now."""

    key: str
    """As in `cohort.toml`: "late.per_day"."""
    before: str
    after: str

    @property
    def is_for_grading(self) -> bool:
        """Whether it decides how a model is graded, and not what its score counts."""
        return self.key.rpartition(".")[2] in _FOR_GRADING


def changed_rules(before: CohortRules, now: CohortRules) -> tuple[RuleChange, ...]:
    """Every rule that differs, in the order of the file.

    A key that is given now and says what held without it is no difference.
    """
    old, new = dict(_values(before)), dict(_values(now))
    return tuple(
        RuleChange(key, old.get(key, NOT_GIVEN), new.get(key, NOT_GIVEN))
        for key in [*new, *(key for key in old if key not in new)]
        if old.get(key) != new.get(key)
    )


def _values(rules: CohortRules) -> Iterator[tuple[str, str]]:
    """Each rule that is given, by its key. The name of the cohort is none."""
    given: dict[str, Any] = {
        "timezone": rules.zone,
        "deadline": rules.deadlines.cohort,
        "grace_minutes": rules.deadlines.grace / timedelta(minutes=1),
        "file_times": rules.file_times,
        "attempts": rules.attempts.value,
        "attempt_limit": rules.attempt_limit,
        "missing": rules.missing.value,
        "export_total": rules.export_total,
        "pass_mark": rules.pass_mark,
        "allow_scripts": rules.allow_scripts,
        "secret": rules.secret_id and f"one known as {rules.secret_id[:6]}",
        **{f"late.{key}": value for key, value in rules.late},
        "exam": True if rules.has_exam else None,
        **{f"exam.{key}": value for key, value in rules.exam},
    }
    for (learner, problem), until in rules.deadlines.extensions.items():
        given[f"extensions.{learner}" + (f".{problem}" if problem else "")] = until
    for one in rules.problems:
        due = rules.deadlines.problems.get(one.problem.id)
        given |= {f"problems.{one.problem.name}.{key}": value for key, value in _of(one, due).items()}
    shown = ((key, "" if value is None else _shown(value)) for key, value in given.items())
    yield from ((key, value) for key, value in shown if value)


def _of(one: ProblemRules, due: object) -> Mapping[str, Any]:
    return {
        "weight": one.weight,
        "deadline": due,
        "data": one.data_source,
        "bands": [band.threshold for band in reversed(one.bands)],
        "canvas": one.canvas,
        "predict_seconds": one.predict_seconds,
        "train_seconds": one.train_seconds,
    }


def _shown(value: Any) -> str:
    """Without rounding: two rules that differ are shown differently."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(each) for each in value)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
