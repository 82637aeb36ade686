"""Reads a cohort's files from a folder or a zip, with the zips inside it. No link is followed.

list_files   the path of every file; a file that is refused is reported, never raised
fetch        a file, or a SavedModel's files, as a path on disk
"""

from __future__ import annotations

import itertools
import os
import re
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
from ...grader.submission.recognition import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from ...grader.submission.submission import SIZE_LIMIT
from .path_patterns import Kind, Parts, Unit, gather_units, is_junk, too_long

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

ReportUnmatched = Callable[[Unmatched], None]


class NotFetched(Exception):
    """A file cannot be read or unpacked. The message says why."""


class Source(Protocol):
    """A folder or a zip."""

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Every file; `report` gets each one that is refused. Raises BadCohort where there are too many."""
        ...

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The unit on disk; one that must be unpacked, in the empty folder `scratch`. Raises NotFetched."""
        ...

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not certain."""
        ...

    def close(self) -> None:
        """Close the archive; the next call opens it again."""
        ...


class FolderSource:
    """A folder on disk: its files are not copied."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Depth first, in the order of names."""
        waiting: list[Parts] = [()]
        seen = 0
        while waiting:
            above = waiting.pop()
            for entry in self._entries(above, report):
                parts = (*above, entry.name)
                seen += 1
                if seen > MAX_FILES:
                    raise _too_many(self._root)
                if reason := _why_refused(entry, parts):
                    report(Unmatched(_shown(parts), reason))
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(parts)
                else:
                    yield parts

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The path in the folder itself."""
        return self._root.joinpath(*unit.parts)

    def changed(self, parts: Parts) -> datetime | None:
        """The modification time in the file system."""
        try:
            return datetime.fromtimestamp(self._root.joinpath(*parts).lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            return None

    def close(self) -> None:
        """Nothing is open."""

    def _entries(self, above: Parts, report: ReportUnmatched) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root.joinpath(*above)) as entries:
                # One more than allowed is enough to see that there are too many.
                some = [entry for entry, _ in zip(entries, range(MAX_FILES + 1), strict=False)]
            return sorted(some, key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise BadCohort(f"{self._root} cannot be read: {error.strerror or error}.") from error
            report(Unmatched(_shown(above), f"This folder cannot be read: {error.strerror or error}."))
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


class ZipSource:
    """A zip on disk: its list is read, and the files that are fetched."""

    def __init__(self, file: Path, budget: Budget, zone: tzinfo | None = None) -> None:
        self._file = file
        self._budget = budget
        self._zone = zone
        """Of its times, which name no time zone."""
        self._opened: zipfile.ZipFile | None = None
        self._members: dict[Parts, zipfile.ZipInfo] = {}

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """In the zip's own order. Of two files with one name, neither is taken."""
        entries = self._archive().infolist()
        if len(entries) > MAX_FILES:
            raise _too_many(self._file)
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
                report(Unmatched(_shown((entry.filename,)), error.message))
        for parts in twice:
            del self._members[parts]
            report(Unmatched(_shown(parts), "The zip holds two files of this name."))
        yield from self._members

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """Unpacked, if the sizes in the zip's list are within the limits."""
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
            inner = {parts: parts[len(unit.parts) :] if unit.members else () for parts in members}
            files = ((self._members[parts], target.joinpath(*inner[parts])) for parts in members)
            unpack(self._archive(), files)
        except DAMAGED as error:
            raise NotFetched(
                f"The zip is damaged here, or the disk is full ({one_line(str(error))})."
            ) from error
        return target

    def changed(self, parts: Parts) -> datetime | None:
        """The time in the zip's list; None where its time zone is not known."""
        try:
            return (
                None if self._zone is None else datetime(*self._members[parts].date_time, tzinfo=self._zone)
            )
        except ValueError:
            return None

    def close(self) -> None:
        """Closes the file; the next call opens it again."""
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


