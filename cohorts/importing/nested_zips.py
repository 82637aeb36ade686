"""Zips that lie in a cohort's folder or zip: looked into where they hold work, left alone where they are one.

What lies in them is listed as if they were folders: `ada/work.zip/problem3/mymodel.h5`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ...errors import BadCohort
from ...grader.records.cohort import Unmatched
from ...grader.submission.recognition import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from .path_patterns import Kind, Parts, Unit, gather_units, is_litter
from .sources import Budget, NotFetched, Source, Tell, ZipSource


class NestedZips:
    """A source, with the zips in it opened, one level deep."""

    def __init__(self, source: Source, scratch: Path, budget: Budget) -> None:
        self._source = source
        self._scratch = scratch
        self._budget = budget
        self._inner: dict[Parts, ZipSource] = {}
        self._fetched: dict[Parts, Path] = {}
        self._rooms = itertools.count()

    def list_files(self, tell: Tell) -> Iterator[Parts]:
        """Every file, those in opened zips too. Litter is left out."""
        for parts in self._source.list_files(tell):
            if is_litter(parts):
                continue
            inside = self._look_into(parts) if parts[-1].casefold().endswith(".zip") else ()
            yield from [(*parts, *inner) for inner in inside] or [parts]

    def fetch(self, unit: Unit) -> Path:
        """The unit on disk. Raises NotFetched."""
        if unit.parts in self._fetched:
            return self._fetched[unit.parts]
        archive, cut = self._around(unit.parts)
        if archive is None:
            return self._source.fetch(unit, self._room())
        members = tuple(parts[cut:] for parts in unit.members)
        try:
            return archive.fetch(Unit(unit.parts[cut:], unit.kind, members), self._room())
        finally:
            archive.close()

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not known for sure."""
        archive, cut = self._around(parts)
        return self._source.changed(parts) if archive is None else archive.changed(parts[cut:])

    def close(self) -> None:
        """Let go of everything; the next look opens it again."""
        self._source.close()

    def _around(self, parts: Parts) -> tuple[ZipSource | None, int]:
        """The opened zip that a path leads into, and how many parts of the path lead up to it."""
        for cut in range(1, len(parts)):
            if parts[:cut] in self._inner:
                return self._inner[parts[:cut]], cut
        return None, 0

    def _look_into(self, parts: Parts) -> list[Parts]:
        """The files of a zip that holds work; none for one that is a model, or that cannot be opened.

        What cannot be opened is left to the grader, who says why.
        """
        troubles: list[Unmatched] = []
        try:
            path = self._fetched[parts] = self._source.fetch(Unit(parts, Kind.MODEL), self._room())
        except NotFetched:
            return []
        archive = ZipSource(path, self._budget)
        try:
            files = [inner for inner in archive.list_files(troubles.append) if not is_litter(inner)]
        except BadCohort:
            return []
        finally:
            archive.close()
        if troubles or not _holds_work(files):
            return []
        self._inner[parts] = archive
        return files

    def _room(self) -> Path:
        """A new empty folder for one thing."""
        room = self._scratch / f"{next(self._rooms):06}"
        room.mkdir()
        return room


def _holds_work(files: list[Parts]) -> bool:
    top = {parts[0] for parts in files if len(parts) == 1}
    if SAVED_MODEL_FILE in top or ("config.json" in top and top & {"metadata.json", "model.weights.h5"}):
        return False
    units = gather_units(files, SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    return any(unit.kind in {Kind.MODEL, Kind.SCRIPT} for unit in units)
