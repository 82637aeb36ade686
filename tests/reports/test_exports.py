"""What is exported can be imported where it is meant to be, and no cell of it is ever run."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.classroom.roster import read_assignments, read_roster
from tfprep.cohorts import Cohort, Learner, Pending, Result
from tfprep.errors import BadCohort
from tfprep.files.csv_tables import as_csv, spreadsheet_text
from tfprep.grader.records.cohort import Unmatched
from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.page import write_cohort

from .canvas import Assignment, Course, InvalidHeader, Student, Upload
from .cohorts import PROBLEMS, learner_result, small, strangers

RUNS = set("=+-@")


def is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9.,]+([eE][+-]?[0-9]+)?%?|[+-]", cell) is not None


def would_run(cell: str) -> bool:
    """Whether a spreadsheet may take the cell for a formula, in any width and behind any space."""
    first = unicodedata.normalize("NFKC", cell.lstrip()[:1])
    return bool(first) and first[0] in RUNS and not is_number(cell.strip())


def exported(folder: Path, cohort: Cohort) -> dict[str, list[list[str]]]:
    """Every CSV file of an export, as rows."""
    tables = {}
    for path in write_exports(cohort, folder).paths:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                tables[path.name] = list(csv.reader(file, strict=True))
    return tables


def with_roster(cohort: Cohort, roster: tuple[Learner, ...]) -> Cohort:
    """The cohort's first standings as those of other people."""
    people = zip(roster, cohort.learners, strict=False)
    learners = tuple(learner_result(who, one.results) for who, one in people)
    return replace(cohort, learners=learners, pending=())


def test_the_gradebook_has_a_row_for_everybody(tmp_path: Path) -> None:
    header, *rows = exported(tmp_path, small())["gradebook.csv"]
    assert header[:4] == ["learner", "name", "email", "total"]
    ada, bo, cem, dee = (dict(zip(header, row, strict=True)) for row in rows)
    assert (ada["learner"], ada["total"], ada["problem1 points"]) == ("ada", "100", "5")
    assert (bo["problem2 points"], bo["problem2 machine"], bo["problem2 penalty"]) == ("3.2", "4", "0.2")
    assert (bo["problem2 hours late"], bo["problem2 attempts"]) == ("26", "2")
    assert (bo["problem3 override"], bo["problem3 machine"]) == ("4", "2")
    assert (cem["name"], cem["problem2 verdict"]) == ("Cem Öztürk-Oyelaran de la Fuente", "invalid")
    assert (dee["total"], dee["problem1 submission"]) == ("0", "")


def test_pandas_reads_the_numbers_as_numbers(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    table = pd.read_csv(tmp_path / "gradebook.csv", encoding="utf-8-sig")
    assert table["total"].dtype == float
    assert table["total"].tolist() == [round(one.total, 2) for one in small().learners]
    assert table["problem2 points"].tolist() == [5.0, 3.2, 0.0, 0.0]


@pytest.mark.parametrize("cohort", [strangers(), small()], ids=["strangers", "small"])
def test_no_cell_of_an_export_is_run(tmp_path: Path, cohort: Cohort) -> None:
    for path in write_exports(cohort, tmp_path).paths:
        if path.suffix == ".csv":
            text = path.read_text("utf-8-sig")
            for separator in ",;\t|":
                for row in csv.reader(io.StringIO(text), delimiter=separator):
                    assert not [cell for cell in row if would_run(cell)]


RUNNING = (
    *(
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0dcmd",
        "\uff20x",
    ),
    *("\u00a0=1", "'=1", '"=1', "Ada;=1+1", "Ada, @x", "a\t=1", "\u200b=1", "\ufeff=1", "\u22122+3"),
    "=cmd|'/C calc'!A0",
)
PLAIN = (
    *("-5", "-0.25", "+3", "1e-5", "-", "0,5", "ada", "007", "Participant 12345", "ada@example.org"),
    *("Lovelace, Ada", "M\u00fcller-L\u00fcdenscheidt", "100.00", "3%"),
)


@pytest.mark.parametrize("text", RUNNING)
def test_what_would_run_becomes_text(text: str) -> None:
    for separator in ",;\t":
        (cells,) = csv.reader([spreadsheet_text(text)], delimiter=separator)
        assert not [cell for cell in cells if would_run(cell)]


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_names_and_ids_stay_as_they_are(text: str) -> None:
    assert spreadsheet_text(text) == text


@given(st.lists(st.lists(st.text(max_size=40), min_size=2, max_size=4), min_size=1, max_size=4))
def test_whatever_is_written_no_cell_runs_in_any_reading(rows: list[list[str]]) -> None:
    text = as_csv(rows)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if would_run(cell)]
    assert [len(row) for row in csv.reader(io.StringIO(text, newline=""))] == [len(row) for row in rows]


HARMFUL = st.text(st.sampled_from("=+-@;,|\t\r\n '\"\uff1d\uff0da1"), min_size=1, max_size=12)


