"""What every source can do, and its limits.

list_files   the path of every file; a file that is refused is reported, never raised
fetch        a file, or a SavedModel's files, as a path on disk
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from ...errors import BadCohort
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from ...grader.submission.submission import SIZE_LIMIT
from .units import Parts, Unit

MAX_FILES: Final = 200_000
"""In one cohort: far more than a thousand learners with five SavedModels each."""
MAX_UNPACKED: Final = 64 * 2**30
"""Bytes that all submissions of one zip may unpack to, together."""
LINK: Final = "This is a link, and links are not followed. Put the real file there."
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


def check_size(size: int) -> None:
    """Nothing, where a submission may have so many bytes. Raises NotFetched."""
    if size > SIZE_LIMIT:
        raise NotFetched(f"It is larger than the {SIZE_LIMIT // 2**20} MiB a submission may have.")


def shown_path(parts: Parts) -> str:
    """A path, as it may be shown."""
    return one_line("/".join(parts), 240)


def too_many(folder: Path) -> BadCohort:
    """A source holds more files than any cohort has."""
    return BadCohort(f"{folder} holds more than {MAX_FILES:,} files. Hand over the submissions alone.")
