"""Files for Canvas's gradebook import, in which no cell is empty: Canvas clears a grade for an empty one.

Source: `lib/gradebook_importer.rb` of instructure/canvas-lms. The header begins with Student (or LastName,
FirstName), ID, the SIS columns and Section, in this order; the row "Points Possible" comes before the people.
Every further column is an assignment, known by the id in brackets at the end of its name, else by its name,
or made anew. People are found by ID, else by SIS id or login, else by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...cohorts import Cohort, Learner
from ...cohorts.gradebook.claims import claims, is_used, total_claim
from ...cohorts.importing.path_patterns import Aliases
from ...errors import UnknownProblem
from ...files.csv_tables import CsvValue
from ...files.text import counted
from ...grader.scoring.card import FULL_MARKS
from ...problems import all_problems, find

Rows = list[Sequence[CsvValue]]

HEAD_ROWS: Final = 2
"""Before the people."""
TOTAL: Final = 100.0
_SHOWN: Final = 10
"""Names in a sentence."""
_PERSON: Final = (
    "Student",
    "LastName",
    "FirstName",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Integration ID",
    "Root Account",
    "Section",
)


@dataclass(frozen=True)
class Assignment:
    """An assignment, and what is claimed for each learner on its own scale."""

    header: str
    points: float
    """That it is worth."""
    cells: tuple[float | None, ...]
    """In the order of the cohort's learners; None where nothing is claimed."""


@dataclass(frozen=True)
class CanvasFiles:
    """Files by their names, and what a mentor should know of them."""

    tables: Mapping[str, Rows]
    notes: tuple[str, ...]


def canvas_files(cohort: Cohort) -> CanvasFiles:
    """`canvas.csv` for everybody with a claim in each column; a file for each assignment for the others.

    A table without a person is there too: it takes the place of one that was written before.
    """
    columns, notes = _columns(cohort)
    rows = range(len(cohort.learners))
    whole = [row for row in rows if all(column.cells[row] is not None for column in columns)]
    tables = {"canvas.csv": canvas_table(cohort, columns, whole)}
    for column, name in zip(columns, _file_names(column.header for column in columns), strict=True):
        rest = [row for row in rows if row not in set(whole) and column.cells[row] is not None]
        tables[name] = canvas_table(cohort, [column], rest)
    others = [one.learner.shown for row, one in enumerate(cohort.learners) if row not in set(whole)]
    if others:
        shown = _listed(others)
        some = any(len(rows) > HEAD_ROWS for name, rows in tables.items() if name != "canvas.csv")
        elsewhere = " A canvas-….csv for each assignment has the grades that they have." if some else ""
        everybody = counted(len(cohort.learners), "learner")
        notes.append(
            f"A grade is missing in some column: {len(others):,} of {everybody}. "
            f"Canvas clears a grade for an empty cell, so they are not in canvas.csv: {shown}.{elsewhere}"
        )
    return CanvasFiles(tables, tuple(notes))


def _columns(cohort: Cohort) -> tuple[list[Assignment], list[str]]:
    """A column for each problem that somebody handed in, and for the total where the rules want one."""
    own, notes, columns = _own_columns(cohort), [], []
    by_problem = zip(*(claims(cohort, one) for one in cohort.learners), strict=True)
    for problem, certain in zip(cohort.problems, by_problem, strict=False):
        if not is_used(cohort, problem):
            continue
        header, points = own.get(problem, (new_assignment(cohort, problem), float(FULL_MARKS)))
        if points is None:
            notes.append(
                f"{problem} is not exported to Canvas: it is not known how many points {header!r} is worth. "
                "Grade with Canvas's own export as the roster."
            )
            continue
        excused = {one.learner.id for one in cohort.learners if is_excused(one.learner, header)}
        people = zip(cohort.learners, certain, strict=True)
        cells = tuple(
            None if each is None or one.learner.id in excused else each * points / FULL_MARKS
            for one, each in people
        )
        columns.append(Assignment(header, points, cells))
        if excused:
            names = [one.learner.shown for one in cohort.learners if one.learner.id in excused]
            notes.append(f"Excused in Canvas from {header}, and left so: {_listed(names)}.")
    if columns and cohort.export_total:
        totals = tuple(total_claim(cohort, one) for one in cohort.learners)
        columns.append(Assignment(f"{safe_name(cohort)}: total", TOTAL, totals))
    return columns, notes


def is_excused(learner: Learner, header: str) -> bool:
    """Whether Canvas's own export has "EX" there: a grade would end that."""
    return learner.columns.get(header, "").strip().upper() == "EX"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def _own_columns(cohort: Cohort) -> Mapping[str, tuple[str, float | None]]:
    """The course's own assignment of each problem: as the rules name it, else the only one named like it."""
    aliases = Aliases(all_problems())
    found: dict[str, tuple[str, float | None]] = {}
    for problem in cohort.problems:
        named = cohort.canvas_columns.get(problem)
        like = [title for title in cohort.assignments if aliases.named((title,)) == {problem}]
        if named is not None:
            found[problem] = (named, cohort.assignments.get(named))
        elif len(like) == 1:
            found[problem] = (like[0], cohort.assignments[like[0]])
    return found


def canvas_table(cohort: Cohort, columns: Sequence[Assignment], rows: Sequence[int]) -> Rows:
    """The file with these columns, for the learners at these places of the cohort."""
    people = [_person(one.learner) for one in cohort.learners]
    head = [column for column in _PERSON if any(column in person for person in people)]
    blank = [None] * (len(head) - 1)
    return [
        (*head, *(column.header for column in columns)),
        ("    Points Possible", *blank, *(column.points for column in columns)),
        *(
            (*(people[row].get(name) for name in head), *(column.cells[row] for column in columns))
            for row in rows
        ),
    ]


def _person(learner: Learner) -> dict[str, str]:
    """The columns of a Canvas roster; else the name, and what may be a login. An id is only Canvas's own."""
    if "Section" in learner.columns and "ID" in learner.columns:
        return {column: learner.columns[column] for column in _PERSON if column in learner.columns}
    return {
        "Student": learner.shown,
        "ID": "",
        "SIS Login ID": learner.email or learner.id,
        "Section": "",
    }


def new_assignment(cohort: Cohort, problem: str) -> str:
    """What an assignment is called that the course does not have.

    A number in brackets at its end would be read as an assignment's id in Canvas, so there is none.
    """
    try:
        found = find(problem)
    except UnknownProblem:  # graded by an installation that had more problems than this one
        return f"{safe_name(cohort)}: {problem}"
    return f"{safe_name(cohort)}: {found.number} {found.title}"


def safe_name(cohort: Cohort) -> str:
    """The cohort's name for a column: Canvas drops those that are called like its own."""
    return cohort.name.replace(" Score", " score").replace(" Grade", " grade").replace(" Points", " points")


def _file_names(headers: Iterable[str]) -> list[str]:
    """A file for each assignment. Headers that differ by what no name keeps are numbered."""
    names: list[str] = []
    for header in headers:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", header).strip("-").lower()[:60] or "assignment"
        number = 1 + sum(name.startswith(f"canvas-{plain}.") for name in names)
        names.append(f"canvas-{plain}{f'.{number}' if number > 1 else ''}.csv")
    return names
