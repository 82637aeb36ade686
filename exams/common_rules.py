"""Whether everybody sat an exam by the same rules: a mentor may have packed it twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..files.text import one_line
from .config import ExamConfig

_OWN: Final = {"problem", "hidden", "scoring"}
"""Of a problem: its name, what is a learner's own, and what follows from the rest."""


def usual_rules(configs: Iterable[ExamConfig]) -> Mapping[str, ExamConfig]:
    """Of each exam the rules that most of its hand-ins have."""
    alike: dict[str, dict[str, list[ExamConfig]]] = defaultdict(lambda: defaultdict(list))
    for each in configs:
        alike[each.exam][json.dumps(_for_everybody(each), sort_keys=True)].append(each)
    return {exam: max(groups.values(), key=len)[0] for exam, groups in alike.items()}


def tell_differing(ours: ExamConfig, usual: ExamConfig) -> str:
    """What two packs of one exam differ in; nothing where they are alike: a mentor may pack twice."""
    one, other = _for_everybody(ours), _for_everybody(usual)
    return ", ".join(sorted(each for each in one.keys() | other.keys() if one.get(each) != other.get(each)))


def _for_everybody(config: ExamConfig) -> dict[str, Any]:
    """The rules without what is each learner's own, by names that a person can read."""
    values = config.to_values()
    named = {key: value for key, value in values.items() if key not in {"learner", "problems"}}
    for problem in values["problems"]:
        rest = {key: value for key, value in problem.items() if key not in _OWN}
        named |= {
            f"{one_line(key, 40)} of {one_line(problem['problem'], 40)}": each for key, each in rest.items()
        }
    return named
