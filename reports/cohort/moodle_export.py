"""Files for Moodle: its gradebook's import, an assignment's grading worksheet, and feedback files.

Source: moodle/moodle. `assignfeedback_offline` reads the worksheet: people are known by the first column, a
grade by the column called "Grade" in the site's language, on the scale of "Maximum grade" beside it, and a
grade that was changed in Moodle since "Last modified (grade)" is left alone. `assignfeedback_file` reads
feedback files: a folder for each learner, called as in the download of submissions.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from ...classroom.moodle_words import has_column, is_locked
from ...classroom.roster import worksheet_number
from ...cohorts import Cohort, Learner, LearnerResult, Result
from ...cohorts.gradebook.claims import claim, claims, is_used, total_claim
from ...errors import BadCohort
from ...files.csv_tables import CsvValue, spreadsheet_text
from ...files.text import one_line
from ...grader.scoring.card import FULL_MARKS
from .canvas_export import new_assignment

Rows = list[Sequence[CsvValue]]

PERSON: Final = ("ID number", "Full name", "Email address")
"""Columns by which Moodle knows somebody."""
_FEEDBACK: Final = ("feedback", "comment", "coment", "kommentar", "umpan balik")
"""What the worksheet's column of comments is called with, in the languages that Moodle comes in."""
_SHOWN: Final = 10
"""Names in a sentence."""
_NUMBER: Final = re.compile(r"\d+([.,]\d+)?")
_TAKEN_OUT: Final = re.compile(r"['\"&<>|`:\\/*?]")
"""Of a name, where Moodle writes it into that of a folder."""


def moodle_rows(cohort: Cohort) -> Rows:
    """For Moodle's gradebook import from CSV, where each column is mapped by hand.

    Map from "Email address" to the same, or from "ID number" to the same (Moodle compares addresses letter by
    letter), and each grade to its item or to a new one. An empty cell changes nothing.
    """
    used = [problem for problem in cohort.problems if is_used(cohort, problem)]
    titles = [new_assignment(cohort, problem) for problem in used]
    total = (f"{cohort.name}: total",) if cohort.export_total else ()
    rows: Rows = [(*PERSON, *titles, *total)]
    for one in cohort.learners:
        points = dict(zip(cohort.problems, claims(cohort, one), strict=True))
        of_all = (total_claim(cohort, one),) if cohort.export_total else ()
        rows.append((*identify(one), *(points[problem] for problem in used), *of_all))
    return rows


def identify(one: LearnerResult) -> tuple[str, str, str]:
    """What stands under `PERSON`: as the roster has it where it is Moodle's."""
    known = one.learner.columns
    identity = known.get(has_column(known, "id number"), one.learner.id)
    return identity, one.learner.name, known.get(has_column(known, "email"), one.learner.email)


def worksheet_rows(cohort: Cohort, problem: str) -> Rows:
    """The roster's own grading worksheet, with the grades of a problem and a comment why, where it has those.

    Raises:
        BadCohort: no column tells the highest grade, or it is no number.
    """
    header = list(cohort.learners[0].learner.columns)
    grade, maximum = _grade_columns(cohort, header)
    feedback = _feedback_column(cohort, header)
    kept = [name for name in header if not _is_feedback(name) or name == feedback]
    rows: Rows = [kept]
    for one in cohort.learners:
        cells: dict[str, CsvValue] = dict(one.learner.columns)
        result = next(each for each in one.results if each.problem == problem)
        points = claim(cohort, one.learner.id, result)
        if is_locked(one.learner.columns):
            points = None
        else:
            cells[grade] = None if points is None else _scaled(points, one.learner.columns[maximum])
        if feedback and points is not None and not one.learner.columns.get(feedback, "").strip():
            # A comment that is there is the mentor's own, and stays. Moodle takes a new one for HTML
            # (set_editor_text in mod/assign/feedback/comments), and a layer's name may stand in it.
            cells[feedback] = html.escape(reason_of(result), quote=False)
        rows.append([cells.get(name) for name in kept])
    return rows


