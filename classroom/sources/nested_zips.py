"""A source whose zips are listed as if they were folders: `ada/work.zip/problem3/mymodel.h5`.

Zips that hold work are opened, two levels deep: a platform's zip in a folder, a learner's own zip in that. A
zip that is itself a model is one file.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from ...errors import BadCohort, reason_of
from ...files.reading import NotRegular, TooLarge, open_regular, read_start
from ...grader.records.cohort import Unmatched
from ...grader.submission.candidates import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from ...grader.submission.submission import SIZE_LIMIT
from .source import MAX_FILES, Budget, NotFetched, ReportUnmatched, Source, shown_path
from .units import Parts, PathKind, Unit, gather_units
from .zip_names import Knows
from .zip_source import LIST_BYTES, ZipSource

DEPTH: Final = 2
"""So many zips may stand in each other, besides the source itself."""
MOST_OF_ONE: Final = 10_000
"""Files that one learner's zip may list, with all zips in it; one that lists more is not opened."""
_LIST_IN_A_ZIP: Final = 2**20
"""Bytes of the list of a zip that lies in a zip in the source: there it is packed, and costs its author
nothing."""
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_CHUNK: Final = 2**20


@dataclass(frozen=True)
class Unpacking:
    """How zips are opened."""

    scratch: Path
    """Where they are unpacked."""
    budget: Budget
    """For all that is unpacked."""
    zone: tzinfo | None
    """Of times in zips."""
    is_platforms: Callable[[Parts], bool]
    """Whether a path in a zip is one that a platform wrote. Such a zip is opened even where a file in it is
    refused: that is one learner's, and the others' are used."""
    knows: Knows = lambda name: False
    """Whether the roster has somebody of a name: it tells how names in a zip are encoded."""
    depth: int = DEPTH
    """So many zips may stand in each other."""
    files: list[int] = field(default_factory=lambda: [MAX_FILES])
    """So many files may still be listed in the platforms' zips that lie in the source."""


