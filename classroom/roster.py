"""Reads a roster: a CSV of the mentor's own, or an export from Canvas or Moodle.

id, name, email              a roster of one's own; only `id` is needed
Student, ID, SIS Login ID    Canvas: Grades > Export. The row `Points Possible` is not a person
Identifier, Full name        Moodle: an assignment's "Download grading worksheet"
First name, Last name        Moodle: the participants of a course, downloaded as CSV
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import BadCohort
from ..files.csv_tables import CsvTable, Row, read_csv
from ..files.text import NAME_LIMIT, is_usable_id, match_key, one_line
from ..grader.records.cohort import Learner

_MOODLE_IDS: Final = ("ID number", "Username", "Email address", "Identifier")
"""Columns of Moodle that identify a person. Results are keyed by the first one that everybody has."""
_CANVAS_ROWS: Final = ("Points Possible", "Manual Posting", "Muted")


def read_roster(path: Path) -> tuple[Learner, ...]:
    """Everybody in a roster, in its order.

    Raises:
        BadCohort: the columns fit no known roster, or somebody has no usable id, or an id is in it twice (the
            message names the line).
    """
    table = read_csv(path)
    form = next((form for form in _FORMS if all(table.column(*names) for names in form.needs)), None)
    if form is None:
        raise BadCohort(
            f"{path}: its columns are {_listed(table.columns)}. A roster has the columns id, name and email, "
            "or is what Canvas (Grades > Export) or Moodle (grading worksheet, or participants) exports."
        )
    people = form.read(table)
    if not people:
        raise BadCohort(f"{path} has no learners.")
    _check(path, people)
    return tuple(learner for _, learner in people)


People = list[tuple[int, Learner]]
"""Each with the number of the line."""


@dataclass(frozen=True)
class _Form:
    needs: tuple[tuple[str, ...], ...]
    """Columns, each by any of its names."""
    read: Callable[[CsvTable], People]


def _read_canvas(table: CsvTable) -> People:
    last, first = table.column("LastName"), table.column("FirstName")
    student, login = table.column("Student"), table.column("SIS Login ID")

    def name(row: Row) -> str:
        if not student:
            return f"{row.get(first)} {row.get(last)}"
        family, _, given = row.get(student).partition(",")
        return f"{given} {family}"

    people = []
    for row in table.rows:
        if any(any(word in cell for word in _CANVAS_ROWS) for cell in row.cells.values()):
            continue
        email = row.get(login) if "@" in row.get(login) else ""
        people.append(_person(row, row.get(table.column("ID")), name(row), email))
    return people


def _read_moodle(table: CsvTable) -> People:
    full, email = table.column("Full name"), table.column("Email address")
    first, last = table.column("First name"), table.column("Last name", "Surname")
    chosen = _choose_id(table)
    return [
        _person(row, row.get(chosen), row.get(full) or f"{row.get(first)} {row.get(last)}", row.get(email))
        for row in table.rows
    ]


def _read_own(table: CsvTable) -> People:
    identity, name, email = table.column("id"), table.column("name"), table.column("email")
    return [_person(row, row.get(identity), row.get(name), row.get(email)) for row in table.rows]


def _choose_id(table: CsvTable) -> str:
    """The first of Moodle's columns in which everybody has a value of their own."""
    for name in _MOODLE_IDS:
        column = table.column(name)
        values = [row.get(column) for row in table.rows] if column else []
        if values and all(values) and len(set(values)) == len(values):
            return column
    return table.column(*_MOODLE_IDS)


def _person(row: Row, identity: str, name: str, email: str) -> tuple[int, Learner]:
    return row.line, Learner(identity, " ".join(name.split()), email, dict(row.cells))


_FORMS: Final = (
    _Form((("Identifier",), ("Full name",)), _read_moodle),
    _Form(
        (("First name",), ("Last name", "Surname"), ("Email address", "ID number", "Username")), _read_moodle
    ),
    _Form((("Student",), ("ID",), ("Section",)), _read_canvas),
    _Form((("LastName",), ("FirstName",), ("ID",), ("Section",)), _read_canvas),
    _Form((("id",),), _read_own),
)


def _check(path: Path, people: People) -> None:
    """No id is missing, unfit to be shown, or like another one."""
    seen: dict[str, int] = {}
    for line, learner in people:
        if not learner.id:
            raise BadCohort(f"{path}, line {line}: there is no id.")
        if not is_usable_id(learner.id):
            raise BadCohort(
                f"{path}, line {line}: the id {one_line(learner.id, 60)!r} has characters that cannot be "
                f"shown, or more than {NAME_LIMIT}."
            )
        before = seen.setdefault(match_key(learner.id), line)
        if before != line:
            raise BadCohort(
                f"{path}, line {line}: the id {learner.id!r} is in line {before} already, "
                "or one that looks like it. Each person has one line."
            )


def _listed(columns: Sequence[str]) -> str:
    shown = [one_line(column, 40) for column in columns[:6]]
    return ", ".join(map(repr, shown)) + (" …" if len(columns) > len(shown) else "")
