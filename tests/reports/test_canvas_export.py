"""Canvas takes what is exported for it, clears no grade for it, and gives nobody another's."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_assignments, read_roster
from tfprep.cohorts import Cohort, Learner, Pending, Result
from tfprep.grader.records.cohort import Unmatched
from tfprep.reports.cohort.canvas_export import canvas_files
from tfprep.reports.cohort.exports import write_exports

from .canvas import Assignment, Course, InvalidHeader, Student
from .cohorts import PROBLEMS, small, strangers
from .exported import exported, upload_all, with_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework (881)
    Points Possible,,,,,10
"Lovelace, Ada",4711,s1,ada@example.org,Section A,3
"=Hopper, Grace",4712,s2,ghopper,Section A and B,
"""
ADA = Student(4711, "Ada Lovelace", "Lovelace, Ada", "ada@example.org", "s1")
GRACE = Student(4712, "Grace Hopper", "=Hopper, Grace", "ghopper", "s2")


def whole(cohort: Cohort) -> Cohort:
    """The cohort without a result that is missing or still to come."""
    done = tuple(one for one in cohort.learners if all(result.counted is not None for result in one.results))
    return replace(cohort, learners=done, pending=(), unmatched=())


@pytest.fixture
def of_canvas(tmp_path: Path) -> Cohort:
    """A cohort whose roster is what Canvas exports."""
    (tmp_path / "roster.csv").write_text(CANVAS)
    return with_roster(small(), read_roster(tmp_path / "roster.csv"))


@pytest.fixture
def course() -> Course:
    """The course that the roster is of."""
    return Course((ADA, GRACE), [Assignment(881, "Homework", "10", {4711: "3"})])


def test_canvas_finds_everybody_and_takes_their_grades(
    tmp_path: Path, of_canvas: Cohort, course: Course
) -> None:
    (upload,) = upload_all(course, tmp_path, of_canvas)
    assert upload.students == [ADA, GRACE]
    assert upload.strangers == []
    assert upload.new_assignments == upload.changed
    assert len(upload.new_assignments) == len(PROBLEMS)
    ada, grace = course.grades(4711), course.grades(4712)
    assert ada.pop("Homework") == "3", "what the file does not name stays"
    assert set(ada.values()) == {"5"}
    assert [float(grade) for grade in grace.values()][:3] == [5.0, 3.2, 4.0]
    assert {each.points for each in course.assignments} == {"10", "5"}


def test_a_total_is_a_column_where_the_rules_want_it(
    tmp_path: Path, of_canvas: Cohort, course: Course
) -> None:
    upload_all(course, tmp_path, replace(of_canvas, export_total=True))
    assert course.grades(4711)["Spring 2026: total"] == "100"


OWN = """Student,ID,SIS User ID,SIS Login ID,Section,Problem 1: cars (8811),Digits (mnist) (8812),Essay (8813)
    Points Possible,,,,,100,10,20
"Lovelace, Ada",4711,s1,ada@example.org,Section A,,,18
"""