@given(st.lists(HARMFUL, min_size=1, max_size=4))
def test_what_is_made_to_run_does_not(cells: list[str]) -> None:
    text = as_csv([cells])
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if would_run(cell)]


@given(st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9))
def test_numbers_come_back(number: float) -> None:
    ((cell,),) = csv.reader(io.StringIO(as_csv([[number]])))
    assert float(cell) == pytest.approx(number, abs=0.005001)
    assert "e" not in cell


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework (881)
    Points Possible,,,,,10
"Lovelace, Ada",4711,s1,ada@example.org,Section A,3
"=Hopper, Grace",4712,s2,ghopper,Section A and B,
"""
ADA = Student(4711, "Ada Lovelace", "Lovelace, Ada", "ada@example.org", "s1")
GRACE = Student(4712, "Grace Hopper", "=Hopper, Grace", "ghopper", "s2")


def upload_all(course: Course, folder: Path, cohort: Cohort) -> list[Upload]:
    """Uploads every file for Canvas, as a mentor would."""
    files = [path for path in write_exports(cohort, folder).paths if path.name.startswith("canvas")]
    return [course.import_file(path.read_bytes().decode("utf-8")) for path in files]


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
    assert any("1 of 2 learners lack a grade in some column" in note and "Ada" in note for note in notes)
    uploads = upload_all(course, tmp_path, of_canvas)
    assert [upload.students for upload in uploads if upload.students] == [[ADA, GRACE]]


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


WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 12345","Ada Lovelace",ada@example.org,"Submitted for grading",,"10.00",Yes,-,-,"=well done"
"Participant 12346","Grace Hopper",g@x.org,"No submission",7,"10.00",Yes,-,"Friday, 5 June 2026, 1:05 PM",
"""


GERMAN = """ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,\
Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar
Teilnehmer/in12345,Ada Lovelace,ada@example.org,Zur Bewertung abgegeben,,"20,00",Ja,-,-,
Teilnehmer/in12346,Grace Hopper,g@x.org,Keine Abgabe,,"20,00",Ja,-,-,
"""


def with_worksheet(folder: Path, text: str) -> Cohort:
    (folder / "roster.csv").write_text(text, "utf-8-sig")
    return with_roster(small(), read_roster(folder / "roster.csv"))


@pytest.mark.parametrize("spelling", ["Maximum Grade", "Maximum grade", "MAXIMUM GRADE"])
def test_moodle_takes_its_worksheet_back(tmp_path: Path, spelling: str) -> None:
    text = WORKSHEET.replace("Maximum Grade", spelling).replace("=well done", "Well done.")
    cohort = with_worksheet(tmp_path, text)
    write_exports(cohort, tmp_path / "out", "2")
    with (tmp_path / "out" / "moodle-worksheet.csv").open(newline="") as file:
        header, ada, grace = list(csv.reader(file))
    assert header == list(cohort.learners[0].learner.columns)
    values, of_grace = (dict(zip(header, row, strict=True)) for row in (ada, grace))
    assert (values["Identifier"], values["Grade"]) == ("Participant 12345", "10.00")
    assert (values[spelling], values["Last modified (grade)"]) == ("10.00", "-")
    assert values["Feedback comments"] == "Well done.", "a mentor's own comment stays"
    assert (of_grace["Grade"], of_grace["Last modified (grade)"]) == ("6.40", "Friday, 5 June 2026, 1:05 PM")
    assert "Handed in late: 20% less." in of_grace["Feedback comments"]
    again = read_roster(tmp_path / "out" / "moodle-worksheet.csv")
    assert [learner.columns["Identifier"] for learner in again] == ["Participant 12345", "Participant 12346"]


def test_comments_that_would_come_back_changed_are_left_alone(tmp_path: Path) -> None:
    write_exports(with_worksheet(tmp_path, WORKSHEET), tmp_path / "out", "2")
    rows = list(csv.DictReader((tmp_path / "out" / "moodle-worksheet.csv").read_text().splitlines()))
    assert "Feedback comments" not in rows[0]
    assert rows[0]["Grade"] == "10.00"


def test_a_worksheet_in_german_is_filled_in_with_its_own_numbers(tmp_path: Path) -> None:
    cohort = with_worksheet(tmp_path, GERMAN)
    write_exports(cohort, tmp_path / "out", "mnist")
    rows = list(csv.DictReader((tmp_path / "out" / "moodle-worksheet.csv").read_text().splitlines()))
    assert [row["Bewertung"] for row in rows] == ["20,00", "12,80"]
    assert all(row["Feedback als Kommentar"] for row in rows)


def test_a_worksheet_is_of_one_assignment_and_it_is_asked_which(tmp_path: Path) -> None:
    done = write_exports(with_worksheet(tmp_path, WORKSHEET), tmp_path / "out")
    assert "moodle-worksheet.csv" not in {path.name for path in done.paths}
    assert any("`tfprep cohort export --problem 1`" in note for note in done.notes)


