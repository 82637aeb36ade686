"""A manifest: a CSV file that says of each submission whose it is, for which problem, and where it lies.

learner,problem,path,when
ada,flowers,ada/mymodel.h5,2026-06-30T18:02:00+02:00

`when` may be missing. Paths start at the manifest's folder and stay inside it.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ...classroom.rules import CohortRules, in_zone
from ...errors import BadCohort, UnknownProblem
from ...files.csv_tables import CsvTable, Row, read_csv
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from ...problems import find
from .roster_index import Nobody, RosterIndex


@dataclass(frozen=True)
class Line:
    """One row that could be placed."""

    learner: str
    problem: str
    path: Path
    found_at: str
    when: datetime | None
    name: str
    """As the row spells it."""


class _Unfit(Exception):
    """A row that cannot be placed. The message says why."""


def read_manifest(
    manifest: Path, roster_index: RosterIndex, rules: CohortRules
) -> tuple[list[Line], list[Unmatched]]:
    """The rows that name a file, by learner and problem, oldest first; and those that do not, with why.

    Raises:
        BadCohort: where it cannot be read, or lacks a column.
    """
    table = read_csv(manifest)
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    unmatched: list[Unmatched] = []
    for row, cells in zip(table.rows, _cells(table), strict=True):
        try:
            line = _read_row(manifest.parent, cells, roster_index, rules)
        except (_Unfit, Nobody, UnknownProblem) as error:
            unmatched.append(Unmatched(f"{one_line(manifest.name)}, line {row.line}", str(error)))
        else:
            groups[line.learner, line.problem].append(line)
    lines: list[Line] = []
    for key in sorted(groups):
        found, why = _settle(groups[key], roster_index)
        lines += found
        unmatched += [Unmatched(line.found_at, why) for line in groups[key] if not found]
    return lines, unmatched


def _cells(table: CsvTable) -> list[tuple[str, str, str, str]]:
    learner, problem, path = (table.column(name) for name in ("learner", "problem", "path"))
    when = table.column("when")
    if not (learner and problem and path):
        raise BadCohort(
            f"{table.file}: a manifest has the columns learner, problem, path, and may have when."
        )

    def read(row: Row) -> tuple[str, str, str, str]:
        return row.get(learner), row.get(problem), row.cells[path], row.get(when)

    return [read(row) for row in table.rows]


def _read_row(
    folder: Path, cells: tuple[str, str, str, str], roster_index: RosterIndex, rules: CohortRules
) -> Line:
    name, problem_name, place, moment = cells
    problem = find(problem_name)
    if problem.id not in rules.ids:
        raise _Unfit(f"{problem.id} is not one of this cohort's problems.")
    path = _inside(folder, place)
    when = _read_when(moment, rules)
    return Line(roster_index.find(name).id, problem.id, path, one_line(place, 240), when, name)


def _inside(folder: Path, place: str) -> Path:
    """The path of what a row names. No link is followed, and nothing outside is named."""
    parts = PurePosixPath(place.replace("\\", "/")).parts
    if not parts or place.strip() != place or "\0" in place:
        raise _Unfit("There is no path, or one with space around it.")
    if PurePosixPath(place).is_absolute() or parts[0].endswith(":") or ".." in parts:
        raise _Unfit(f"{one_line(place, 80)!r} leads out of the manifest's folder.")
    path = folder
    for part in parts:
        path = path / part
        try:
            mode = os.lstat(path).st_mode
        except OSError as error:
            raise _Unfit(f"{one_line(place, 80)!r}: {error.strerror or 'cannot be read'}.") from error
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise _Unfit(f"{one_line(place, 80)!r} is or goes through a link or a special file.")
    return path


def _read_when(text: str, rules: CohortRules) -> datetime | None:
    if not text:
        return None
    try:
        moment = in_zone(datetime.fromisoformat(text), rules.zone)
    except ValueError as error:
        raise _Unfit(f"{one_line(text, 60)!r} is no time. Write 2026-06-30T18:02:00+02:00.") from error
    if moment is None:
        raise _Unfit(
            f"{one_line(text, 60)!r} could be in any time zone: add +02:00, say, or timezone to cohort.toml."
        )
    return moment.astimezone(UTC)


def _settle(lines: list[Line], roster_index: RosterIndex) -> tuple[list[Line], str]:
    """Attempts, oldest first; none, and why, where it is not told whose they are, or which came first."""
    twins = {twin for line in lines for twin in roster_index.twins(line.name)}
    if twins:
        return [], f"{' and '.join(map(repr, sorted(twins)))} look alike. Write each person in one way."
    times = {line.when for line in lines}
    if len(lines) == 1:
        return lines, ""
    if None in times or len(times) < len(lines):
        who = f"{lines[0].learner} has {len(lines)} lines for {lines[0].problem}"
        return [], f"{who}. Give each its own time in the column when, or keep one."
    return sorted(lines, key=lambda line: line.when or datetime.max.replace(tzinfo=UTC)), ""
