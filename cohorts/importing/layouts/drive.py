"""Google Classroom and Drive: an assignment's folder, downloaded as a zip or in parts.

Homework 3-20260605T120000Z-001.zip, …-002.zip     parts of one folder; each is a zip of its own
Homework 3/Ada Lovelace - mymodel.h5               Classroom puts the learner's name before the file's

Source: Google's help for Classroom ("Student name - title") and the downloads of Drive.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PART: Final = re.compile(
    r"(?P<folder>.{1,200}-\d{8}T\d{6}Z(?:-\d{1,3})?)-(?P<number>\d{3})\.zip", re.IGNORECASE | re.DOTALL
)
"""Three digits alone prove nothing: Moodle ends the name of a download with the number of the assignment."""


def is_part(name: str) -> bool:
    """Whether this is how Drive calls a part of a download."""
    return _PART.fullmatch(name) is not None


def parts_of(file: Path) -> tuple[Path, ...]:
    """All parts of the download that a zip is a part of, as they lie beside it; else the zip alone."""
    found = _PART.fullmatch(file.name)
    if found is None:
        return (file,)
    beside = (file.with_name(f"{found['folder']}-{number:03}{file.suffix}") for number in range(1, 1_000))
    return tuple(path for path in beside if path.is_file()) or (file,)


def missing_parts(files: tuple[Path, ...]) -> int:
    """How many parts before the last one are not there."""
    numbers = [int(found["number"]) for file in files if (found := _PART.fullmatch(file.name))]
    return max(numbers, default=0) - len(numbers)


def split_name(name: str) -> tuple[str, str]:
    """The learner's name and the file's; an empty one where a file's name has no such two."""
    learner, mark, file = name.partition(" - ")
    return (learner, file) if mark and learner.strip() and file else ("", name)
