"""Reads a roster: a CSV of the mentor's own, or an export from a platform.

id, name, email, group             a roster of one's own; only `id` is needed
Student, ID, SIS Login ID          Canvas: Grades > Export. Rows without an ID are no people
name, canvas_user_id, group_name   Canvas: People > Groups > Download course roster
Identifier, Full name              Moodle: an assignment's "Download grading worksheet", in any language
First name, Last name              Moodle: the participants of a course, downloaded as CSV, in any language
identifier, github_username        GitHub Classroom: classroom_roster.csv

A worksheet is known by its structure too: a first column of "Participant 12345", whatever the word is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from ..errors import BadCohort
from ..files.csv_tables import CsvRow, CsvTable, read_csv
from ..files.text import NAME_LIMIT, is_usable_id, listed, match_key, one_line
from ..grader.records.cohort import Learner
from .moodle_words import has_column, is_participant, is_staff, read_cell

_MOODLE_IDS: Final = ("id number", "username", "email", "identifier")
"""Columns of Moodle that identify a person. Results are keyed by the first one that everybody has."""
_CANVAS_TEST_STUDENT: Final = "student, test"
_MAXIMUM: Final = re.compile(r"\d{1,6}[.,]\d\d")
_GRADE: Final = re.compile(r"-?|\d{1,6}([.,]\d{1,5})?")
_NUMBERED: Final = re.compile(r"(?P<word>\D{2,40}?) ?(?P<number>\d{1,18})")


def read_roster(path: Path) -> tuple[Learner, ...]:
    """Everybody in a roster, in its order. Teachers and Canvas's test student are left out.

    Raises:
        BadCohort: the columns fit no known roster, or somebody has no usable id, or an id is in it twice (the
            message names the line).
    """
    table = read_csv(path)
    form = next((form for form in _FORMS if form.fits(table)), None)
    if form is None:
        columns = (repr(one_line(each, 40)) for each in table.columns)
        raise BadCohort(
            f"{path}: its columns are {listed(columns, 6)}. A roster has the columns id, name and email, "
            "or is what Canvas (Grades > Export) or Moodle (grading worksheet, or participants) exports."
        )
    people = form.read(table)
    if not people:
        raise BadCohort(f"{path} has no learners.")
    _check(path, people)
    return tuple(learner for _, learner in people)


def own_names(learners: Iterable[Learner]) -> Mapping[str, tuple[str, ...]]:
    """By each learner's id: it, and the address and name that nobody else of the class has."""
    people = list(learners)
    owners: dict[str, set[str]] = defaultdict(set)
    for one in people:
        for name in one.known_as:
            owners[name.strip().casefold()].add(one.id)
    return {
        one.id: tuple(
            name for name in one.known_as if name == one.id or len(owners[name.strip().casefold()]) == 1
        )
        for one in people
    }


def worksheet_number(cells: Mapping[str, str]) -> tuple[str, str]:
    """The word and the number of a Moodle worksheet's row ("Participant", "12345"); empty without them."""
    first = has_column(cells, "identifier") or next(iter(cells), "")
    found = _NUMBERED.fullmatch(cells.get(first, "").strip())
    others = [first, *(column for column in cells if column != first)]
    if found is None or not (_is_numbering(others, found["word"]) or _has_maximum(cells)):
        return "", ""
    return found["word"].strip(), found["number"]


def _has_maximum(cells: Mapping[str, str]) -> bool:
    """Whether a cell is a highest grade with two decimals, and the one before it a grade or none."""
    values = [cell.strip() for cell in cells.values()]
    return any(_MAXIMUM.fullmatch(after) and _GRADE.fullmatch(grade) for grade, after in pairwise(values[1:]))


def _is_numbering(columns: Sequence[str], word: str) -> bool:
    """Whether a first column of this word and numbers is Moodle's, rather than ids of somebody's own."""
    if is_participant(word):
        return any(has_column(columns[1:], name) for name in ("full name", "email", "status", "submitted"))
    return bool(has_column(columns[:1], "identifier") and has_column(columns[1:], "submitted"))


def read_assignments(path: Path) -> Mapping[str, float | None]:
    """The assignments in a gradebook export of Canvas, and the points each is worth; none of another roster.

    Raises:
        BadCohort: the file cannot be read.
    """
    table = read_csv(path)
    student = table.column("Student", "LastName")
    worth = [row for row in table.rows if not row.get(table.column("ID"))]
    if not (student and table.column("ID")):
        return {}
    columns = [column for column in table.columns if re.fullmatch(r".*\S\s\(\d+\)", column, re.S)]
    return {column: next(_numbers(row.get(column) for row in worth), None) for column in columns}


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        with suppress(ValueError):
            yield float(text.replace(",", "."))


People = list[tuple[int, Learner]]
"""Each with the number of the line."""


@dataclass(frozen=True)
class _Form:
    fits: Callable[[CsvTable], bool]
    read: Callable[[CsvTable], People]


def _needs(*columns: tuple[str, ...]) -> Callable[[CsvTable], bool]:
    """Whether a table has each of these columns, by any of its names."""
    return lambda table: all(table.column(*names) for names in columns)


