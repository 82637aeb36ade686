"""Teams and nbgrader: a folder for each learner, below a folder of a known name.

Submitted files/Ada Lovelace/Problem 3/Version 2/mymodel.h5    Teams: the library "Student Work" of SharePoint
Working files/…                                                what has not been turned in
submitted/ada/problem3/mymodel.h5, …/timestamp.txt             nbgrader; beside it source, release, …

Sources: Microsoft's "Assignments admin documentation" and `educationSubmission` (Graph); nbgrader's
`coursedir.py` (`submitted_directory`, `{nbgrader_step}/{student_id}/{assignment_id}`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ....classroom.sources.units import Parts

HAND_INS: Final[Mapping[str, frozenset[str]]] = {
    "submitted files": frozenset({"working files"}),
    "student work": frozenset({"class files"}),
    "submitted": frozenset({"source", "release", "autograded", "feedback", "downloaded", "exchange"}),
}
"""Folders of everybody's hand-ins, by small letters, and what may lie beside them and is not handed in."""
TIMESTAMP: Final = "timestamp.txt"
COLLECTED: Final = "submitted"
"""nbgrader's folder of what it collected, with a `timestamp.txt` in each hand-in."""
_VERSION: Final = re.compile(r"version (\d{1,4})", re.IGNORECASE)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?: (?:UTC|Etc/UTC))?\s*")


def version_of(parts: Parts) -> int:
    """The number of the version that a path is in; 0 where it is in none."""
    return next((int(found[1]) for part in parts[:-1] if (found := _VERSION.fullmatch(part))), 0)


def read_timestamp(text: str) -> datetime | None:
    """The time in nbgrader's `timestamp.txt` ("2015-02-02 15:58:23.948203 UTC"); None for anything else."""
    found = _TIME.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
