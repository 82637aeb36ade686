"""Reads a cohort's files from a folder. No link is followed, and folders of programs are not entered.

list_files   the path of every file; a file that is refused is reported, never raised
fetch        a file, or a SavedModel's files, as a path on disk
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from ...errors import BadCohort
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from .clones import read_commit
from .path_patterns import Parts, Unit, too_long
from .unwanted import (
    ENVIRONMENT_MARKS,
    is_model_of_somebody,
    is_output_folder,
    is_unwanted_file,
    is_unwanted_folder,
    may_be_somebodys,
)

MAX_FILES: Final = 200_000
"""In one cohort: far more than a thousand learners with five SavedModels each."""
MAX_UNPACKED: Final = 64 * 2**30
"""Bytes that all submissions of one zip may unpack to, together."""
_DEPTH: Final = 40
_LOOKED_AT: Final = 1_000
"""So many files of a folder that is not entered are looked at by name."""
_SPARE: Final = 256 * 2**20
"""Bytes of the disk that stay free."""

ReportUnmatched = Callable[[Unmatched], None]


class NotFetched(Exception):
    """A file cannot be read or unpacked. The message says why."""


class Source(Protocol):
    """A folder, a zip or a repository."""

    @property
    def outputs(self) -> list[Parts]:
        """Folders that were not entered, though a training may have written a model there."""
        ...

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Every file; `report` gets each one that is refused. Raises BadCohort where there are too many."""
        ...

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The unit on disk; one that must be unpacked, in the empty folder `scratch`. Raises NotFetched."""
        ...

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not certain."""
        ...

    def commit(self, parts: Parts) -> str:
        """The commit of the repository that a file is in, in hex; empty where it is in none."""
        ...

    def close(self) -> None:
        """Close the archive; the next call opens it again."""
        ...


class FolderSource:
    """A folder on disk: its files are not copied."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.outputs: list[Parts] = []
        self.clones: dict[Parts, str] = {}
        """Folders that are clones of a repository, with the commit that lies there."""

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Depth first, in the order of names."""
        waiting: list[Parts] = [()]
        seen = 0
        while waiting:
            above = waiting.pop()
            entries = self._entries(above, report)
            names = {entry.name for entry in entries}
            if above and names & ENVIRONMENT_MARKS:
                continue
            if ".git" in names:
                self.clones[above] = read_commit(self._root.joinpath(*above, ".git"))
            for entry in entries:
                parts = (*above, entry.name)
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_unwanted_folder(entry.name) if is_folder else is_unwanted_file(entry.name):
                    if is_output_folder(entry.name) or (is_folder and self._may_be_somebodys(parts)):
                        self.outputs.append(parts)
                    continue
                seen += 1
                if seen > MAX_FILES:
                    raise too_many(self._root)
                if reason := _why_refused(entry, parts):
                    if not is_unwanted_folder(entry.name):
                        report(Unmatched(shown(parts), reason))
                elif is_folder:
                    waiting.append(parts)
                else:
                    yield parts

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The path in the folder itself."""
        return self._root.joinpath(*unit.parts)

    def changed(self, parts: Parts) -> datetime | None:
        """The modification time in the file system; none in a clone, where it is when it was cloned."""
        if self._clone_around(parts) is not None:
            return None
        try:
            return datetime.fromtimestamp(self._root.joinpath(*parts).lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            return None

    def commit(self, parts: Parts) -> str:
        """The commit that the clone around a file stands at; empty where there is none, or none is known."""
        clone = self._clone_around(parts)
        return "" if clone is None else self.clones[clone]

    def close(self) -> None:
        """Nothing is open."""

    def _may_be_somebodys(self, folder: Parts) -> bool:
        """Whether a folder with a dot is no known program's, and a model is among its first files."""
        if not may_be_somebodys(folder[-1]):
            return False
        root = self._root.joinpath(*folder)
        files = (Path(above, name) for above, _, names in os.walk(root) for name in names)
        some = itertools.islice(files, _LOOKED_AT)
        return any(is_model_of_somebody(path.relative_to(root).parts) for path in some)

    def _clone_around(self, parts: Parts) -> Parts | None:
        """The innermost clone that a file is in; None where it is in none."""
        above = (parts[:cut] for cut in range(len(parts) - 1, -1, -1))
        return next((folder for folder in above if folder in self.clones), None)

    def _entries(self, above: Parts, report: ReportUnmatched) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root.joinpath(*above)) as entries:
                # One more than allowed is enough to see that there are too many.
                some = [entry for entry, _ in zip(entries, range(MAX_FILES + 1), strict=False)]
            return sorted(some, key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise BadCohort(f"{self._root} cannot be read: {error.strerror or error}.") from error
            report(Unmatched(shown(above), f"This folder cannot be read: {error.strerror or error}."))
            return []


@dataclass(frozen=True)
class Budget:
    """How many bytes may still be unpacked, from a zip and the zips in it together."""

    left: list[int]

    def spend(self, size: int, folder: Path) -> None:
        """Raises NotFetched where this is more than is left, or than the disk in `folder` has free."""
        self.left[0] -= size
        if self.left[0] < 0:
            raise NotFetched(f"All submissions together unpack to more than {MAX_UNPACKED // 2**30} GiB.")
        if shutil.disk_usage(folder).free < size + _SPARE:
            raise NotFetched(
                "There is not enough space on the disk to unpack it. Free some, and run this again."
            )


def _why_refused(entry: os.DirEntry[str], parts: Parts) -> str:
    if too_long(parts) or len(parts) > _DEPTH:
        return "Its name is too long, or it is in too many folders."
    if entry.is_symlink():
        return "This is a link, and links are not followed. Put the real file there."
    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
        return ""
    return f"This is not a file ({stat.filemode(entry.stat(follow_symlinks=False).st_mode)[0]})."


def shown(parts: Parts) -> str:
    """A path, as it may be shown."""
    return one_line("/".join(parts), 240)


def too_many(folder: Path) -> BadCohort:
    """A source holds more files than any cohort has."""
    return BadCohort(f"{folder} holds more than {MAX_FILES:,} files. Hand over the submissions alone.")