def locked_note(cohort: Cohort) -> str:
    """A sentence that names whose grade Moodle does not let change; empty where it lets all."""
    names = [one.learner.shown for one in cohort.learners if is_locked(one.learner.columns)]
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"Moodle has locked the grade of {', '.join(names[:_SHOWN])}{more}: it stays as it is."


def is_worksheet(cohort: Cohort) -> bool:
    """Whether everybody comes from one grading worksheet of Moodle's."""
    return bool(cohort.learners) and all(worksheet_number(one.learner.columns)[1] for one in cohort.learners)


def feedback_zip(cohort: Cohort, pages: Mapping[str, bytes]) -> bytes:
    """What an assignment's "Upload multiple feedback files in a zip" takes: a page for each learner.

    Args:
        cohort: whose roster is a grading worksheet.
        pages: each learner's page, by the learner's id.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in cohort.learners:
            _, number = worksheet_number(one.learner.columns)
            if number and one.learner.id in pages:
                # Moodle writes a space for "_", by which it divides the parts.
                plain = _TAKEN_OUT.sub("", one_line(one.learner.name, 100).replace("_", " "))
                name = plain.strip() or "Participant"
                folder = PurePosixPath(f"{name}_{number}_assignsubmission_file_")
                entry = zipfile.ZipInfo(str(folder / "feedback.html"))
                archive.writestr(entry, pages[one.learner.id], zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def mail_rows(cohort: Cohort, pages: Mapping[str, str]) -> Rows:
    """A line for each learner and problem with a result, for a mail merge. `pages`: file names by id."""
    rows: Rows = [("name", "email", "problem", "score", "reason", "page")]
    for one in cohort.learners:
        for result in one.results:
            points = claim(cohort, one.learner.id, result)
            if points is not None and (result.counted is not None or result.override is not None):
                page = pages.get(one.learner.id, "")
                rows.append(
                    (one.learner.name, one.learner.email, result.problem, points, reason_of(result), page)
                )
    return rows


def reason_of(result: Result) -> str:
    """Why a result is what it is, for the learner."""
    if result.override is not None:
        return result.override.reason
    if result.counted is None:
        return "Nothing was handed in."
    late = f" Handed in late: {100 * result.penalty:.3g}% less." if result.penalty else ""
    return result.counted.card.reason + late


def _is_feedback(name: str) -> bool:
    return any(word in name.casefold() for word in _FEEDBACK)


def _feedback_column(cohort: Cohort, header: Sequence[str]) -> str:
    """The column of comments; empty where a comment that is there would come back changed.

    A spreadsheet would run a comment such as "=well done", and the apostrophe before it would be imported.
    """
    columns = [name for name in header if _is_feedback(name)]
    safe = all(
        spreadsheet_text(text) == text
        for one in cohort.learners
        for name in columns
        if (text := one.learner.columns.get(name, ""))
    )
    return columns[-1] if columns and safe else ""


def _grade_columns(cohort: Cohort, header: Sequence[str]) -> tuple[str, str]:
    """The columns of the grade and of the highest grade: in every language, the second follows the first.

    It is the one in which everybody has the same number.
    """
    people: list[Learner] = [one.learner for one in cohort.learners]
    for before, name in pairwise(header):
        values = {learner.columns.get(name, "").strip() for learner in people}
        grades = {learner.columns.get(before, "").strip() for learner in people}
        one_number = all(map(_NUMBER.fullmatch, values)) and len(set(map(_number, values))) == 1
        if one_number and all(_NUMBER.fullmatch(grade) for grade in grades - {"", "-"}):
            return before, name
    raise BadCohort(
        "The grading worksheet has no column with the highest grade.",
        "Download it from an assignment that is graded with points, and give it as --roster.",
    )


def _number(text: str) -> float:
    return float(text.strip().replace(",", "."))


def _scaled(points: float, maximum: str) -> str:
    """The grade on the worksheet's scale, with the decimal separator that it has there."""
    grade = f"{points / FULL_MARKS * _number(maximum):.2f}"
    return grade.replace(".", ",") if "," in maximum else grade
