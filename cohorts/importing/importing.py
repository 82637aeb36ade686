"""Imports everything in a folder, a zip or a manifest: each file is matched, or listed with the reason.

with scratch_folder(home.root) as scratch:
    imported = import_source(Path("submissions.zip"), read_roster(Path("roster.csv")), rules, scratch)
"""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from ...classroom.rules import CohortRules
from ...errors import BadCohort
from ...files.locks import Locked, try_file_lock
from ...grader.records.cohort import Learner, Unmatched
from ...grader.submission.recognition import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from . import ImportedFile, ImportedSource
from .manifest import read_manifest
from .matching import Matcher, in_order, wrapper_of
from .path_patterns import Unit, gather_units
from .roster_index import RosterIndex
from .sources import MAX_UNPACKED, Budget, FolderSource, NestedZips, NotFetched, ZipSource

MAX_LISTED: Final = 5_000
"""So many unmatched files are listed one by one."""
PREFIX: Final = ".tfprep-unpacked-"
"""The scratch folders' names begin so. Such a folder that no program uses is deleted."""
_LOCK: Final = ".lock"
_NEW: Final = 60.0
"""Seconds in which the program that made a scratch folder has locked it."""


def import_source(
    source: Path, roster: Sequence[Learner] | None, rules: CohortRules, scratch: Path
) -> ImportedSource:
    """All submissions in a folder, a zip or a manifest (CSV).

    Args:
        source: the folder or file.
        roster: the cohort's learners; None to take everybody whose name is found.
        rules: the cohort's problems, and how times are read.
        scratch: a folder for what must be unpacked; it must exist as long as the files are used.

    Raises:
        BadCohort: the source as a whole cannot be read. A single file that cannot is listed as unmatched.
    """
    roster_index = RosterIndex(roster)
    if source.is_file() and source.suffix.casefold() == ".csv":
        files, unmatched = read_manifest(source, roster_index, rules)
        return ImportedSource(tuple(files), _listed(unmatched), roster_index.learners)
    budget = Budget([MAX_UNPACKED])
    scratch.mkdir(parents=True, exist_ok=True)
    unpacked = Path(tempfile.mkdtemp(prefix="import-", dir=scratch))
    zips = NestedZips(_open(source, budget, rules), unpacked, budget)
    try:
        return _match_all(zips, source, roster_index, rules)
    finally:
        zips.close()


def warn_of_times(imported: ImportedSource, rules: CohortRules) -> str:
    """A sentence where there is a deadline and some hand-in times are not known; else nothing."""
    unknown = sum(file.handed_in is None for file in imported.files)
    if not rules.deadlines.exist or not unknown:
        return ""
    return (
        f"It is not known when {unknown:,} of {len(imported.files):,} submissions were handed in: they count "
        "as in time. Give the times in a manifest's column `when`, with a Moodle worksheet as the roster, or "
        "with `file_times = true` in cohort.toml."
    )


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A new folder below `root`, locked while it is used and removed on leaving.

    A program that was killed leaves its folder without the lock, which the system takes back: the next call
    removes such folders.
    """
    for left in root.glob(f"{PREFIX}*"):
        _remove_if_unused(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as made, try_file_lock(Path(made, _LOCK)):
        yield Path(made)


def _open(source: Path, budget: Budget, rules: CohortRules) -> FolderSource | ZipSource:
    if source.is_dir():
        return FolderSource(source)
    if not source.is_file():
        raise BadCohort(
            f"There is no {source}. Give the folder, zip or manifest with everyone's submissions."
        )
    if not zipfile.is_zipfile(source):
        raise BadCohort(f"{source} is neither a folder nor a zip nor a manifest (.csv).")
    return ZipSource(source, budget, rules.zone)


def _match_all(
    zips: NestedZips, source: Path, roster_index: RosterIndex, rules: CohortRules
) -> ImportedSource:
    unmatched: list[Unmatched] = []
    paths = list(zips.list_files(unmatched.append))
    wrapper = wrapper_of(paths, source.stem, roster_index) if source.is_file() else ()
    units = gather_units((parts[len(wrapper) :] for parts in paths), SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    matched, others = Matcher(roster_index, rules, source.name).match(units)
    unmatched += others
    files = []
    for one in in_order(matched):
        unit = one.unit.below(wrapper)
        try:
            path, handed_in = zips.fetch(unit), one.handed_in or _file_time(zips, unit, rules)
        except NotFetched as error:
            unmatched.append(Unmatched(one.unit.found_at, str(error)))
        else:
            files.append(ImportedFile(one.learner, one.problem, path, one.unit.found_at, handed_in))
    return ImportedSource(tuple(files), _listed(unmatched), roster_index.learners)


def _file_time(zips: NestedZips, unit: Unit, rules: CohortRules) -> datetime | None:
    if not rules.file_times:
        return None
    graphs = [parts for parts in unit.members if parts[-1] == SAVED_MODEL_FILE]
    return zips.changed(graphs[0] if graphs else unit.parts)


def _listed(unmatched: Sequence[Unmatched]) -> tuple[Unmatched, ...]:
    ordered = sorted(unmatched, key=lambda one: (one.found_at, one.why))
    if len(ordered) <= MAX_LISTED:
        return tuple(ordered)
    more = Unmatched("…", f"{len(ordered) - MAX_LISTED:,} more files could not be matched.")
    return (*ordered[:MAX_LISTED], more)


def _remove_if_unused(folder: Path) -> None:
    if folder.is_symlink() or time.time() - folder.lstat().st_mtime < _NEW:
        return
    # Another program uses it, or has removed it.
    with suppress(Locked, OSError), try_file_lock(folder / _LOCK):
        shutil.rmtree(folder, ignore_errors=True)
