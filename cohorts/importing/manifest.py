"""Reads a manifest: a CSV file with a row for each submission: learner, problem and path.

learner,problem,path,when
ada,flowers,ada/mymodel.h5,2026-06-30T18:02:00+02:00

`when`, the time it was handed in, may be missing. Paths start at the manifest's folder and stay inside it.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ...classroom.deadlines import NotOneMoment, localise
from ...classroom.rules import CohortRules
from ...errors import BadCohort, UnknownProblem
from ...files.csv_tables import CsvTable
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from ...problems import Problem, find
from . import ImportedFile
from .owner import NoMatch
from .roster_index import RosterIndex


class ManifestRow(NamedTuple):
    """One line."""

    learner: str
    problem: str
    path: str
    when: str


class RowRefused(Exception):
    """A row that names no submission. The message says why."""


def read_manifest(
    table: CsvTable, roster_index: RosterIndex, rules: CohortRules
) -> tuple[list[ImportedFile], list[Unmatched]]:
    """The rows that name a file, by learner and problem, oldest first; and those that do not, with why.

    Raises:
        BadCohort: where it lacks a column.
    """
    manifest = table.file
    groups: dict[tuple[str, str], list[tuple[ImportedFile, str]]] = defaultdict(list)
    unmatched: list[Unmatched] = []
    for number, row in read_rows(table):
        try:
            file = _read_row(manifest.parent, row, roster_index, rules)
        except (RowRefused, NoMatch, UnknownProblem) as error:
            unmatched.append(Unmatched(f"{one_line(manifest.name)}, line {number}", str(error)))
        else:
            groups[file.learner, file.problem].append((file, row.learner))
    files: list[ImportedFile] = []
    for key in sorted(groups):
        attempts = [file for file, _ in groups[key]]
        spellings = {other for _, name in groups[key] for other in roster_index.spellings(name)}
        if why := _why_unclear(attempts, sorted(spellings)):
            unmatched += [Unmatched(file.found_at, why) for file in attempts]
        else:
            files += sorted(attempts, key=lambda file: file.handed_in or datetime.max.replace(tzinfo=UTC))
    return files, unmatched


def read_rows(table: CsvTable) -> list[tuple[int, ManifestRow]]:
    """The lines with their numbers. Raises BadCohort where a column is missing."""
    learner, problem, path, when = (table.column(name) for name in ManifestRow._fields)
    if not (learner and problem and path):
        raise BadCohort(
            f"{table.file}: a manifest has the columns learner, problem, path, and may have when."
        )
    return [
        (row.line, ManifestRow(row.get(learner), row.get(problem), row.cells[path], row.get(when)))
        for row in table.rows
    ]


def problem_of(row: ManifestRow, rules: CohortRules) -> Problem:
    """The problem that a row names. Raises RowRefused where it is not one of the cohort's, UnknownProblem."""
    problem = find(row.problem)
    if problem.id not in rules.ids:
        raise RowRefused(f"{problem.id} is not one of this cohort's problems.")
    return problem


def _read_row(folder: Path, row: ManifestRow, roster_index: RosterIndex, rules: CohortRules) -> ImportedFile:
    problem = problem_of(row, rules)
    path = _inside(folder, row.path)
    handed_in = read_when(row.when, rules)
    learner = roster_index.find(row.learner)
    return ImportedFile(learner.id, problem.id, path, one_line(row.path, 240), handed_in)


def _inside(folder: Path, name: str) -> Path:
    """The path that a row names. No link is followed, and nothing outside the folder is accepted."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.strip() != name or "\0" in name:
        raise RowRefused("There is no path, or one with space around it.")
    if PurePosixPath(name).is_absolute() or parts[0].endswith(":") or ".." in parts:
        raise RowRefused(f"{one_line(name, 80)!r} leads out of the manifest's folder.")
    path = folder
    for part in parts:
        path = path / part
        try:
            mode = os.lstat(path).st_mode
        except OSError as error:
            raise RowRefused(f"{one_line(name, 80)!r}: {error.strerror or 'cannot be read'}.") from error
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise RowRefused(f"{one_line(name, 80)!r} is or goes through a link or a special file.")
    return path


def read_when(text: str, rules: CohortRules) -> datetime | None:
    """The time in a cell; None where it is empty. Raises RowRefused for what is no time."""
    if not text:
        return None
    try:
        moment = localise(datetime.fromisoformat(text), rules.zone)
    except NotOneMoment as error:
        raise RowRefused(str(error)) from error
    except ValueError as error:
        raise RowRefused(
            f"{one_line(text, 60)!r} is not a time. Write it like 2026-06-30T18:02:00+02:00."
        ) from error
    if moment is None:
        raise RowRefused(
            f"{one_line(text, 60)!r} could be in any time zone: add an offset such as +02:00, or timezone "
            "to cohort.toml."
        )
    return moment.astimezone(UTC)


def why_unclear(learner: str, problem: str, times: Sequence[datetime | None]) -> str:
    """Why it is not known which of somebody's attempts came first; empty where it is."""
    if len(times) > 1 and (None in times or len(set(times)) < len(times)):
        rows = f"{learner} has {len(times)} lines for {problem}"
        return f"{rows}. Give each its own time in the column when, or keep one."
    return ""


def _why_unclear(files: list[ImportedFile], spellings: list[str]) -> str:
    """Why it is not known whose attempts these are, or which came first; empty where it is."""
    if spellings:
        return f"{' and '.join(map(repr, spellings))} look alike. Write each person in one way."
    return why_unclear(files[0].learner, files[0].problem, [file.handed_in for file in files])
