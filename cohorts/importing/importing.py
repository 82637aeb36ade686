"""Imports everything in a source: each file is matched, or listed with the reason.

with scratch_folder(home.root) as scratch:
    imported = import_source(Path("submissions.zip"), read_roster(Path("roster.csv")), rules, scratch)
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ...classroom.roster import worksheet_number
from ...classroom.rules import CohortRules
from ...classroom.sources.folder_source import FolderSource
from ...classroom.sources.nested_zips import NestedZips, Unpacking
from ...classroom.sources.source import MAX_UNPACKED, Budget, NotFetched, shown_path
from ...classroom.sources.units import Parts, Unit, gather_units
from ...errors import BadCohort
from ...files.text import counted, listed
from ...grader.records.cohort import Learner, Unmatched
from ...grader.submission.candidates import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE
from ...problems import find
from . import Draft, ImportedFile, ImportedSource
from .corrections import AppliedCorrections, apply_corrections
from .layouts import gradescope, read_platform, teams
from .manifest import read_manifest
from .matches import Matched
from .matching import AboutSource, Matcher, in_order
from .opening import OpenedSource, open_source, read_manifest_table
from .repositories import clone_all, has_repositories
from .roster_index import RosterIndex

MAX_LISTED: Final = 5_000
"""So many unmatched files are listed one by one."""
_LATE_LISTED: Final = 10


@dataclass(frozen=True)
class SourceOptions:
    """What a mentor says about a source."""

    problem: str | None = None
    """A problem's number or name, for files whose path names none."""
    manifest: Path | None = None
    """The corrected draft of what could not be placed in this source."""
    earlier: tuple[Path, ...] = ()
    """Those that were given with earlier runs over the source, oldest first."""
    aside: frozenset[str] = frozenset()
    """The paths of what those left aside."""
    roster: str = ""
    """The name of the roster's file, where one is given with this source."""


NO_OPTIONS: Final = SourceOptions()


def import_source(
    source: Path,
    roster: Sequence[Learner] | None,
    rules: CohortRules,
    scratch: Path,
    options: SourceOptions = NO_OPTIONS,
) -> ImportedSource:
    """All submissions in a folder, a zip, a list of repositories or a manifest (CSV).

    Args:
        source: the folder or file. Of a download in parts, any part.
        roster: the cohort's learners; None to take everybody whose name is found.
        rules: the cohort's problems, and how times are read.
        scratch: a folder for what must be unpacked; it must exist as long as the files are used.
        options: what the mentor says about the source.

    Raises:
        BadCohort: the source as a whole cannot be read, or the problem is not one of the cohort's. A single
            file that cannot is listed as unmatched.
        UnknownProblem: no problem has this name.
    """
    index, budget = RosterIndex(roster), Budget([MAX_UNPACKED])
    problem = rules.of(find(options.problem).id).problem.id if options.problem else None
    scratch.mkdir(parents=True, exist_ok=True)
    unpacked = Path(tempfile.mkdtemp(prefix="import-", dir=scratch))
    table = read_manifest_table(source)
    if table is not None and not has_repositories(table):
        if options.manifest is not None:
            raise BadCohort(f"{source} is a manifest itself. Correct that, and leave --manifest away.")
        files, unmatched = read_manifest(table, index, rules)
        return ImportedSource(tuple(files), _listed(unmatched), index.learners)
    opened = (
        open_source(source, budget, rules.zone, index.knows)
        if table is None
        else clone_all(table, unpacked, budget)
    )
    zips = NestedZips(opened.source, Unpacking(unpacked, budget, rules.zone, _is_platforms, index.knows))
    try:
        return _match_all(zips, opened, index, rules, replace(options, problem=problem))
    finally:
        zips.close()


def warn_of_times(imported: ImportedSource, rules: CohortRules) -> str:
    """A sentence where there is a deadline and some hand-in times are not known; else nothing."""
    unknown = sum(file.handed_in is None for file in imported.files)
    if not rules.deadlines.exist or not unknown:
        return ""
    is_worksheet = any(worksheet_number(one.columns)[1] for one in imported.roster)
    in_moodle = "; in Moodle, the assignment's worksheet, given with --roster, has them too"
    whose = "The files' own times (file_times) count neither for a platform's download nor for clones. "
    return (
        f"Hand-in times are missing: {unknown:,} of {len(imported.files):,}. That work counts as in time. "
        f"{whose if rules.file_times else ''}"
        f"Give the times in a manifest's column `when`{'' if is_worksheet else in_moodle}."
    )


def name_the_late(imported: ImportedSource) -> str:
    """A sentence that names those whom the platform calls late; nothing where there are none."""
    names = {one.id: one.shown for one in imported.roster}
    late = sorted({names.get(file.learner, file.learner) for file in imported.files if file.is_late})
    if not late:
        return ""
    return f"Canvas marks these as late, and does not say by how much: {listed(late, _LATE_LISTED)}."


