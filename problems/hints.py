"""A problem's hints, one after the other: the file `hints.md` in its folder, and how many were shown.

# Hints for problem 2
## 1
The first hint.
## 2
…
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..files.atomic import write_whole
from ..files.reading import NOT_READ, read_file
from ..languages import in_language
from .problem import Problem

_LARGEST: Final = 4096
"""Bytes of the file that counts what was shown."""
_HEADING: Final = re.compile(r"^## .*$", re.MULTILINE)


def hints_of(problem: Problem) -> tuple[str, ...]:
    """The hints, the mildest first; none where the problem has no file of them."""
    file = in_language(problem.folder / "hints.md")
    if not file.is_file():
        return ()
    _, *hints = _HEADING.split(file.read_text("utf-8"))
    return tuple(hint.strip() for hint in hints)


@dataclass(frozen=True)
class Hints:
    """The hints that are shown now."""

    texts: tuple[tuple[int, str], ...]
    """Each with its number, from 1."""
    count: int
    """How many the problem has."""
    then: str
    """What there is beside them, in a sentence."""


def next_hints(problem: Problem, file: Path, *, again: bool) -> Hints:
    """One hint more than were shown before, which is remembered; with `again`, those that were shown before.

    Args:
        problem: whose hints.
        file: remembers how many were shown of each problem; a damaged one counts as none.
        again: repeats them.

    Raises:
        OSError: it cannot be written down.
    """
    hints, shown = hints_of(problem), HintsShown(file)
    before = min(shown.of(problem), len(hints))
    now = before if again else min(before + 1, len(hints))
    first = 0 if again or now == before else before
    if now == len(hints):
        then = f"There are no more hints. The statement: {in_language(problem.folder / 'statement.md')}"
    elif not now:
        then = "No hint was shown yet: `tfprep hint` shows the first."
    else:
        then = "`tfprep hint` shows one more."
    shown.keep(problem, now)
    return Hints(tuple(enumerate(hints[first:now], first + 1)), len(hints), then)


@dataclass(frozen=True)
class HintsShown:
    """How many hints of each problem were shown, in a file of the home."""

    file: Path

    def of(self, problem: Problem) -> int:
        """How many; 0 too where the file is damaged."""
        count = self._counts().get(problem.id, 0)
        return count if isinstance(count, int) and count > 0 else 0

    def keep(self, problem: Problem, count: int) -> None:
        """Write down that so many were shown. Raises OSError."""
        write_whole(self.file, json.dumps({**self._counts(), problem.id: count}))

    def _counts(self) -> dict[str, object]:
        try:
            found = json.loads(read_file(self.file, _LARGEST))
        except (*NOT_READ, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
