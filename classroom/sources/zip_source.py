"""Reads a cohort's files from a zip: its list is read, and the files that are fetched.

Both happen in the process that reads strangers' files, with its limits.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from ...errors import BadCohort, FailedAtFile, UnsafeArchive
from ...files.archives import check_entry, checked_name
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from ...grader.submission.reader import READER, ZipMember
from . import source
from .source import Budget, NotFetched, ReportUnmatched, check_size, shown_path, too_many
from .units import Parts, Unit
from .unwanted import is_model_of_somebody, is_output_folder, may_be_somebodys, without_unwanted
from .zip_names import Knows, read_names

_DENSE: Final = 64 * 2**20
_RATIO: Final = 100
LIST_BYTES: Final = 24 * 2**20
"""Of a zip's own list of its files."""
_MOST_LISTED: Final = 2 * source.MAX_FILES
"""Files of programs are listed too; they are not counted afterwards."""


class ZipSource:
    """A zip on disk: its list is read, and the files that are fetched."""

    def __init__(
        self,
        file: Path,
        budget: Budget,
        zone: tzinfo | None = None,
        knows: Knows = lambda name: False,
        list_bytes: int = LIST_BYTES,
    ) -> None:
        self._file, self._list_bytes = file, list_bytes
        self._budget = budget
        self._zone = zone
        """Of its times, which name no time zone."""
        self._knows = knows
        self._members: dict[Parts, zipfile.ZipInfo] = {}
        self._places: dict[Parts, int] = {}
        """Of the members in the zip's list."""
        self.outputs: list[Parts] = []

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """In the zip's own order. Of two files with one name, neither is taken."""
        twice: set[Parts] = set()
        refused: dict[Parts, str] = {}
        entries = self._list()
        for place, (name, entry) in enumerate(zip(read_names(entries, self._knows), entries, strict=True)):
            try:
                parts = _checked_parts(name)
                if name.endswith(("/", "\\")):
                    continue
                check_entry(entry)
                if parts in self._members:
                    twice.add(parts)
                self._members[parts], self._places[parts] = entry, place
            except UnsafeArchive as error:
                refused[tuple(name.split("/"))] = error.message
        for parts in twice:
            del self._members[parts]
            refused[parts] = "The zip holds two files of this name."
        wanted = without_unwanted([*self._members, *refused])
        if len(wanted) > source.MAX_FILES:
            raise too_many(self._file)
        for parts in wanted:
            if parts in refused:
                report(Unmatched(shown_path(parts), refused[parts]))
        self.outputs = list(dict.fromkeys(_output_folders(self._members)))
        yield from (parts for parts in wanted if parts not in refused)

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """Unpacked, if the sizes in the zip's list are within the limits."""
        members = unit.members or (unit.parts,)
        size = sum(self._members[parts].file_size for parts in members)
        packed = sum(self._members[parts].compress_size for parts in members)
        check_size(size)
        if size > _DENSE and size > _RATIO * packed:
            raise NotFetched("It unpacks to more than a hundred times its size, as no trained model does.")
        self._budget.spend(size, scratch)
        target = scratch / safe_name(unit.parts[-1])
        try:
            inner = {parts: parts[len(unit.parts) :] if unit.members else () for parts in members}
            files = [
                ZipMember(self._members[parts], self._places[parts], target.joinpath(*inner[parts]))
                for parts in members
            ]
            READER.unpack(self._file, self._list_bytes, files)
        except FailedAtFile as error:
            raise NotFetched(str(error)) from error
        except (UnsafeArchive, OSError) as error:
            raise NotFetched(
                f"The zip is damaged here, or the disk is full ({one_line(str(error))})."
            ) from error
        return target

    def packed(self, parts: Parts) -> int:
        """Bytes that a file takes in the zip."""
        return self._members[parts].compress_size

    def changed(self, parts: Parts) -> datetime | None:
        """The time in the zip's list; None where its time zone is not known."""
        try:
            return (
                None if self._zone is None else datetime(*self._members[parts].date_time, tzinfo=self._zone)
            )
        except ValueError:
            return None

    def commit(self, parts: Parts) -> str:
        """None: a zip's files are in no repository."""
        return ""

    def close(self) -> None:
        """Nothing is open here."""

    def _list(self) -> list[zipfile.ZipInfo]:
        try:
            return READER.list_zip(self._file, self._list_bytes, _MOST_LISTED)
        except FailedAtFile as error:
            raise BadCohort(error.what, error.remedy) from error
        except (UnsafeArchive, OSError) as error:
            raise BadCohort(f"{self._file} cannot be read as a zip: {one_line(str(error))}.") from error


def _output_folders(paths: Iterable[Parts]) -> Iterator[Parts]:
    for parts in paths:
        for cut, part in enumerate(parts[:-1], 1):
            if is_output_folder(part) or (may_be_somebodys(part) and is_model_of_somebody(parts[cut:])):
                yield parts[:cut]


def _checked_parts(name: str) -> Parts:
    """A name in a zip, part by part. Raises UnsafeArchive where it could lead anywhere else.

    Characters that only join letters are in many people's names, so they are no reason to refuse one.
    """
    checked_name("".join(character for character in name if unicodedata.category(character) != "Cf"))
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def safe_name(name: str) -> str:
    """A short file name of known characters. It decides nothing; people see it."""
    plain = re.sub(r"[^\w.-]", "_", one_line(name))
    return plain.lstrip(".")[-60:] or "submission"
