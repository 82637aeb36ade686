"""Finds the hand-ins in what a platform gives: in folders and zips, by their first bytes, not by their names.

found = find_hand_ins(Path("Moodle download.zip"), scratch)
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..classroom.sources.source import MAX_FILES, MAX_UNPACKED, Budget, NotFetched, too_many
from ..classroom.sources.units import PathKind, Unit
from ..classroom.sources.unwanted import is_unwanted_file
from ..classroom.sources.zip_source import ZipSource
from ..errors import BadCohort
from ..files.text import one_line
from ..grader.records.cohort import Unmatched
from .exam_pack import ENDING
from .hand_in import MAGIC

_DEPTH: Final = 2
"""So many zips may stand in each other, besides the source itself: a platform's in a folder, a learner's."""
_ZIP: Final = b"PK\x03\x04"


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


class _Finder:
    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._budget = Budget([MAX_UNPACKED])
        self._folders = 0
        self.found = HandInFiles()

    def look_at(self, path: Path, name: str, depth: int) -> bool:
        """Whether the file is one of those that are read. A zip that may stand here is looked into."""
        start, called = _first_bytes(path), name.casefold()
        is_one = start.startswith(MAGIC)
        if not is_one and is_unwanted_file(name.rpartition("/")[2]):
            return False
        if is_one or called.endswith(ENDING):
            self.found.files.append(HandInFile(path, one_line(name, 120)))
            return True
        if called.endswith(".zip") and start.startswith(_ZIP) and depth:
            try:
                return self.look_at_zip(path, f"{name}/", depth - 1)
            except BadCohort as error:
                self.found.refused.append(RefusedFile(one_line(name, 120), error.what))
                return False
        self.found.others.append(one_line(name, 120))
        return False

    def look_at_zip(self, path: Path, above: str, depth: int) -> bool:
        """Whether the file is a zip. What lies in it is unpacked within limits. Raises BadCohort."""
        if not _first_bytes(path).startswith(_ZIP):
            return False

        def refuse(unmatched: Unmatched) -> None:
            self.found.refused.append(RefusedFile(one_line(above + unmatched.found_at, 120), unmatched.why))

        source = ZipSource(path, self._budget)
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
                if not self.look_at(fetched, name, depth):
                    fetched.unlink()
        finally:
            source.close()
        return True


def _paths(folder: Path) -> Iterator[Path]:
    """The paths below a folder. Links are among them, and not followed."""
    return (Path(above, name) for above, _, names in os.walk(folder) for name in names)


def _first_bytes(path: Path) -> bytes:
    """Of a regular file; nothing of a link, a pipe, or what cannot be read."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b""
        try:
            return file.read(len(MAGIC))
        except OSError:
            return b""
