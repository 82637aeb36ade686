"""The draft of what could not be placed, corrected by a mentor: each line settles a file of the source.

learner,problem,path,when,why,what to do
ada,problem3,homework/final.h5,,…               it is Ada's
-,,notes/old.h5,,…                              it is nobody's, and is left out
,,who/knows.h5,,…                               still open: as before
"""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from ...classroom.rules import CohortRules
from ...classroom.sources.source import shown_path
from ...classroom.sources.units import Parts, Unit
from ...errors import BadCohort, UnknownProblem, reason_of
from ...files.atomic import sha256, write_whole
from ...files.csv_tables import as_csv, read_csv, spreadsheet_text
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from . import Draft
from .manifest import ManifestRow, RowRefused, problem_of, read_rows, read_when, why_unclear
from .matches import Matched
from .owner import NoMatch
from .roster_index import RosterIndex

NAME: Final = "not-placed.csv"
LEFT_OUT: Final = "-"
"""As the learner: the file is nobody's."""
MAX_BYTES: Final = 64 * 2**20
"""No draft is larger."""
_COLUMNS: Final = ("learner", "problem", "path", "when", "why", "what to do")


@dataclass
class AppliedCorrections:
    """What follows from the lines."""

    matched: list[Matched] = field(default_factory=list)
    left_out: set[Parts] = field(default_factory=set)
    """Files and folders."""
    unmatched: list[Unmatched] = field(default_factory=list)
    """Lines that change nothing, and why."""

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The learners and problems that are settled: nothing else in the source is theirs."""
        return {(one.learner, one.problem) for one in self.matched}

    def is_settled(self, unit: Unit) -> bool:
        """Whether a line says what a unit is."""
        return unit.parts in self._units or self.covers(unit.parts)

    def over(self, earlier: AppliedCorrections) -> AppliedCorrections:
        """With what an earlier list settled and this one says nothing of."""
        kept = [
            one
            for one in earlier.matched
            if (one.learner, one.problem) not in self.keys and not self.is_settled(one.unit)
        ]
        here = {one.unit.parts for one in self.matched}
        return AppliedCorrections(
            [*kept, *self.matched], self.left_out | (earlier.left_out - here), self.unmatched
        )

    @cached_property
    def _units(self) -> set[Parts]:
        return {one.unit.parts for one in self.matched}

    def covers(self, parts: Parts) -> bool:
        """Whether a path is left out, or in a folder that is."""
        return bool(self.left_out) and any(parts[: cut + 1] in self.left_out for cut in range(len(parts)))


def draft_csv(drafts: Iterable[Draft]) -> str:
    """The lines as a CSV file, for a spreadsheet."""
    rows = [(one.learner, one.problem, one.path, _when(one), one.why, one.to_do) for one in drafts]
    # Without the mark at its beginning, Excel reads a CSV file as if it were not UTF-8.
    return "\ufeff" + as_csv([_COLUMNS, *rows])


def write_drafts(
    drafts: Sequence[Draft], folder: Path, earlier: Collection[str] = ()
) -> tuple[Path, str] | None:
    """Writes the lines to a file in a folder, in place of earlier drafts of the same source.

    A file that a mentor may have corrected is never written over, nor removed.

    Args:
        drafts: the lines; where there are none, no file is written.
        folder: where.
        earlier: the sha256 of each draft that was written for this source before, in hex.

    Returns:
        The file and its sha256, in hex.

    Raises:
        BadCohort: where the folder cannot be written.
    """
    content = draft_csv(drafts).encode("utf-8", "replace") if drafts else b""
    digest = hashlib.sha256(content).hexdigest()
    try:
        for path in folder.glob(f"{Path(NAME).stem}*.csv"):
            if path.stat().st_size <= MAX_BYTES and sha256(path) in {*earlier} - {digest}:
                path.unlink()
        if not drafts:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = folder / (NAME if number == 1 else f"{Path(NAME).stem}-{number}.csv")
            if not path.exists():
                return write_whole(path, content), digest
            if path.stat().st_size == len(content) and sha256(path) == digest:
                return path, digest
    except OSError as error:
        raise BadCohort(f"{folder} cannot be written: {reason_of(error)}.") from error
    raise AssertionError("The numbers have no end.")


def _when(draft: Draft) -> str:
    return "" if draft.when is None else draft.when.isoformat()


def apply_corrections(
    file: Path, units: Sequence[Unit], index: RosterIndex, rules: CohortRules
) -> AppliedCorrections:
    """What the lines of a corrected draft say about the units of a source.

    Raises:
        BadCohort: where it cannot be read, or lacks a column.
    """
    settled = AppliedCorrections()
    places = _Places(units)
    groups: dict[tuple[str, str], list[tuple[int, Matched]]] = defaultdict(list)
    for line, row in read_rows(read_csv(file)):
        if row.learner == LEFT_OUT:
            settled.left_out |= places.left_out(row.path.strip())
        elif row.learner and row.problem:
            try:
                one = _read_row(row, places, index, rules)
            except (RowRefused, NoMatch, UnknownProblem) as error:
                settled.unmatched.append(Unmatched(f"{one_line(file.name)}, line {line}", str(error)))
            else:
                groups[one.learner, one.problem].append((line, one))
    for (learner, problem), several in groups.items():
        if why := why_unclear(learner, problem, [one.handed_in for _, one in several]):
            settled.unmatched += [
                Unmatched(f"{one_line(file.name)}, line {line}", why) for line, _ in several
            ]
        else:
            settled.matched += [one for _, one in several]
    return settled


class _Places:
    """The units and folders of a source, by each path that may stand in a draft."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units: dict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            for path in {unit.found_at, spreadsheet_text(unit.found_at)}:
                self.units[path].append(unit)
        folders = {unit.parts[:cut] for unit in units for cut in range(1, len(unit.parts))}
        self.folders = {
            path: one for one in folders for path in (shown_path(one), spreadsheet_text(shown_path(one)))
        }

    def left_out(self, path: str) -> set[Parts]:
        """What a line leaves out."""
        named = {unit.parts for unit in self.units.get(path, ())}
        return named or {self.folders[path]} if path in self.units or path in self.folders else set()

    def find(self, path: str) -> Unit:
        """The one unit at a path. Raises RowRefused."""
        found, name = self.units.get(path, []), one_line(path, 80)
        if not found and path in self.folders:
            raise RowRefused(f"{name!r} is a folder. Write the path of the file in it that counts.")
        if not found:
            raise RowRefused(f"The source has no {name!r}.")
        if len(found) > 1:
            raise RowRefused(f"Several files are shown as {name!r}. Rename one.")
        return found[0]


def _read_row(row: ManifestRow, places: _Places, index: RosterIndex, rules: CohortRules) -> Matched:
    problem = problem_of(row, rules)
    unit, learner = places.find(row.path.strip()), index.find(row.learner)
    return Matched(learner.id, problem.id, unit, handed_in=read_when(row.when, rules))
