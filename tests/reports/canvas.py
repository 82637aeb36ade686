"""What Canvas does with a gradebook file, for tests: a model of its importer, for one course.

Source: `lib/gradebook_importer.rb` of instructure/canvas-lms as read in 2026 (header, rows, people, changes),
`Assignment.title_and_id` (a number in brackets is an assignment's id), and the upload page, which posts the
grade of every student of a column whose grade differs from the one in the course. Left out: custom columns,
override scores, grading periods, assignments for some students only, permissions.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import count

_NUMBER = re.compile(r"-?[0-9.,]+%?")
_TITLE_AND_ID = re.compile(r"(.*)\s\((\d+)\)", re.S)
_OF_CANVAS = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade"
    "|Override Score|Override Grade|Override Status"
)
_NO_STUDENT = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.I)


class InvalidHeader(Exception):
    """Canvas refuses the file: "Invalid header row"."""


@dataclass(frozen=True)
class Student:
    """A student of the course."""

    id: int
    name: str
    sortable_name: str = ""
    login: str = ""
    sis_id: str = ""


@dataclass
class Assignment:
    """An assignment, and the grades in it by student."""

    id: int
    title: str
    points: str = ""
    grades: dict[int, str] = field(default_factory=dict)


@dataclass
class Upload:
    """What the upload page shows before anything is saved."""

    students: list[Student] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Names of rows that fit no student: the page asks who they are."""
    new_assignments: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Titles of the assignments in which any grade differs."""


@dataclass
class Course:
    """A course with its students and assignments."""

    students: tuple[Student, ...]
    assignments: list[Assignment] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1000))

    def grades(self, student: int) -> dict[str, str]:
        """A student's grades by the assignment's title; an assignment without a grade is left out."""
        return {each.title: each.grades[student] for each in self.assignments if each.grades.get(student)}

    def import_file(self, text: str) -> Upload:
        """Imports a file and saves what it changes. Raises InvalidHeader."""
        header, *rows = _read(text)
        ids, columns = _student_columns(header)
        upload = Upload()
        assignments = []
        for name in header[columns:]:
            if not _OF_CANVAS.search(name):
                # Of two columns with one name, both are read from the first.
                assignments.append((self._assignment(name, upload), header.index(name)))
        graded: list[tuple[Student, list[str]]] = []
        for row in rows:
            if "Points Possible" in row[0]:
                for assignment, index in assignments:
                    assignment.points = row[index] or assignment.points
            elif not all(_NO_STUDENT.fullmatch(cell) for cell in row):
                student = self._student(row, ids)
                if student is None:
                    upload.strangers.append(row[0])
                else:
                    upload.students.append(student)
                    graded.append((student, row))
        for assignment, index in assignments:
            grades = {student.id: row[index].strip() for student, row in graded}
            if any(_differs(new, assignment.grades.get(student, "")) for student, new in grades.items()):
                upload.changed.append(assignment.title)
                assignment.grades |= grades
        return upload

    def _assignment(self, name: str, upload: Upload) -> Assignment:
        found = _TITLE_AND_ID.fullmatch(name)
        for each in self.assignments:
            if (found and each.id == int(found[2])) or each.title == name:
                return each
        new = Assignment(next(self._ids), found[1] if found else name)
        self.assignments.append(new)
        upload.new_assignments.append(new.title)
        return new

    def _student(self, row: list[str], ids: dict[str, int]) -> Student | None:
        def cell(column: str) -> str:
            return row[ids[column]] if column in ids else ""

        digits = re.match(r"\s*(\d+)", cell("ID"))
        tests = (
            lambda one: digits is not None and one.id == int(digits[1]),
            lambda one: bool(one.sis_id) and one.sis_id == cell("SIS User ID"),
            lambda one: bool(one.login) and one.login == cell("SIS Login ID"),
            lambda one: row[0] in (one.name, one.sortable_name),
        )
        return next((one for test in tests for one in self.students if test(one)), None)


@dataclass(frozen=True)
class HandedIn:
    """A file that a student handed in for an assignment."""

    student: int
    file: int
    """Canvas's id of it."""
    name: str
    anonymous: str = ""
    """The id by which an anonymous assignment calls the student."""


def upload_comments(names: list[str], handed_in: list[HandedIn]) -> dict[str, tuple[int, str] | None]:
    """What Canvas makes of each file of a zip that is uploaded as "Re-Upload Submissions".

    The student who gets it as a comment, and the name that it is shown by; None where Canvas ignores it.
    `infer_comment_context_from_filename`: the name is cut at each "_", and "LATE" is left out.
    """
    found: dict[str, tuple[int, str] | None] = {}
    for name in names:
        pieces = [piece for piece in name.rpartition("/")[2].split("_") if piece != "LATE"]
        if pieces[0] == "anon":
            who, *file = pieces[1:3]
            students = [each.student for each in handed_in if each.anonymous == who]
        else:
            who, *file = [*[piece for piece in pieces if re.fullmatch("[0-9]+", piece)], ""][:2]
            students = [each.student for each in handed_in if str(each.student) == who]
        theirs = [each for each in handed_in if each.student in students and [str(each.file)] == file]
        ignored = pieces[-1].startswith("link") or not theirs
        found[name] = None if ignored else (theirs[0].student, theirs[0].name)
    return found


def _read(text: str) -> list[list[str]]:
    lines = text.splitlines()[:3]
    widths = {mark: {len(next(csv.reader([line], delimiter=mark))) for line in lines} for mark in ";,"}
    fields = {mark: next(iter(width)) if len(width) == 1 else 0 for mark, width in widths.items()}
    mark = ";" if fields[";"] > fields[","] else ","
    return [[_normal(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark) if row]


def _normal(cell: str) -> str:
    """A number with either mark before its decimals, as one with a point."""
    if not _NUMBER.fullmatch(cell):
        return cell
    *whole, last = re.split("[,.]", cell)
    return f"{''.join(whole)}.{last}" if whole else last


def _student_columns(header: list[str]) -> tuple[dict[str, int], int]:
    """Where the columns that identify a student are, and how many columns come before the assignments."""
    if len(header) <= 3 or "Student" not in header[0] or "ID" not in header[1]:
        raise InvalidHeader(header)
    ids, section = {"ID": 1}, 2
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        ids["SIS Login ID"], section = 2, 3
    elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        ids |= {"SIS User ID": 2, "SIS Login ID": 3}
        section = 4
        section += bool(re.search(r"Integration\s+ID", header[section]))
        section += bool(re.search(r"Root\s+Account", header[section]))
    if "Section" not in header[section]:
        raise InvalidHeader(header)
    return ids, section + 1


def _differs(new: str, old: str) -> bool:
    """Whether an imported grade is a change: numbers are compared with two decimals."""
    if new == old or (new in ("", "-") and old in ("", "-")):
        return False
    if not (new and old):
        return True
    try:
        return round(float(new), 2) != round(float(old), 2)
    except ValueError:
        return True
