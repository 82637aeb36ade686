"""Where a cohort's files lie: a folder, or a zip of any size. Nothing is followed out of either.

list_files   every file, as names from the top; what cannot be taken is told instead, never raised
fetch        a file or a SavedModel's files as a path on disk, under a name of our own choosing
"""

from __future__ import annotations

import os
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, Protocol

from ...errors import BadCohort, UnsafeArchive
from ...files.archives import DAMAGED, Bounds, check_entry, checked_name, open_zip, unpack
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from ...grader.submission.submission import SIZE_LIMIT
from .path_patterns import Parts, Unit, too_long

MAX_FILES: Final = 200_000
"""In one cohort: far more than a thousand learners with five SavedModels each."""
MAX_UNPACKED: Final = 64 * 2**30
"""Bytes that all submissions of one zip may unpack to, together."""
_DEPTH: Final = 40
_DENSE: Final = 64 * 2**20
_RATIO: Final = 100
_SPARE: Final = 256 * 2**20
"""Bytes of the disk that stay free."""
_BOUNDS: Final = Bounds(MAX_UNPACKED, MAX_FILES, directory_bytes=24 * 2**20)

Tell = Callable[[Unmatched], None]


class NotFetched(Exception):
    """A file that cannot be taken out of where it lies. The message says why."""


class Source(Protocol):
    """A folder or a zip."""

    def list_files(self, tell: Tell) -> Iterator[Parts]:
        """Every file; `tell` gets what cannot be taken. Raises BadCohort where there is no end to them."""
        ...

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The unit on disk; where it must be copied, into the empty folder `scratch`. Raises NotFetched."""
        ...

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not known for sure."""
        ...

    def close(self) -> None:
        """Let go of everything; the next look opens it again."""
        ...


class FolderSource:
    """A folder on disk: files are used where they lie."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list_files(self, tell: Tell) -> Iterator[Parts]:
        """Depth first, in the order of names."""
        waiting: list[Parts] = [()]
        seen = 0
        while waiting:
            above = waiting.pop()
            for entry in self._entries(above, tell):
                parts = (*above, entry.name)
                seen += 1
                if seen > MAX_FILES:
                    raise _endless(self._root)
                if reason := _unfit(entry, parts):
                    tell(Unmatched(_shown(parts), reason))
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(parts)
                else:
                    yield parts

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """Where it lies."""
        return self._root.joinpath(*unit.parts)

    def changed(self, parts: Parts) -> datetime | None:
        """The file's own time."""
        try:
            return datetime.fromtimestamp(self._root.joinpath(*parts).lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            return None

    def close(self) -> None:
        """Nothing is held."""

    def _entries(self, above: Parts, tell: Tell) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root.joinpath(*above)) as entries:
                # One more than allowed is enough to see that there are too many.
                some = [entry for entry, _ in zip(entries, range(MAX_FILES + 1), strict=False)]
            return sorted(some, key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise BadCohort(f"{self._root} cannot be read: {error.strerror or error}.") from error
            tell(Unmatched(_shown(above), f"This folder cannot be read: {error.strerror or error}."))
            return []


@dataclass(frozen=True)
class Budget:
    """How many bytes may still be unpacked; shared by a zip and the zips in it."""

    left: list[int]

    def spend(self, size: int, place: Path) -> None:
        """Raises NotFetched where that is too much, for us or for the disk."""
        self.left[0] -= size
        if self.left[0] < 0:
            raise NotFetched(f"All submissions together unpack to more than {MAX_UNPACKED // 2**30} GiB.")
        if shutil.disk_usage(place).free < size + _SPARE:
            raise NotFetched(
                "There is not enough space on the disk to unpack it. Free some, and run this again."
            )


class ZipSource:
    """A zip on disk: its list is read, and those of its files that are fetched."""

    def __init__(self, file: Path, budget: Budget, zone: tzinfo | None = None) -> None:
        self._file = file
        self._budget = budget
        self._zone = zone
        """In which its times are meant; they do not say."""
        self._opened: zipfile.ZipFile | None = None
        self._members: dict[Parts, zipfile.ZipInfo] = {}

    def list_files(self, tell: Tell) -> Iterator[Parts]:
        """In the zip's own order. Of two files with one name, neither is taken."""
        entries = self._archive().infolist()
        if len(entries) > MAX_FILES:
            raise _endless(self._file)
        twice: set[Parts] = set()
        for entry in entries:
            try:
                parts = _checked_parts(entry.filename)
                if entry.filename.endswith(("/", "\\")):
                    continue
                check_entry(entry)
                if parts in self._members:
                    twice.add(parts)
                self._members[parts] = entry
            except UnsafeArchive as error:
                tell(Unmatched(_shown((entry.filename,)), error.message))
        for parts in twice:
            del self._members[parts]
            tell(Unmatched(_shown(parts), "The zip holds two files of this name."))
        yield from self._members

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """Unpacked, as far as what the zip's list says is within bounds."""
        members = unit.members or (unit.parts,)
        size = sum(self._members[parts].file_size for parts in members)
        packed = sum(self._members[parts].compress_size for parts in members)
        if size > SIZE_LIMIT:
            raise NotFetched(f"It is larger than the {SIZE_LIMIT // 2**20} MiB a submission may have.")
        if size > _DENSE and size > _RATIO * packed:
            raise NotFetched("It unpacks to more than a hundred times its size, as no trained model does.")
        self._budget.spend(size, scratch)
        target = scratch / _safe(unit.parts[-1])
        try:
            unpack(
                self._archive(),
                (
                    (self._members[parts], target.joinpath(*parts[len(unit.parts) :] if unit.members else ()))
                    for parts in members
                ),
            )
        except DAMAGED as error:
            raise NotFetched(
                f"The zip is damaged here, or the disk is full ({one_line(str(error))})."
            ) from error
        return target

    def changed(self, parts: Parts) -> datetime | None:
        """As the zip's list has it, which knows no time zones."""
        try:
            return (
                None if self._zone is None else datetime(*self._members[parts].date_time, tzinfo=self._zone)
            )
        except ValueError:
            return None

    def close(self) -> None:
        """Lets go of the file; the next look at it opens it again."""
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    def _archive(self) -> zipfile.ZipFile:
        if self._opened is None:
            try:
                self._opened = open_zip(self._file, _BOUNDS)
            except (UnsafeArchive, *DAMAGED) as error:
                raise BadCohort(f"{self._file} cannot be read as a zip: {one_line(str(error))}.") from error
        return self._opened


def _checked_parts(name: str) -> Parts:
    """A name in a zip, part by part. Raises UnsafeArchive where it could lead anywhere else.

    Signs that only join letters belong to many people's names, so they are no reason to refuse one.
    """
    checked_name("".join(sign for sign in name if unicodedata.category(sign) != "Cf"))
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def _unfit(entry: os.DirEntry[str], parts: Parts) -> str:
    if too_long(parts) or len(parts) > _DEPTH:
        return "Its name is too long, or it lies too deep, to be honest."
    if entry.is_symlink():
        return "This is a link, and links are not followed. Put the real file there."
    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
        return ""
    return f"This is no file ({stat.filemode(entry.stat(follow_symlinks=False).st_mode)[0]})."


def _safe(name: str) -> str:
    """A file's name for our own disk: known signs only, and short. It decides nothing; people see it."""
    plain = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in one_line(name))
    return plain.lstrip(".")[-60:] or "submission"


def _shown(parts: Parts) -> str:
    return one_line("/".join(parts), 240)


def _endless(place: Path) -> BadCohort:
    return BadCohort(f"{place} holds more than {MAX_FILES:,} files. Hand over the submissions alone.")