def test_the_course_s_own_assignments_get_the_grades_on_their_own_scale(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(OWN)
    roster, assignments = read_roster(tmp_path / "roster.csv"), read_assignments(tmp_path / "roster.csv")
    assert assignments == {
        "Problem 1: cars (8811)": 100,
        "Digits (mnist) (8812)": 10,
        "Essay (8813)": 20,
    }
    course = Course(
        (ADA,),
        [
            Assignment(8811, "Problem 1: cars", "100"),
            Assignment(8812, "Digits (mnist)", "10"),
            Assignment(8813, "Essay", "20", {4711: "18"}),
        ],
    )
    cohort = replace(with_roster(small(), roster), assignments=assignments)
    (upload,) = upload_all(course, tmp_path / "out", cohort)
    assert [title[:14] for title in upload.new_assignments] == [f"Spring 2026: {n}" for n in (3, 4, 5)]
    grades = course.grades(4711)
    assert (grades["Problem 1: cars"], grades["Digits (mnist)"], grades["Essay"]) == ("100", "10", "18")


def test_the_rules_may_name_the_course_s_assignment_and_what_it_is_worth_must_be_known(
    tmp_path: Path, of_canvas: Cohort
) -> None:
    named = replace(of_canvas, canvas_columns={"problem1": "Homework (881)"})
    exported_ = write_exports(named, tmp_path)
    assert any("it is not known how many points 'Homework (881)'" in note for note in exported_.notes)
    assert "Homework" not in (tmp_path / "canvas.csv").read_text()
    write_exports(replace(named, assignments={"Homework (881)": 10.0}), tmp_path)
    header, points, ada, *_ = list(csv.reader((tmp_path / "canvas.csv").read_text().splitlines()))
    column = header.index("Homework (881)")
    assert (points[column], ada[column]) == ("10", "10")


def test_a_canvas_export_is_a_roster_again(tmp_path: Path, of_canvas: Cohort) -> None:
    rows = exported(tmp_path / "out", of_canvas)["canvas.csv"]
    assert rows[2][:6] == ["Lovelace, Ada", "4711", "s1", "ada@example.org", "Section A", "5"]
    assert rows[3][:2] == ["'=Hopper, Grace", "4712"]
    again = read_roster(tmp_path / "out" / "canvas.csv")
    assert [learner.id for learner in again] == ["4711", "4712"]


def test_the_same_file_imported_again_changes_nothing(
    tmp_path: Path, of_canvas: Cohort, course: Course
) -> None:
    upload_all(course, tmp_path, of_canvas)
    (upload,) = upload_all(course, tmp_path, of_canvas)
    assert (upload.new_assignments, upload.changed) == ([], [])


def resubmitted(cohort: Cohort) -> Cohort:
    """The cohort while a learner's new file for the first problem has no result yet."""
    learner = cohort.learners[0].learner.id
    return replace(cohort, pending=(Pending(learner, PROBLEMS[0], "mymodel.h5", "Not graded yet."),))


def ambiguous(cohort: Cohort) -> Cohort:
    """The cohort when a learner's file was found and could not be placed."""
    learner = cohort.learners[0].learner.id
    return replace(cohort, unmatched=(Unmatched("x/mymodel.h5", "Two files.", learner, PROBLEMS[0]),))


@pytest.mark.parametrize("later", [resubmitted, ambiguous])
def test_what_is_open_clears_no_grade_in_canvas(
    tmp_path: Path, of_canvas: Cohort, course: Course, later: Callable[[Cohort], Cohort]
) -> None:
    upload_all(course, tmp_path, of_canvas)
    before = course.grades(4711)
    upload_all(course, tmp_path, later(of_canvas))
    assert course.grades(4711) == before


def test_whoever_lacks_a_grade_stands_in_a_file_for_each_assignment_and_is_named(
    tmp_path: Path, of_canvas: Cohort, course: Course
) -> None:
    uploads = upload_all(course, tmp_path, resubmitted(of_canvas))
    assert [upload.students for upload in uploads] == [[GRACE], *[[ADA]] * (len(PROBLEMS) - 1)]
    assert len(course.grades(4711)) == len(PROBLEMS)
    notes = write_exports(resubmitted(of_canvas), tmp_path).notes
    assert any("missing in some column: 1 of 2 learners" in note and "Ada" in note for note in notes)
    uploads = upload_all(course, tmp_path, of_canvas)
    assert [upload.students for upload in uploads if upload.students] == [[ADA, GRACE]]


def test_no_further_file_is_promised_where_nobody_has_a_grade_for_it(
    tmp_path: Path, of_canvas: Cohort
) -> None:
    """A cohort of one problem, in which a learner's file has no result yet."""
    several = resubmitted(of_canvas)
    learners = tuple(replace(one, results=one.results[:1]) for one in several.learners)
    alone = replace(several, problems=PROBLEMS[:1], weights=several.weights[:1], learners=learners)
    written = write_exports(alone, tmp_path)
    assert not [path for path in written.paths if path.name.startswith("canvas-")]
    assert any("A grade is missing" in note and "canvas-….csv" not in note for note in written.notes)


def test_canvas_finds_people_of_a_roster_of_ones_own_by_login_or_name(tmp_path: Path) -> None:
    course = Course(
        (
            Student(1, "A. Okonkwo", login="ada@school.example"),
            Student(2, "Bo B.", login="bo"),
            Student(3, "Cem Öztürk-Oyelaran de la Fuente"),
            Student(4, "Dee"),
        )
    )
    uploads = upload_all(course, tmp_path, small())
    assert {student.id for upload in uploads for student in upload.students} == {1, 2, 3}
    assert course.grades(4) == {}, "nothing was handed in"
    upload_all(course, tmp_path, replace(small(), missing_is_zero=True))
    assert set(course.grades(4).values()) == {"0"}


def test_a_number_of_one_s_own_roster_is_not_taken_for_canvas_s_id(tmp_path: Path) -> None:
    numbered = with_roster(whole(small()), (Learner("1", "Ada Okonkwo"), Learner("2", "Bo")))
    course = Course((Student(1, "Somebody Else"), Student(7, "Ada Okonkwo"), Student(8, "Bo")))
    upload_all(course, tmp_path, numbered)
    assert course.grades(1) == {}
    assert course.grades(7)


def test_what_nobody_handed_in_is_no_column_and_without_results_there_is_nothing_to_import(
    tmp_path: Path,
) -> None:
    people = small().learners
    empty = [replace(one, results=tuple(Result(each.problem) for each in one.results)) for one in people]
    ada = replace(people[0], results=(people[0].results[0], *empty[0].results[1:]))
    one_result = replace(small(), learners=(ada,), pending=())
    header, *_ = exported(tmp_path / "one", replace(one_result, missing_is_zero=True))["canvas.csv"]
    assert len([name for name in header if name.startswith("Spring 2026: ")]) == 1
    nothing_yet = write_exports(replace(small(), learners=tuple(empty), pending=()), tmp_path / "none")
    assert {path.name for path in nothing_yet.paths} == {"gradebook.csv", "results.json"}
    assert "nothing to import" in nothing_yet.notes[0]


def test_somebody_who_is_not_in_the_course_gets_nobodys_grades(tmp_path: Path) -> None:
    course = Course((Student(1, "Somebody Else"),))
    uploads = upload_all(course, tmp_path, small())
    assert [upload.students for upload in uploads if upload.students] == []
    assert course.grades(1) == {}


@pytest.mark.parametrize("name", ["Final Score (2026)", "Current Grade", "Spring; 2026", "Override Points"])
def test_canvas_does_not_take_a_cohorts_name_for_a_column_of_its_own(tmp_path: Path, name: str) -> None:
    named = replace(whole(small()), name=name, export_total=True)
    (upload,) = upload_all(Course(()), tmp_path, named)
    assert len(upload.new_assignments) == len(PROBLEMS) + 1


def test_canvas_reads_the_file_of_strangers(tmp_path: Path) -> None:
    (upload,) = upload_all(Course(()), tmp_path, replace(strangers(), pending=(), unmatched=()))
    assert len(upload.strangers) == 1
    assert len(upload.new_assignments) == 1


def test_a_file_without_canvas_s_columns_is_refused_by_the_model_too() -> None:
    with pytest.raises(InvalidHeader):
        Course(()).import_file("id,name,grade\n1,Ada,5\n")


def test_who_is_excused_in_canvas_stays_so_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(OWN.replace("Section A,,,18", "Section A,,EX,18"))
    roster, assignments = read_roster(tmp_path / "roster.csv"), read_assignments(tmp_path / "roster.csv")
    cohort = replace(with_roster(small(), roster), assignments=assignments)
    course = Course(
        (ADA,),
        [Assignment(8811, "Problem 1: cars", "100"), Assignment(8812, "Digits (mnist)", "10", {4711: "EX"})],
    )
    upload_all(course, tmp_path / "out", cohort)
    assert (course.grades(4711)["Problem 1: cars"], course.grades(4711)["Digits (mnist)"]) == ("100", "EX")
    notes = write_exports(cohort, tmp_path / "out").notes
    assert "Excused in Canvas from Digits (mnist) (8812), and left so: Ada Lovelace." in notes


def test_assignments_whose_names_no_file_keeps_apart_have_files_of_their_own(tmp_path: Path) -> None:
    text = OWN.replace("Problem 1: cars (8811)", "課題").replace("Digits (mnist) (8812)", "宿題")
    (tmp_path / "roster.csv").write_text(text)
    roster = read_roster(tmp_path / "roster.csv")
    columns = {"problem1": "課題", "problem2": "宿題"}
    cohort = replace(
        with_roster(small(), roster), assignments={"課題": 5.0, "宿題": 5.0}, canvas_columns=columns
    )
    tables = canvas_files(cohort).tables
    headers = [rows[0][-1] for name, rows in tables.items() if name != "canvas.csv"]
    assert headers[:2] == ["課題", "宿題"]
    assert len(headers) == len(cohort.problems)
