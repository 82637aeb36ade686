"""What a cohort handed in: everything in a folder, a zip or a manifest, placed or listed.

intake = read_intake(Path("submissions.zip"), read_roster(Path("roster.csv")), rules, scratch)
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...classroom.rules import CohortRules
from ...errors import BadCohort
from ...grader.records.cohort import Learner, Unmatched
from ...grader.submission.recognition import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from .manifest import read_manifest
from .matching import Matcher, in_order, wrapper_of
from .nested_zips import NestedZips
from .path_patterns import Unit, gather_units
from .roster_index import RosterIndex
from .sources import MAX_UNPACKED, Budget, FolderSource, NotFetched, ZipSource

MAX_LISTED = 5_000
"""Of what could not be placed, so many are listed one by one."""


@dataclass(frozen=True)
class HandedIn:
    """One attempt. Several of one learner at one problem come oldest first."""

    learner: str
    """The id, as in `Learner.id`."""
    problem: str
    """The id, as in `Problem.id`."""
    path: Path
    """Where it lies: in the folder that was given, or unpacked into the scratch folder."""
    found_at: str
    """Where it was found, fit to be shown."""
    when: datetime | None = None
    """When it was handed in, aware of its zone; None where nothing tells."""


@dataclass(frozen=True)
class ImportedSource:
    """All that was found."""

    handed_in: tuple[HandedIn, ...]
    unmatched: tuple[Unmatched, ...]
    roster: tuple[Learner, ...]
    """Everybody of the roster, also those who handed in nothing; without one, everybody found."""


def import_source(
    source: Path, roster: Sequence[Learner] | None, rules: CohortRules, scratch: Path
) -> ImportedSource:
    """What lies in a folder or zip, or stands in a manifest (CSV). What must be unpacked goes into `scratch`.

    Raises:
        BadCohort: where the source cannot be read at all; single things that cannot are listed.
    """
    roster_index = RosterIndex(roster)
    if source.is_file() and source.suffix.casefold() == ".csv":
        return _from_manifest(source, roster_index, rules)
    budget = Budget([MAX_UNPACKED])
    scratch.mkdir(parents=True, exist_ok=True)
    nest = NestedZips(
        _open(source, budget, rules), Path(tempfile.mkdtemp(prefix="intake-", dir=scratch)), budget
    )
    try:
        return _from_nest(nest, source, roster_index, rules)
    finally:
        nest.close()


def warn_of_times(imported: ImportedSource, rules: CohortRules) -> str:
    """A sentence where there is a deadline, and nothing tells when work was handed in; else nothing."""
    unknown = sum(one.when is None for one in imported.handed_in)
    if rules.deadline is None or not unknown:
        return ""
    return (
        f"Nothing tells when {unknown:,} of {len(imported.handed_in):,} submissions were handed in: they "
        "count as in time. A manifest's column `when` tells it, a Moodle worksheet as the roster, or "
        "`file_times = true` in cohort.toml."
    )


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


def _from_nest(
    nest: NestedZips, source: Path, roster_index: RosterIndex, rules: CohortRules
) -> ImportedSource:
    unmatched: list[Unmatched] = []
    paths = list(nest.list_files(unmatched.append))
    wrapper = wrapper_of(paths, source.stem, roster_index) if source.is_file() else ()
    units = gather_units((parts[len(wrapper) :] for parts in paths), SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    placed, left = Matcher(roster_index, rules, source.name).match(units)
    handed_in = []
    for one in in_order(placed):
        unit = one.unit.below(wrapper)
        try:
            path, when = nest.fetch(unit), one.when or _when(nest, unit, rules)
        except NotFetched as error:
            left.append(Unmatched(one.unit.found_at, str(error)))
        else:
            handed_in.append(HandedIn(one.learner, one.problem, path, one.unit.found_at, when))
    return ImportedSource(tuple(handed_in), _listed([*unmatched, *left]), roster_index.learners)


def _when(nest: NestedZips, unit: Unit, rules: CohortRules) -> datetime | None:
    if not rules.file_times:
        return None
    graphs = [parts for parts in unit.members if parts[-1] == SAVED_MODEL_FILE]
    return nest.changed(graphs[0] if graphs else unit.parts)


def _from_manifest(manifest: Path, roster_index: RosterIndex, rules: CohortRules) -> ImportedSource:
    lines, unmatched = read_manifest(manifest, roster_index, rules)
    handed_in = [HandedIn(line.learner, line.problem, line.path, line.found_at, line.when) for line in lines]
    return ImportedSource(tuple(handed_in), _listed(unmatched), roster_index.learners)


def _listed(unmatched: Sequence[Unmatched]) -> tuple[Unmatched, ...]:
    ordered = sorted(unmatched, key=lambda one: (one.found_at, one.why))
    if len(ordered) <= MAX_LISTED:
        return tuple(ordered)
    more = Unmatched("…", f"{len(ordered) - MAX_LISTED:,} more things could not be placed.")
    return (*ordered[:MAX_LISTED], more)
