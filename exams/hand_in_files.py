"""Finds the hand-ins in what a platform gives: in folders and zips, by their first bytes, not by their names.

found = find_hand_ins(Path("Moodle download.zip"), scratch)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final

from ..classroom.sources.source import MAX_FILES, MAX_UNPACKED, Budget, NotFetched, too_many
from ..classroom.sources.units import PathKind, Unit
from ..classroom.sources.unwanted import is_unwanted_file
from ..classroom.sources.zip_source import ZipSource
from ..errors import BadCohort
from ..files.reading import read_start
from ..files.text import one_line
from ..grader.records.cohort import Unmatched
from ..sandbox.protocol.file_formats import ZIP
from .exam_pack import PACK_SUFFIX
from .hand_in import MAGIC

_DEPTH: Final = 2
"""So many zips may stand in each other, besides the source itself: a platform's in a folder, a learner's."""
_LOOSER: Final = 1.05
"""By so much a sealed file may shrink in a zip, as some hand-ins hold little more than their head."""
_ENTRY: Final = 4_096
_TOO_TIGHT: Final = "It was packed tighter than any sealed file can be. It was not opened."
_LEVELS: Final = 6
"""Of folders and zips, in each of which files take turns."""


@dataclass(frozen=True)
class RefusedFile:
    """A file that is no hand-in for this mentor."""

    file: str
    """Where it lies in the source, as it may be shown."""
    why: str


@dataclass(frozen=True)
class HandInFile:
    """A file that is a hand-in, or is called like one."""

    path: Path
    """Where its bytes are; what a zip held lies in the scratch folder."""
    name: str
    """Where it lies in the source, as it may be shown."""


@dataclass
class HandInFiles:
    """All that lay in a source."""

    files: list[HandInFile] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Where files lie that are no hand-ins, as they may be shown: nothing of them is used."""


def find_hand_ins(source: Path, scratch: Path) -> HandInFiles:
    """Looks at every file of a folder, a zip, and the zips in them. No link is followed.

    Args:
        source: a folder, a platform's zip, or one hand-in.
        scratch: a folder for what must be unpacked; it must exist as long as the files are used.

    Raises:
        BadCohort: the zip as a whole cannot be read, or there are too many files.
    """
    finder = _Finder(scratch)
    if not source.is_dir():
        if finder.look_at_zip(source, "", _DEPTH) is False:
            finder.look_at(source, source.name, 0)
        return finder.found
    for number, path in enumerate(sorted(_paths(source))):
        if number >= MAX_FILES:
            raise too_many(source)
        finder.look_at(path, path.relative_to(source).as_posix(), _DEPTH)
    return finder.found


def fairly(files: Sequence[HandInFile], level: int = 0) -> list[HandInFile]:
    """The files in turn: one of each folder or zip, then another one of each. Nobody's files hide others'."""
    if len(files) < 2 or level == _LEVELS:
        return list(files)
    groups: dict[str, list[HandInFile]] = {}
    for each in files:
        groups.setdefault(each.name.split("/", level + 1)[min(level, each.name.count("/"))], []).append(each)
    turns = zip_longest(*(fairly(group, level + 1) for group in groups.values()))
    return [each for turn in turns for each in turn if each is not None]


class _Finder:
    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._folders = 0
        self.found = HandInFiles()

    def look_at(self, path: Path, name: str, depth: int, packed: int | None = None) -> bool:
        """Whether the file is a hand-in, or called like one. A zip that may stand here is looked into."""
        start, called = read_start(path, len(MAGIC)), name.casefold()
        is_one = start.startswith(MAGIC)
        if not is_one and is_unwanted_file(name.rpartition("/")[2]):
            return False
        if is_one or called.endswith(PACK_SUFFIX):
            self.found.files.append(HandInFile(path, one_line(name, 120)))
            return True
        if called.endswith(".zip") and start.startswith(ZIP) and depth:
            try:
                self.look_at_zip(path, f"{name}/", depth - 1, packed)
                return False
            except BadCohort as error:
                self.found.refused.append(RefusedFile(one_line(name, 120), error.what))
                return False
        self.found.others.append(one_line(name, 120))
        return False

    def look_at_zip(self, path: Path, above: str, depth: int, uploaded: int | None = None) -> bool:
        """Whether the file is a zip. What lies in it is looked at one by one, and hand-ins stay unpacked.

        They are sealed, so that they cannot be packed any tighter: what takes more than was uploaded is none.
        Of all zips together no more stays on the disk than they have themselves.

        Args:
            path: the zip.
            above: what stands before the names of its files.
            depth: so many zips may stand in it.
            uploaded: bytes that it takes of the zip around it; None where it lies in none.

        Raises:
            BadCohort: it cannot be read.
        """
        if not read_start(path, len(MAGIC)).startswith(ZIP):
            return False

        def refuse(unmatched: Unmatched) -> None:
            self.found.refused.append(RefusedFile(one_line(above + unmatched.found_at, 120), unmatched.why))

        left = int(_LOOSER * (path.stat().st_size if uploaded is None else uploaded)) + _ENTRY
        source = ZipSource(path, Budget([MAX_UNPACKED]))
        try:
            for parts in list(source.list_files(refuse)):
                name = above + "/".join(parts)
                self._folders += 1
                scratch = self._scratch / f"{self._folders:06}"
                scratch.mkdir()
                try:
                    fetched = source.fetch(Unit(parts, PathKind.OTHER), scratch)
                except NotFetched as error:
                    refuse(Unmatched("/".join(parts), str(error)))
                    continue
                size, packed = fetched.stat().st_size, source.packed(parts)
                stays = self.look_at(fetched, name, depth, max(0, min(packed, left)))
                if stays and size > left:
                    self.found.files.pop()
                    refuse(Unmatched("/".join(parts), _TOO_TIGHT))
                    stays = False
                left -= size if stays else packed
                if not stays:
                    fetched.unlink()
        finally:
            source.close()
        return True


def _paths(folder: Path) -> Iterator[Path]:
    """The paths below a folder. Links are among them, and not followed."""
    return (Path(above, name) for above, _, names in os.walk(folder) for name in names)
