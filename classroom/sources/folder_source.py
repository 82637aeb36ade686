"""Lists a folder's files. No link is followed, and folders of programs are not entered."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ...errors import BadCohort, reason_of
from ...grader.records.cohort import Unmatched
from . import source
from .clones import read_commit
from .source import LINK, ReportUnmatched, shown_path, too_many
from .units import Parts, Unit, too_long
from .unwanted import (
    ENVIRONMENT_MARKS,
    is_model_of_somebody,
    is_output_folder,
    is_unwanted_file,
    is_unwanted_folder,
    may_be_somebodys,
)

_DEPTH: Final = 40


_LOOKED_AT: Final = 1_000
"""So many files of a folder that is not entered are looked at by name."""


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
                if seen > source.MAX_FILES:
                    raise too_many(self._root)
                if reason := _why_refused(entry, parts):
                    if not is_unwanted_folder(entry.name):
                        report(Unmatched(shown_path(parts), reason))
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
                some = [entry for entry, _ in zip(entries, range(source.MAX_FILES + 1), strict=False)]
            return sorted(some, key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise BadCohort(f"{self._root} cannot be read: {reason_of(error)}.") from error
            report(Unmatched(shown_path(above), f"This folder cannot be read: {reason_of(error)}."))
            return []


def _why_refused(entry: os.DirEntry[str], parts: Parts) -> str:
    if too_long(parts) or len(parts) > _DEPTH:
        return "Its name is too long, or it is in too many folders."
    if entry.is_symlink():
        return LINK
    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
        return ""
    return f"This is not a file ({stat.filemode(entry.stat(follow_symlinks=False).st_mode)[0]})."
