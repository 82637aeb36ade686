"""A cohort's results as files: for a spreadsheet, for Canvas, for Moodle, for letters and for programs.

gradebook.csv          everybody in a row, with what each problem counts and why
canvas.csv             Canvas: Grades > Import. Further canvas-….csv for whom a grade is missing in it
moodle.csv             Moodle: Grades > Import > CSV file
moodle-worksheet.csv   Moodle: an assignment's "Upload grading worksheet"; where the roster is one
moodle-feedback.zip    Moodle: the same assignment's "Upload multiple feedback files in a zip"
canvas-comments-….zip  Canvas: an assignment's "Re-Upload Submissions"; where its own download was graded
mail-merge.csv         a line for each learner and problem: address, score, reason and page
exam.csv               everybody's result of each exam that was collected
exam-canvas.csv        Canvas: Grades > Import. The totals of an exam; exam-moodle.csv is Moodle's
results.json           everything, for programs; see `results_json.py`

Where no problem has a result there is nothing to import of problems: only the gradebook, results.json and the
exams' files are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...cohorts import Cohort, Learner, Result
from ...cohorts.gradebook.claims import is_used, is_waited_for
from ...cohorts.integrity.look_alikes import Group
from ...errors import BadCohort, reason_of
from ...files.atomic import write_whole
from ...files.csv_tables import CsvValue, as_csv
from ...grader.records.cohort import ExamTotal
from ...problems import find
from . import moodle_export
from .canvas_comments import comment_files
from .canvas_export import HEAD_ROWS, canvas_files
from .exam_exports import exam_imports
from .exam_results import exam_columns, exam_rows
from .gradebook_table import page_of
from .results_json import results_json

Rows = Iterator[Sequence[CsvValue]]

EXAM: Final = "exam.csv"


@dataclass(frozen=True)
class Exported:
    """What was written, and what a mentor should know of it, a sentence each."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def write_exports(
    cohort: Cohort, folder: Path, problem: str | None = None, groups: Sequence[Group] | None = None
) -> Exported:
    """Writes the files, each whole or not at all.

    Args:
        cohort: the results.
        folder: where the files go, and where learners' pages are, if they were written.
        problem: the problem, by number or name, whose assignment the grading worksheet is of; where it is the
            only one that anybody handed in, it need not be given.
        groups: the look-alikes, as `CohortService.similar` gives them; None where nobody looked.

    Raises:
        BadCohort: the folder cannot be written, or the worksheet has no highest grade.
        UnknownProblem: no problem has this name.
    """
    contents: dict[str, str | bytes] = {
        # Without the mark at its beginning, Excel reads a CSV file as if it were not UTF-8.
        "gradebook.csv": "\ufeff" + as_csv(gradebook_rows(cohort)),
    }
    if cohort.exams:
        contents[EXAM] = _exam_csv(cohort.exams, [one.learner for one in cohort.learners])
    of_exams = exam_imports(cohort)
    contents |= {
        name: as_csv(rows)
        for name, rows in of_exams.tables.items()
        if len(rows) > HEAD_ROWS or (folder / name).exists()
    }
    imports, notes = _imports(cohort, folder, problem)
    contents |= {**imports, "results.json": results_json(cohort, groups)}
    return Exported(_write(contents, folder), (*notes, *of_exams.notes))


def write_exam(totals: Sequence[ExamTotal], people: Sequence[Learner], folder: Path) -> Path:
    """Writes exam.csv alone, and returns its path. Raises BadCohort where the folder cannot be written."""
    return _write({EXAM: _exam_csv(totals, people)}, folder)[0]


def gradebook_rows(cohort: Cohort) -> Rows:
    """A row for everybody: totals of 100, what each problem counts (0 to 5) and how it came about.

    Where nothing counts yet and something still may, the points and the total are empty: they are not zero.
    """
    exams = exam_columns(cohort)
    yield (
        *("learner", "name", "email", "total", *(name for name, _ in exams)),
        *(f"{problem} {column}" for problem in cohort.problems for column in _COLUMNS),
    )
    for one in cohort.learners:
        learner = one.learner
        totals = [by_learner.get(learner.id) for _, by_learner in exams]
        waits = {each.problem for each in one.results if is_waited_for(cohort, learner.id, each)}
        cells = [
            None if column == "points" and result.problem in waits else cell(result)
            for result in one.results
            for column, cell in _COLUMNS.items()
        ]
        yield learner.id, learner.name, learner.email, None if waits else one.total, *totals, *cells


def _exam_csv(totals: Sequence[ExamTotal], people: Sequence[Learner]) -> str:
    return "\ufeff" + as_csv(exam_rows(totals, people))


def _write(contents: Mapping[str, str | bytes], folder: Path) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(write_whole(folder / name, content) for name, content in contents.items())
    except OSError as error:
        raise BadCohort(f"{folder} cannot be written: {reason_of(error)}.") from error


def _imports(
    cohort: Cohort, folder: Path, problem: str | None
) -> tuple[Mapping[str, str | bytes], tuple[str, ...]]:
    used = [each for each in cohort.problems if is_used(cohort, each)]
    if not used:
        nothing = "No problem has a result yet: there is nothing to import into Canvas or Moodle."
        return {}, () if any(totals for _, totals in exam_columns(cohort)) else (nothing,)
    canvas = canvas_files(cohort)
    pages = {one.learner.id: page_of(one, number) for number, one in enumerate(cohort.learners, 1)}
    contents: dict[str, str | bytes] = {
        name: as_csv(rows)
        for name, rows in canvas.tables.items()
        if len(rows) > HEAD_ROWS or (folder / name).exists()
    }
    contents["moodle.csv"] = as_csv(moodle_export.moodle_rows(cohort))
    contents["mail-merge.csv"] = "\ufeff" + as_csv(moodle_export.mail_rows(cohort, pages))
    written = {each: folder / name for each, name in pages.items() if (folder / name).is_file()}
    files = {each: path.read_bytes() for each, path in written.items()}
    comments = comment_files(cohort, files)
    contents |= comments.zips
    notes = [*canvas.notes, *comments.notes]
    if moodle_export.is_worksheet(cohort):
        chosen = used if problem is None else [find(problem).id]
        if len(chosen) == 1:
            rows = moodle_export.worksheet_rows(cohort, chosen[0])
            contents["moodle-worksheet.csv"] = as_csv(rows)
            notes += filter(None, [moodle_export.locked_note(cohort)])
        else:
            notes.append(
                "A grading worksheet is of one assignment. `tfprep cohort export --problem 1` fills it in "
                f"with the grades of a problem: {', '.join(used)}."
            )
        if files:
            contents["moodle-feedback.zip"] = moodle_export.feedback_zip(cohort, files)
    return contents, tuple(notes)


_COLUMNS: Final[dict[str, Callable[[Result], CsvValue]]] = {
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