class NestedZips:
    """A source with the zips in it."""

    def __init__(self, source: Source, unpacking: Unpacking) -> None:
        self._source, self._unpacking = source, unpacking
        self._inner: dict[Parts, NestedZips] = {}
        self._fetched: dict[Parts, Path] = {}
        self._numbers = itertools.count()

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Every file, also those in opened zips."""
        for parts in self._source.list_files(report):
            is_zip = self._unpacking.depth > 0 and parts[-1].casefold().endswith(".zip")
            inside = self._look_into(parts, report) if is_zip else ()
            yield from [(*parts, *inner) for inner in inside] or [parts]

    @property
    def outputs(self) -> list[Parts]:
        """Folders that were not entered, though a training may have written a model there."""
        inner = [(*above, *parts) for above, zips in self._inner.items() for parts in zips.outputs]
        return [*self._source.outputs, *inner]

    def fetch(self, unit: Unit) -> Path:
        """The unit on disk. Raises NotFetched."""
        if unit.parts not in self._fetched:
            self._fetched[unit.parts] = self._fetch(unit)
        return self._fetched[unit.parts]

    def digest(self, unit: Unit) -> bytes:
        """What only units of equal bytes share. Raises NotFetched."""
        path, digest = self.fetch(unit), hashlib.sha256()
        for parts in sorted(unit.members) or [unit.parts]:
            inner = parts[len(unit.parts) :]
            digest.update("/".join(inner).encode("utf-8", "surrogateescape") + b"\0")
            try:
                with open_regular(path.joinpath(*inner), SIZE_LIMIT) as (file, _):
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
            except TooLarge as error:
                raise NotFetched("It is too large.") from error
            except (NotRegular, OSError) as error:
                raise _not_read(error) from error
        return digest.digest()

    def read(self, parts: Parts, limit: int) -> bytes:
        """The beginning of a file: a platform's own note about what is handed in. Raises NotFetched."""
        try:
            with open_regular(self.fetch(Unit(parts, PathKind.OTHER))) as (file, _):
                return file.read(limit)
        except (NotRegular, OSError) as error:
            raise _not_read(error) from error

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not certain."""
        zips, cut = self._zip_around(parts)
        return self._source.changed(parts) if zips is None else zips.changed(parts[cut:])

    def commit(self, parts: Parts) -> str:
        """The commit of the repository that a file is in, in hex; empty where it is in none."""
        return self._source.commit(parts)

    def close(self) -> None:
        """Close the source; the next call opens it again."""
        for zips in self._inner.values():
            zips.close()
        self._source.close()

    def _fetch(self, unit: Unit) -> Path:
        zips, cut = self._zip_around(unit.parts)
        if zips is not None:
            members = tuple(parts[cut:] for parts in unit.members)
            try:
                return zips.fetch(Unit(unit.parts[cut:], unit.kind, members))
            finally:
                zips.close()
        path = self._source.fetch(unit, self._new_folder())
        if not unit.members and read_start(path, len(_LFS_POINTER)) == _LFS_POINTER:
            raise NotFetched(
                "This is a pointer of Git LFS and not the model. Run `git lfs pull` in the clone, and this "
                "command again."
            )
        return path

    def _zip_around(self, parts: Parts) -> tuple[NestedZips | None, int]:
        """The opened zip that a path leads into, and how many parts of the path name that zip."""
        for cut in range(1, len(parts)):
            if parts[:cut] in self._inner:
                return self._inner[parts[:cut]], cut
        return None, 0

    def _look_into(self, parts: Parts, report: ReportUnmatched) -> list[Parts]:
        """The files of a zip that holds work; none of a zip that is a model, or that cannot be opened.

        A zip that cannot be opened is graded as it is, so that its learner reads why.
        """
        troubles: list[Unmatched] = []
        try:
            path = self.fetch(Unit(parts, PathKind.MODEL))
        except NotFetched:
            return []
        inner = replace(self._unpacking, scratch=self._new_folder(), depth=self._unpacking.depth - 1)
        list_bytes = LIST_BYTES if self._unpacking.depth == DEPTH else _LIST_IN_A_ZIP
        zips = NestedZips(ZipSource(path, inner.budget, inner.zone, inner.knows, list_bytes), inner)
        try:
            files = self._some(zips.list_files(troubles.append))
        except BadCohort:
            return []
        finally:
            zips.close()
        platforms = any(map(self._unpacking.is_platforms, files))
        if (troubles and not platforms) or not (_has_work(files) or platforms):
            return []
        for trouble in troubles:
            report(Unmatched(shown_path((*parts, trouble.found_at)), trouble.why))
        self._inner[parts] = zips
        return files

    def _some(self, listed: Iterator[Parts]) -> list[Parts]:
        """All that a zip lists; nothing where that is more than one learner's has, or all platforms' have."""
        files = list(itertools.islice(listed, MOST_OF_ONE + 1))
        if len(files) <= MOST_OF_ONE:
            return files
        if not all(map(self._unpacking.is_platforms, files)):
            return []
        files += itertools.islice(listed, max(0, self._unpacking.files[0] - len(files)) + 1)
        self._unpacking.files[0] -= len(files)
        return files if self._unpacking.files[0] >= 0 else []

    def _new_folder(self) -> Path:
        """A new empty folder for one unit."""
        folder = self._unpacking.scratch / f"{next(self._numbers):06}"
        folder.mkdir()
        return folder


def _not_read(error: Exception) -> NotFetched:
    why = reason_of(error) if isinstance(error, OSError) else "it is not a regular file"
    return NotFetched(f"It cannot be read: {why}.")


def _has_work(files: list[Parts]) -> bool:
    top = {parts[0] for parts in files if len(parts) == 1}
    if SAVED_MODEL_FILE in top or ("config.json" in top and top & {"metadata.json", "model.weights.h5"}):
        return False
    units = gather_units(files, SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    return any(unit.kind in {PathKind.MODEL, PathKind.SCRIPT} for unit in units)