def _is_worksheet(table: CsvTable) -> bool:
    """Whether the first column numbers people as a worksheet does: one word, and a number of their own."""
    found = [worksheet_number(row.cells) for row in table.rows]
    return all(number for _, number in found) and len({word for word, _ in found}) == 1


def _is_participants(table: CsvTable) -> bool:
    columns = table.columns
    named = has_column(columns, "first name") and has_column(columns, "last name")
    named = named or (has_column(columns, "full name") and has_column(columns, "roles"))
    return bool(named) and any(has_column(columns, name) for name in _MOODLE_IDS[:-1])


def _read_canvas(table: CsvTable) -> People:
    last, first = table.column("LastName"), table.column("FirstName")
    student, login = table.column("Student"), table.column("SIS Login ID")

    def name(row: CsvRow) -> str:
        if not student:
            return f"{row.get(first)} {row.get(last)}"
        family, _, given = row.get(student).partition(",")
        return f"{given} {family}"

    people = []
    for row in table.rows:
        # Only people have an id: "Points Possible", "Manual Posting" and their translations have none.
        is_test = match_key(row.get(student) if student else f"{row.get(last)}, {row.get(first)}")
        if not row.get(table.column("ID")) or is_test == _CANVAS_TEST_STUDENT:
            continue
        email = row.get(login) if "@" in row.get(login) else ""
        people.append(_person(row, row.get(table.column("ID")), name(row), email))
    return people


def _read_canvas_groups(table: CsvTable) -> People:
    identity, name = table.column("canvas_user_id"), table.column("name")
    login = table.column("login_id")
    return [
        _person(row, row.get(identity), row.get(name), row.get(login) if "@" in row.get(login) else "")
        for row in table.rows
        if row.get(identity)
    ]


def _read_moodle(table: CsvTable) -> People:
    chosen = _choose_id(table)
    full, email = _full_name_column(table), has_column(table.columns, "email") or _address_column(table)
    people = []
    for row in table.rows:
        if is_staff(read_cell(row.cells, "roles")):
            continue
        first, last = read_cell(row.cells, "first name"), read_cell(row.cells, "last name")
        # "Nome" is the first name of a participant, and the full name of a worksheet, in Italian.
        name = f"{first} {last}" if first and last else row.get(full)
        people.append(_person(row, row.get(chosen), name, row.get(email)))
    return people


def _full_name_column(table: CsvTable) -> str:
    """The column of full names: by its header, or the second of a worksheet where that can be one."""
    if known := has_column(table.columns, "full name"):
        return known
    second = table.columns[1] if len(table.columns) > 1 and _is_worksheet(table) else ""
    others = (has_column([second], name) for name in ("status", "email", "groups", "submitted"))
    return "" if any(others) or second == _address_column(table) else second


def _address_column(table: CsvTable) -> str:
    """The first column that holds e-mail addresses and nothing else; empty where none does."""
    for column in table.columns:
        cells = [row.get(column) for row in table.rows if row.get(column)]
        if cells and all(re.fullmatch(r"[^@\s]+@[^@\s]+", cell) for cell in cells):
            return column
    return ""


def _read_github(table: CsvTable) -> People:
    identity, login = table.column("identifier"), table.column("github_username")
    name = table.column("name")
    people = []
    for row in table.rows:
        email = row.get(identity) if "@" in row.get(identity) else ""
        people.append(_person(row, row.get(identity) or row.get(login), row.get(name), email))
    return people


def _read_own(table: CsvTable) -> People:
    identity, name, email = table.column("id"), table.column("name"), table.column("email")
    return [_person(row, row.get(identity), row.get(name), row.get(email)) for row in table.rows]


def _choose_id(table: CsvTable) -> str:
    """The first of Moodle's columns in which everybody has a value of their own."""
    columns = [has_column(table.columns, name) for name in _MOODLE_IDS[:-1]]
    columns.append(_address_column(table))
    columns.append(table.columns[0] if _is_worksheet(table) else "")
    people = [row for row in table.rows if not is_staff(read_cell(row.cells, "roles"))]
    for column in filter(None, columns):
        values = [row.get(column) for row in people]
        if all(values) and len(set(values)) == len(values):
            return column
    return next(filter(None, columns), "")


def _person(row: CsvRow, identity: str, name: str, email: str) -> tuple[int, Learner]:
    # A Mac may write "ü" as two characters: it is the same letter.
    composed = unicodedata.normalize("NFC", identity)
    return row.line, Learner(composed, " ".join(name.split()), email, dict(row.cells))


_FORMS: Final = (
    _Form(_needs(("github_username",), ("identifier",)), _read_github),
    _Form(_is_worksheet, _read_moodle),
    _Form(_needs(("Student",), ("ID",), ("Section", "SIS User ID", "SIS Login ID")), _read_canvas),
    _Form(_needs(("LastName",), ("FirstName",), ("ID",), ("Section", "SIS User ID")), _read_canvas),
    _Form(_needs(("canvas_user_id",), ("name",)), _read_canvas_groups),
    _Form(_is_participants, _read_moodle),
    _Form(_needs(("id",)), _read_own),
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
