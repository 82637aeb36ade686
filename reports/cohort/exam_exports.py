"""Totals of exams as files that Canvas and Moodle import into their gradebooks.

exam-canvas.csv   Canvas: Grades > Import, as `canvas_export.py` says; of several exams a file each
exam-moodle.csv   Moodle: Grades > Import > CSV file, where each column is mapped by hand

A total is of 100 points. Who has none that counts is in no file of Canvas's, which clears a grade for an
empty cell; Moodle changes nothing for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...cohorts import Cohort
from ...grader.records.cohort import EXAM_COLUMN
from .canvas_export import TOTAL, Assignment, Rows, canvas_table, is_excused, safe_name
from .exam_results import exam_columns
from .moodle_export import PERSON, identify

MOODLE: Final = "exam-moodle.csv"


@dataclass(frozen=True)
class ExamImports:
    """Files by their names, and what a mentor should know of them."""

    tables: Mapping[str, Rows]
    notes: tuple[str, ...]


def exam_imports(cohort: Cohort) -> ExamImports:
    """The files; without an exam, none. A table of Canvas's without a person may be among them."""
    exams = exam_columns(cohort)
    if not exams:
        return ExamImports({}, ())
    named = {name: f"{safe_name(cohort)}: {name}" for name, _ in exams}
    tables, notes = {}, []
    for number, (name, totals) in enumerate(exams, 1):
        own = cohort.canvas_columns.get(EXAM_COLUMN, "") if len(exams) == 1 else ""
        points = cohort.assignments.get(own) if own else TOTAL
        if points is None:
            notes.append(
                f"The exam is not exported to Canvas: it is not known how many points {own!r} is worth. "
                "Give Canvas's own export as the roster, in which it is a column."
            )
            continue
        header = own or named[name]
        cells = tuple(
            None
            if (total := totals.get(one.learner.id)) is None or is_excused(one.learner, header)
            else total * points / TOTAL
            for one in cohort.learners
        )
        rows = [row for row, cell in enumerate(cells) if cell is not None]
        file = "exam-canvas.csv" if len(exams) == 1 else f"exam-canvas-{number}.csv"
        tables[file] = canvas_table(cohort, [Assignment(header, points, cells)], rows)
    tables[MOODLE] = [
        (*PERSON, *named.values()),
        *((*identify(one), *(totals.get(one.learner.id) for _, totals in exams)) for one in cohort.learners),
    ]
    return ExamImports(tables, tuple(notes))
