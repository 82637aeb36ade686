"""A cohort's results as files: for a spreadsheet, for Canvas, for Moodle and for programs.

gradebook.csv          everybody in a row, with what each problem counts and why
canvas.csv             Canvas: Grades > Import
moodle.csv             Moodle: Grades > Import > CSV file
moodle-worksheet.csv   Moodle: an assignment's "Upload grading worksheet"; where the roster is one
results.json           everything, for programs; see `results_json.py`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ...cohorts import Cohort, Learner, LearnerResult, Result
from ...errors import BadCohort, UnknownProblem
from ...files.atomic import write_whole
from ...files.csv_tables import Cell, as_csv
from ...problems import find
from .results_json import results_json

Rows = Iterator[Sequence[Cell]]

FULL: Final = 5.0
TOTAL: Final = 100.0
_WORKSHEET: Final = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
)
_CANVAS: Final = (
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


def write_exports(cohort: Cohort, folder: Path) -> tuple[Path, ...]:
    """Writes the files, each whole or not at all, and returns their paths.

    Raises:
        BadCohort: where the folder cannot be written.
    """
    contents: dict[str, str] = {
        # Without the mark at its beginning, Excel reads a CSV file as if it were not UTF-8.
        "gradebook.csv": "\ufeff" + as_csv(gradebook_rows(cohort)),
        "canvas.csv": as_csv(canvas_rows(cohort)),
        "moodle.csv": as_csv(moodle_rows(cohort)),
        "results.json": results_json(cohort),
    }
    if has_worksheet(cohort):
        contents["moodle-worksheet.csv"] = as_csv(worksheet_rows(cohort))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(write_whole(folder / name, content) for name, content in contents.items())
    except OSError as error:
        raise BadCohort(f"{folder} cannot be written: {error.strerror or error}.") from error


def gradebook_rows(cohort: Cohort) -> Rows:
    """A row for everybody: the total of 100, and what each problem counts (0 to 5) and how it came about."""
    yield (
        "learner",
        "name",
        "email",
        "total",
        *(f"{problem} {column}" for problem in cohort.problems for column in _COLUMNS),
    )
    for one in cohort.learners:
        learner = one.learner
        cells = [cell(result) for result in one.results for cell in _COLUMNS.values()]
        yield learner.id, learner.name, learner.email, one.total, *cells


def canvas_rows(cohort: Cohort) -> Rows:
    """As Canvas's gradebook import (`GradebookImporter`) reads them.

    The header begins with Student (or LastName, FirstName), ID, the SIS columns and Section, in this order;
    the row "Points Possible" comes before the people; every further column is an assignment, known by its
    name or made anew. People are found by ID, else by SIS id or login, else by name. An empty cell clears a
    grade that is there. A number in brackets at a name's end would be read as an assignment's id, so there
    is none.
    """
    people = [_canvas_person(one.learner) for one in cohort.learners]
    columns = _canvas_columns(people)
    blank = [None] * (len(columns) - 1)
    yield (*columns, *(_assignment(cohort, one) for one in cohort.problems), f"{_safe_name(cohort)}: total")
    yield ("    Points Possible", *blank, *(FULL for _ in cohort.problems), TOTAL)
    for person, one in zip(people, cohort.learners, strict=True):
        yield (*(person.get(column) for column in columns), *_grades(cohort, one))


def moodle_rows(cohort: Cohort) -> Rows:
    """For Moodle's gradebook import from CSV, where each column is mapped by hand.

    Map from "Email address" to the same, or from "ID number" to the same (Moodle compares addresses letter by
    letter), and each grade to its item or to a new one. An empty cell changes nothing.
    """
    grades = (_assignment(cohort, one) for one in cohort.problems)
    yield ("ID number", "Full name", "Email address", *grades, f"{_safe_name(cohort)}: total")
    for one in cohort.learners:
        learner = one.learner
        known = learner.columns
        yield (
            known.get("ID number", learner.id),
            learner.name,
            known.get("Email address", learner.email),
            *_grades(cohort, one),
        )


def worksheet_rows(cohort: Cohort) -> Rows:
    """As Moodle (`assignfeedback_offline`) reads a grading worksheet: the roster's own rows, graded.

    Needed are Identifier ("Participant 12345"), Grade, from 0 to Maximum Grade, and "Last modified (grade)"
    as it was: a grade that was changed in Moodle since is left alone. Columns of feedback are left out, which
    leaves feedback as it is. The grade is the total, on the assignment's own scale.
    """
    columns = [name for name in _WORKSHEET if any(name in one.learner.columns for one in cohort.learners)]
    yield columns
    for one in cohort.learners:
        cells: dict[str, Cell] = dict(one.learner.columns)
        total = _grades(cohort, one)[-1]
        most = _as_number(one.learner.columns.get("Maximum Grade", ""))
        cells["Grade"] = total / TOTAL * most if isinstance(total, float) and most else None
        yield [cells.get(column) for column in columns]


def has_worksheet(cohort: Cohort) -> bool:
    """Whether everybody comes from a Moodle grading worksheet."""
    needed = {"Identifier", "Grade", "Last modified (grade)"}
    return bool(cohort.learners) and all(needed <= set(one.learner.columns) for one in cohort.learners)


_COLUMNS: Final[dict[str, Callable[[Result], Cell]]] = {
    "points": lambda result: result.points,
    "machine": lambda result: result.machine,
    "override": lambda result: result.override.score if result.override else None,
    "override reason": lambda result: result.override.reason if result.override else None,
    "penalty": lambda result: result.penalty,
    "hours late": lambda result: result.late_by.total_seconds() / 3600 if result.late_by else None,
    "verdict": lambda result: result.counted.card.verdict.value if result.counted else None,
    "reason": lambda result: result.counted.card.reason if result.counted else None,
    "attempts": lambda result: len(result.attempts),
    "submission": lambda result: result.counted.number if result.counted else None,
}
"""The gradebook's columns for each problem."""


def _grades(cohort: Cohort, learner_result: LearnerResult) -> list[Cell]:
    """The points of each problem and the total; nothing where a result is still to come."""
    open_ = {one.problem for one in cohort.pending if one.learner == learner_result.learner.id}
    points: list[Cell] = [
        None if result.problem in open_ and result.override is None else float(result.points)
        for result in learner_result.results
    ]
    return [*points, None if None in points else float(learner_result.total)]


def _canvas_person(learner: Learner) -> dict[str, str]:
    """The columns of a Canvas roster; else the name, and what may be a login."""
    if "Section" in learner.columns and "ID" in learner.columns:
        return {column: learner.columns[column] for column in _CANVAS if column in learner.columns}
    identity = learner.id if learner.id.isdecimal() else ""
    login = learner.email or ("" if identity else learner.id)
    return {"Student": learner.shown, "ID": identity, "SIS Login ID": login, "Section": ""}


def _canvas_columns(people: Sequence[dict[str, str]]) -> list[str]:
    if not people:
        return ["Student", "ID", "SIS Login ID", "Section"]
    return [column for column in _CANVAS if any(column in person for person in people)]


def _assignment(cohort: Cohort, problem: str) -> str:
    try:
        found = find(problem)
    except UnknownProblem:  # graded by an installation that had more problems than this one
        return f"{_safe_name(cohort)}: {problem}"
    return f"{_safe_name(cohort)}: {found.number} {found.title}"


def _safe_name(cohort: Cohort) -> str:
    """Canvas drops columns that are called like its own."""
    return cohort.name.replace(" Score", " score").replace(" Grade", " grade").replace(" Points", " points")


def _as_number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