def test_a_worksheet_without_a_highest_grade_is_an_error(tmp_path: Path) -> None:
    cohort = with_worksheet(tmp_path, WORKSHEET.replace('"10.00"', '"pass or fail"'))
    with pytest.raises(BadCohort, match="no column with the highest grade"):
        write_exports(cohort, tmp_path / "out", "1")


def test_moodle_takes_a_page_for_each_learner_as_feedback_files(tmp_path: Path) -> None:
    cohort = with_worksheet(tmp_path, WORKSHEET.replace("Grace Hopper", "Grace O'Hopper/../x"))
    write_cohort(cohort, tmp_path)
    write_exports(cohort, tmp_path, "1")
    with zipfile.ZipFile(tmp_path / "moodle-feedback.zip") as archive:
        assert archive.namelist() == [
            "Ada Lovelace_12345_assignsubmission_file_/feedback.html",
            "Grace OHopper..x_12346_assignsubmission_file_/feedback.html",
        ]
        assert b"Ada Lovelace" in archive.read(archive.namelist()[0])


def test_a_mail_merge_has_a_line_for_each_result(tmp_path: Path) -> None:
    header, *rows = exported(tmp_path, small())["mail-merge.csv"]
    assert header == ["name", "email", "problem", "score", "reason", "page"]
    ada = [row for row in rows if row[1] == "ada@school.example"]
    assert [(row[2], row[3]) for row in ada] == [(problem, "5") for problem in PROBLEMS]
    assert {row[5] for row in ada} == {"learners/0001-ada.html"}
    assert not [row for row in rows if row[0] == "Dee"], "nothing was handed in"


def test_there_is_no_worksheet_without_moodles_own(tmp_path: Path) -> None:
    assert "moodle-worksheet.csv" not in exported(tmp_path, small())


def test_moodles_gradebook_knows_people_by_id_and_address(tmp_path: Path) -> None:
    header, ada, *_ = exported(tmp_path, small())["moodle.csv"]
    assert header[:3] == ["ID number", "Full name", "Email address"]
    assert ada[:4] == ["ada", "Ada Okonkwo", "ada@school.example", "5"]


def test_a_problem_that_this_installation_lacks_is_exported_by_its_id(tmp_path: Path) -> None:
    """Graded by one that had more problems."""
    cohort = small()
    people = tuple(
        replace(one, results=(replace(one.results[0], problem="problem99"), *one.results[1:]))
        for one in cohort.learners
    )
    tables = exported(tmp_path, replace(cohort, problems=("problem99", *PROBLEMS[1:]), learners=people))
    assert "Spring 2026: problem99" in tables["moodle.csv"][0]


def test_what_is_still_to_come_or_was_never_handed_in_is_left_open(tmp_path: Path) -> None:
    _, _, _, cem, dee = exported(tmp_path, small())["moodle.csv"]
    assert cem[-1] == "", "the engine went away: no result yet"
    assert dee[3:] == [""] * 5, "nothing was handed in"
    *_, dee = exported(tmp_path, replace(small(), missing_is_zero=True))["moodle.csv"]
    assert dee[3:] == ["0"] * 5


def test_the_results_for_programs_keep_their_shape(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    values = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (values["schema"], values["version"]) == ("tfprep.cohort.results", 1)
    assert set(values) == {
        "schema", "version", "cohort", "deadline", "notes", "problems", "learners", "unplaced",
        "pending", "exams",
    }  # fmt: skip
    ada = values["learners"][0]
    assert set(ada) == {"id", "name", "email", "total", "results"}
    assert set(ada["results"][0]) == {
        "problem", "points", "machine_score", "override", "penalty", "handed_in", "deadline",
            "marked_late", "late_seconds", "counted", "attempts",
    }  # fmt: skip
    bo = values["learners"][1]["results"]
    assert bo[1]["late_seconds"] == 26 * 3600
    assert bo[2]["override"]["by"] == "m. ortiz"
    assert values["pending"][0]["learner"] == "c-17"


def test_strangers_words_are_valid_json_in_utf_8(tmp_path: Path) -> None:
    write_exports(strangers(), tmp_path)
    json.loads((tmp_path / "results.json").read_bytes().decode("utf-8"))


def test_the_same_cohort_gives_the_same_files(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "a").paths}
    assert first == {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "b").paths}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "canvas.csv").unlink()
    (tmp_path / "canvas.csv").mkdir()
    with pytest.raises(BadCohort, match="cannot be written"):
        write_exports(replace(small(), name="Summer"), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(before)
    assert (tmp_path / "results.json").read_bytes() == before["results.json"]


def test_an_empty_cohort_can_be_exported(tmp_path: Path) -> None:
    tables = exported(tmp_path, replace(small(), learners=(), pending=()))
    assert {name: len(rows) for name, rows in tables.items()} == {"gradebook.csv": 1}