def _match_all(
    zips: NestedZips, opened: OpenedSource, index: RosterIndex, rules: CohortRules, options: SourceOptions
) -> ImportedSource:
    unmatched: list[Unmatched] = []
    paths = list(zips.list_files(unmatched.append))
    units = gather_units(paths, SAVED_MODEL_FILE, SAVED_MODEL_ENTRIES)
    settled = (
        apply_corrections(options.manifest, units, index, rules) if options.manifest else AppliedCorrections()
    )
    before = AppliedCorrections()
    for file in options.earlier:
        before = replace(apply_corrections(file, units, index, rules), unmatched=[]).over(before)
    both = settled.over(before)
    submissions = _gradescope(zips, paths)
    about = AboutSource(
        opened.name,
        problem=options.problem,
        roster=options.roster,
        submissions=submissions.read if submissions else None,
        clones=opened.source.clones if isinstance(opened.source, FolderSource) else (),
        outputs=zips.outputs,
    )
    matcher = Matcher(index, rules, about, zips.digest)
    found = matcher.match(units, both.is_settled)

    def is_aside(one: Matched) -> bool:
        return (one.learner, one.problem) in settled.keys or one.unit.found_at in options.aside

    counted = [one for one in found.matched if not is_aside(one)]
    aside = [one.unit.found_at for one in found.matched if is_aside(one)]
    matched = [*(matcher.complete(one, found) for one in both.matched), *counted]
    drafts = [*opened.failed, *(one for one in found.drafts if not _is_done(one, both, settled.keys))]
    stamps = {parts for parts in paths if parts[-1] == teams.TIMESTAMP}
    files = []
    for one in in_order(matched):
        try:
            path = zips.fetch(one.unit)
        except NotFetched as error:
            found_at, to_do = one.unit.found_at, "Ask for it again."
            drafts.append(Draft(one.learner, one.problem, found_at, str(error), to_do, one.handed_in))
        else:
            when = one.handed_in or _stamp(zips, one, stamps) or _file_time(zips, one, rules)
            files.append(
                ImportedFile(one.learner, one.problem, path, _found_at(zips, one.unit), when, one.is_late)
            )
    unmatched += settled.unmatched + [
        Unmatched(draft.path, draft.why, draft.learner, draft.problem) for draft in drafts
    ]
    notes = (*opened.notes, *matcher.notes)
    return ImportedSource(
        tuple(files), _listed(unmatched), index.learners, tuple(drafts), notes, tuple(aside)
    )


def _is_platforms(parts: Parts) -> bool:
    return read_platform(parts) is not None


def _is_done(draft: Draft, settled: AppliedCorrections, keys: set[tuple[str, str]]) -> bool:
    """Whether corrected lines have settled what a draft asks. `keys`: those of the list given now."""
    if (draft.learner, draft.problem) in keys:
        return True
    inside = (shown_path(one.unit.parts) for one in settled.matched)
    out = (shown_path(parts) for parts in settled.left_out)
    return draft.path in out or any(path.startswith(f"{draft.path}/") for path in inside)


def _gradescope(zips: NestedZips, paths: Sequence[Parts]) -> gradescope.Submissions | None:
    """Gradescope's list of who handed in what; None where there is none."""
    lists = [parts for parts in paths if gradescope.is_list(parts)]
    if not lists:
        return None
    try:
        text = zips.read(min(lists, key=len), gradescope.LIST_BYTES).decode("utf-8", "replace")
    except NotFetched:
        return None
    return gradescope.Submissions(text)


def _found_at(zips: NestedZips, unit: Unit) -> str:
    commit = zips.commit(unit.parts)
    return f"{unit.found_at} at commit {commit}" if commit else unit.found_at


def _stamp(zips: NestedZips, one: Matched, stamps: set[Parts]) -> datetime | None:
    """The time that nbgrader wrote beside a hand-in."""
    if one.stamp in stamps:
        with suppress(NotFetched):
            return teams.read_timestamp(zips.read(one.stamp, 100).decode("ascii", "replace"))
    return None


def _file_time(zips: NestedZips, one: Matched, rules: CohortRules) -> datetime | None:
    """When the file was last changed, where the rules say that this counts; never what a platform packed."""
    if not rules.file_times or one.is_platforms:
        return None
    graphs = [parts for parts in one.unit.members if parts[-1] == SAVED_MODEL_FILE]
    return zips.changed(graphs[0] if graphs else one.unit.parts)


def _listed(unmatched: Sequence[Unmatched]) -> tuple[Unmatched, ...]:
    ordered = sorted(unmatched, key=lambda one: (one.found_at, one.why))
    if len(ordered) <= MAX_LISTED:
        return tuple(ordered)
    more = Unmatched("…", f"{counted(len(ordered) - MAX_LISTED, 'more file')} could not be matched.")
    return (*ordered[:MAX_LISTED], more)
