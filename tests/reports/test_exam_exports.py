"""Canvas and Moodle take the totals of an exam: who has none keeps what they have there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_assignments, read_roster
from tfprep.classroom.rules_file import read_rules
from tfprep.cohorts import Cohort, Result
from tfprep.cohorts.gradebook.gradebook import compute_results
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.reports.cohort.exports import write_exports

from .canvas import Assignment, Course
from .cohorts import small
from .exported import exported, with_roster
from .test_canvas_export import ADA, CANVAS, GRACE
from .test_exam_results import total

EXAM = CANVAS.replace("Homework (881)", "Final exam (12)")


@pytest.fixture
def examined(tmp_path: Path) -> Cohort:
    """A cohort from Canvas: Ada has a total of an exam, Grace none. No problem was handed in."""
    roster = tmp_path / "roster.csv"
    roster.write_text(EXAM)
    cohort = with_roster(small(), read_roster(roster))
    people = tuple(
        replace(one, results=tuple(Result(each.problem) for each in one.results)) for one in cohort.learners
    )
    ada = people[0].learner.id
    return replace(cohort, learners=people, exams=(total(ada),), assignments=read_assignments(roster))


@pytest.fixture
def course() -> Course:
    """The course that the roster is of, with an assignment of 10 points for the exam."""
    return Course((ADA, GRACE), [Assignment(12, "Final exam", "10", {4711: "3", 4712: "7"})])


def upload(course: Course, folder: Path, cohort: Cohort) -> None:
    course.import_file((folder / "exam-canvas.csv").read_text("utf-8"))


def test_canvas_makes_a_column_for_the_exam_and_clears_nobody_s_grade(
    tmp_path: Path, examined: Cohort, course: Course
) -> None:
    done = write_exports(examined, tmp_path / "out")
    assert done.notes == ()
    upload(course, tmp_path / "out", examined)
    assert course.grades(4711) == {"Final exam": "3", "Spring 2026: exam total": "85"}
    assert course.grades(4712) == {"Final exam": "7"}
    assert next(each for each in course.assignments if "total" in each.title).points == "100"


def test_the_course_s_own_assignment_takes_the_total_on_its_scale(
    tmp_path: Path, examined: Cohort, course: Course
) -> None:
    (tmp_path / "cohort.toml").write_text('[exam]\ncanvas = "Final exam (12)"\n')
    named = compute_results(CohortNote("Spring"), read_rules(tmp_path / "cohort.toml"), (), ())
    own = replace(examined, canvas_columns=named.canvas_columns)
    write_exports(own, tmp_path / "out")
    upload(course, tmp_path / "out", own)
    assert course.grades(4711) == {"Final exam": "8.5"}
    assert course.grades(4712) == {"Final exam": "7"}


def test_where_the_scale_of_the_course_s_own_assignment_is_not_known_this_is_told(
    tmp_path: Path, examined: Cohort
) -> None:
    done = write_exports(replace(examined, canvas_columns={"exam": "Other (13)"}), tmp_path)
    assert not (tmp_path / "exam-canvas.csv").exists()
    assert "how many points 'Other (13)' is worth" in done.notes[0]


def test_moodle_gets_a_column_of_each_exam_and_an_empty_cell_changes_nothing(
    tmp_path: Path, examined: Cohort
) -> None:
    second = replace(total(examined.learners[1].learner.id, 91.0), exam="fedcba9876543210")
    tables = exported(tmp_path, replace(examined, exams=(*examined.exams, second)))
    header, ada, grace = tables["exam-moodle.csv"]
    assert header[:3] == ["ID number", "Full name", "Email address"]
    assert len(header) == 5
    assert all(title.startswith("Spring 2026: exam ") for title in header[3:])
    assert sorted((ada[3:], grace[3:])) == sorted((["85", ""], ["", "91"]))
    assert {"exam-canvas-1.csv", "exam-canvas-2.csv"} <= tables.keys()
