"""A workspace's statement and starter, which tell by which bands its data is scored; and whose its files are.

text_of        what a learner reads of a problem, for one data set
Given          which files a workspace was given, so that a learner's own are never replaced
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..files.atomic import sha256
from ..files.reading import NOT_READ, read_file
from ..languages import in_language, shown
from .dataset import PUBLIC, Dataset
from .dataset_writing import public_manifest
from .scripts import marks_in_words, script_of

STATEMENT: Final = "statement.md"
STARTER: Final = "starter.py"
GIVEN_FILE: Final = ".tfprep-given.json"
_LARGEST: Final = 32 * 2**20
"""Bytes of that list."""
_DATA: Final = "data"
_IN_STARTER: Final = re.compile(r"^# Full marks: .*(?:\n#  .*)*$", re.MULTILINE)


def full_marks(dataset: Dataset) -> str:
    """What earns the best score: "an accuracy of at least 0.98"."""
    return marks_in_words(dataset.problem.metric, dataset.bands)


def text_of(dataset: Dataset, name: str, *, hints: bool = True) -> str:
    """The statement or the starter of a problem, with this data set's full marks; no hints in an exam."""
    problem = dataset.problem
    if name == STARTER:
        return _IN_STARTER.sub(f"# Full marks: {full_marks(dataset)}", script_of(problem, "starter"))
    text = in_language(problem.folder / name).read_text("utf-8")
    text = text if hints else _section(shown("Hints")).sub("", text).rstrip() + "\n"
    marks = re.escape(shown("full marks"))
    row = f"| {shown('full marks')} | {shown(full_marks(dataset))} |"
    return re.sub(rf"^\| {marks} \|.*\|$", lambda _: row, text, flags=re.MULTILINE)


def _section(heading: str) -> re.Pattern[str]:
    """A section of a statement, up to the next one."""
    return re.compile(rf"^## {re.escape(heading)}\n(?:(?!## ).*\n?)*", re.MULTILINE)


@dataclass(frozen=True)
class GivenFiles:
    """The files that a workspace was given, by their paths in it: sha256, in hex."""

    digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> GivenFiles:
        """Of a workspace; nothing where an earlier version made it, or the list is damaged."""
        try:
            found = json.loads(read_file(folder / GIVEN_FILE, _LARGEST))
        except (*NOT_READ, RecursionError):
            return cls()
        return cls(found if isinstance(found, dict) else {})

    @classmethod
    def of(cls, dataset: Dataset, texts: dict[str, str]) -> GivenFiles:
        """What a workspace gets of a data set, and its texts by their names."""
        files = public_manifest(dataset, "")["files"].items()
        data = {_place(name): str(entry[1]) for name, entry in files if name.startswith(f"{PUBLIC}/")}
        return cls(data | {name: _digest(text) for name, text in texts.items()})

    def write(self, folder: Path) -> None:
        """Writes the list into a workspace."""
        (folder / GIVEN_FILE).write_text(json.dumps(self.digests, indent=0), "utf-8")

    def changed_since(self, before: GivenFiles, folder: Path) -> list[str]:
        """The files in a workspace that are neither as they were given before nor as they are given now.

        A learner made or changed these: in `data/`, whatever is there; of the rest, what is given now.
        """
        data = (path.relative_to(folder).as_posix() for path in sorted((folder / _DATA).rglob("*")))
        rest = (name for name in self.digests if not name.startswith(f"{_DATA}/"))
        return [
            name
            for name in (*data, *rest)
            if (folder / name).is_file()
            and sha256(folder / name) not in (before.digests.get(name), self.digests.get(name))
        ]


def _place(name: str) -> str:
    return f"{_DATA}/{name.removeprefix(f'{PUBLIC}/')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