class NestedZips:
    """A source whose zips are listed as if they were folders: `ada/work.zip/problem3/mymodel.h5`.

    Zips that hold work are opened, one level deep; a zip that is itself a model is one file.
    """

    def __init__(self, source: Source, scratch: Path, budget: Budget) -> None:
        self._source = source
        self._scratch = scratch
        self._budget = budget
        self._inner: dict[Parts, ZipSource] = {}
        self._fetched: dict[Parts, Path] = {}
        self._numbers = itertools.count()

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Every file, also those in opened zips, but no junk."""
        for parts in self._source.list_files(report):
            if is_junk(parts):
                continue
            inside = self._look_into(parts) if parts[-1].casefold().endswith(".zip") else ()
            yield from [(*parts, *inner) for inner in inside] or [parts]

    def fetch(self, unit: Unit) -> Path:
        """The unit on disk. Raises NotFetched."""
        if unit.parts in self._fetched:
            return self._fetched[unit.parts]
        archive, cut = self._zip_around(unit.parts)
        if archive is None:
            return self._source.fetch(unit, self._new_folder())
        members = tuple(parts[cut:] for parts in unit.members)
        try:
            return archive.fetch(Unit(unit.parts[cut:], unit.kind, members), self._new_folder())
        finally:
            archive.close()

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not certain."""
        archive, cut = self._zip_around(parts)
        return self._source.changed(parts) if archive is None else archive.changed(parts[cut:])

    def close(self) -> None:
        """Close the source; the next call opens it again."""
        self._source.close()

    def _zip_around(self, parts: Parts) -> tuple[ZipSource | None, int]:
        """The opened zip that a path leads into, and how many parts of the path name that zip."""
        for cut in range(1, len(parts)):
            if parts[:cut] in self._inner:
                return self._inner[parts[:cut]], cut
        return None, 0

    def _look_into(self, parts: Parts) -> list[Parts]:
        """The files of a zip that holds work; none of a zip that is a model, or that cannot be opened.

        A zip that cannot be opened is graded as it is, so that its learner reads why.
        """
        troubles: list[Unmatched] = []
        try:
            path = self._fetched[parts] = self._source.fetch(Unit(parts, Kind.MODEL), self._new_folder())
        except NotFetched:
            return []
        archive = ZipSource(path, self._budget)
        try:
            files = [inner for inner in archive.list_files(troubles.append) if not is_junk(inner)]
        except BadCohort:
            return []
        finally:
            archive.close()
        if troubles or not _has_work(files):
            return []
        self._inner[parts] = archive
        return files

    def _new_folder(self) -> Path:
        """A new empty folder for one unit."""
        folder = self._scratch / f"{next(self._numbers):06}"
        folder.mkdir()
        return folder


def _checked_parts(name: str) -> Parts:
    """A name in a zip, part by part. Raises UnsafeArchive where it could lead anywhere else.

    Characters that only join letters are in many people's names, so they are no reason to refuse one.
    """
    checked_name("".join(character for character in name if unicodedata.category(character) != "Cf"))
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def _why_refused(entry: os.DirEntry[str], parts: Parts) -> str:
    if too_long(parts) or len(parts) > _DEPTH:
        return "Its name is too long, or it is in too many folders."
    if entry.is_symlink():
        return "This is a link, and links are not followed. Put the real file there."
    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
        return ""
    return f"This is not a file ({stat.filemode(entry.stat(follow_symlinks=False).st_mode)[0]})."


def _safe(name: str) -> str:
    """A short file name of known characters. It decides nothing; people see it."""
    plain = re.sub(r"[^\w.-]", "_", one_line(name))
    return plain.lstrip(".")[-60:] or "submission"


def _shown(parts: Parts) -> str:
    return one_line("/".join(parts), 240)


def _too_many(folder: Path) -> BadCohort:
    return BadCohort(f"{folder} holds more than {MAX_FILES:,} files. Hand over the submissions alone.")


def _has_work(files: list[Parts]) -> bool:
    top = {parts[0] for parts in files if len(parts) == 1}
    if SAVED_MODEL_FILE in top or ("config.json" in top and top & {"metadata.json", "model.weights.h5"}):
        return False
    units = gather_units(files, SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    return any(unit.kind in {Kind.MODEL, Kind.SCRIPT} for unit in units)
