"""Blackboard Learn: Grade Centre > "Assignment File Download".

Problem 3_ada_attempt_2026-06-05-13-05-44_mymodel.h5    assignment, username, time, the learner's file
Problem 3_ada_attempt_2026-06-05-13-05-44.txt           Blackboard's receipt, with what was typed

Both the assignment and the username may hold underscores, so where the username begins a roster must tell.
Naming as open tools read it: BBGradebookOrganiser (vangef), plg (CodeGra.de, blackboard.py).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Final

from ....classroom.sources.units import Parts
from ..owner import NamedBy, NamedOwner

_ATTEMPT: Final = re.compile(r"_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL)
_WORDS: Final = 8
"""Of a username, at most."""


def read(parts: Parts) -> NamedOwner | None:
    """The username, or each that it may be."""
    found = _ATTEMPT.search(parts[0])
    if found is None or found.end() != len(parts[0]):
        return None
    words = parts[0][: found.start()].split("_")
    if not words[-1]:
        return None
    names = ["_".join(words[cut:]) for cut in range(max(0, len(words) - _WORDS), len(words) - 1)]
    handed_in = None
    with suppress(ValueError):
        handed_in = datetime.strptime(found["when"], "%Y-%m-%d-%H-%M-%S")
    return NamedOwner(
        NamedBy.BLACKBOARD,
        words[-1],
        rest_of_path=("_".join(words[:-1]), found["file"] or "receipt.txt", *parts[1:]),
        other_names=tuple(names),
        handed_in=handed_in,
        unread_time="" if handed_in else found["when"],
        is_text=not found["file"],
    )
