"""What is exported can be imported where it is meant to be, and no cell of it is ever run."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.classroom.roster import read_roster
from tfprep.cohorts import Cohort, Learner, Pending
from tfprep.errors import BadCohort
from tfprep.files.csv_tables import as_csv, spreadsheet_text
from tfprep.reports.cohort.exports import write_exports

from .canvas import Assignment, Course, InvalidHeader, Student
from .cohorts import PROBLEMS, learner_result, many, small, strangers

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
    for path in write_exports(cohort, folder):
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
    for path in write_exports(cohort, tmp_path):
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


def canvas_file(folder: Path, cohort: Cohort) -> str:
    """The file for Canvas, as it is uploaded."""
    write_exports(cohort, folder)
    return (folder / "canvas.csv").read_bytes().decode("utf-8")


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
    upload = course.import_file(canvas_file(tmp_path, of_canvas))
    assert upload.students == [ADA, GRACE]
    assert upload.strangers == []
    assert upload.new_assignments == upload.changed
    assert len(upload.new_assignments) == len(PROBLEMS) + 1
    ada, grace = course.grades(4711), course.grades(4712)
    assert ada.pop("Homework") == "3", "what the file does not name stays"
    assert set(ada.values()) == {"5", "100"}
    assert [float(grade) for grade in grace.values()][:3] == [5.0, 3.2, 4.0]
    assert {each.points for each in course.assignments} == {"10", "5", "100"}


def test_a_canvas_export_is_a_roster_again(tmp_path: Path, of_canvas: Cohort) -> None:
    rows = exported(tmp_path / "out", of_canvas)["canvas.csv"]
    assert rows[2][:6] == ["Lovelace, Ada", "4711", "s1", "ada@example.org", "Section A", "5"]
    assert rows[3][:2] == ["'=Hopper, Grace", "4712"]
    again = read_roster(tmp_path / "out" / "canvas.csv")
    assert [learner.id for learner in again] == ["4711", "4712"]


def test_the_same_file_imported_again_changes_nothing(
    tmp_path: Path, of_canvas: Cohort, course: Course
) -> None:
    text = canvas_file(tmp_path, of_canvas)
    course.import_file(text)
    upload = course.import_file(text)
    assert (upload.new_assignments, upload.changed) == ([], [])


def resubmitted(cohort: Cohort) -> Cohort:
    """The cohort while a learner's new file for the first problem has no result yet."""
    learner = cohort.learners[0].learner.id
    return replace(cohort, pending=(Pending(learner, PROBLEMS[0], "mymodel.h5", "Not graded yet."),))


@pytest.mark.xfail(
    strict=True,
    reason="Canvas takes an empty cell for a change where there is a grade, and clears it.",
)
def test_an_empty_cell_changes_nothing_in_canvas(tmp_path: Path, of_canvas: Cohort, course: Course) -> None:
    course.import_file(canvas_file(tmp_path, of_canvas))
    before = course.grades(4711)
    course.import_file(canvas_file(tmp_path, resubmitted(of_canvas)))
    assert course.grades(4711) == before


def test_canvas_finds_people_of_a_roster_of_ones_own_by_login_or_name(tmp_path: Path) -> None:
    course = Course(
        (
            Student(1, "A. Okonkwo", login="ada@school.example"),
            Student(2, "Bo B.", login="bo"),
            Student(3, "Cem Öztürk-Oyelaran de la Fuente"),
            Student(4, "Dee"),
        )
    )
    upload = course.import_file(canvas_file(tmp_path, small()))
    assert [student.id for student in upload.students] == [1, 2, 3, 4]
    assert "Spring 2026: total" not in course.grades(3), "a result is still to come"


def test_somebody_who_is_not_in_the_course_gets_nobodys_grades(tmp_path: Path) -> None:
    course = Course((Student(1, "Somebody Else"),))
    upload = course.import_file(canvas_file(tmp_path, small()))
    assert upload.students == []
    assert len(upload.strangers) == len(small().learners)


@pytest.mark.parametrize("name", ["Final Score (2026)", "Current Grade", "Spring; 2026", "Override Points"])
def test_canvas_does_not_take_a_cohorts_name_for_a_column_of_its_own(tmp_path: Path, name: str) -> None:
    upload = Course(()).import_file(canvas_file(tmp_path, replace(small(), name=name)))
    assert len(upload.new_assignments) == len(PROBLEMS) + 1


def test_canvas_reads_the_file_of_strangers(tmp_path: Path) -> None:
    upload = Course(()).import_file(canvas_file(tmp_path, strangers()))
    assert len(upload.strangers) == 1
    assert len(upload.new_assignments) == 2


def test_a_file_without_canvas_s_columns_is_refused_by_the_model_too() -> None:
    with pytest.raises(InvalidHeader):
        Course(()).import_file("id,name,grade\n1,Ada,5\n")


WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 12345","Ada Lovelace",ada@example.org,"Submitted for grading",,"10.00",Yes,-,-,"=well done"
"Participant 12346","Grace Hopper",g@x.org,"No submission",7,"10.00",Yes,-,"Friday, 5 June 2026, 1:05 PM",
"""


def test_moodle_takes_its_worksheet_back(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(WORKSHEET, "utf-8-sig")
    roster = read_roster(tmp_path / "roster.csv")
    header, ada, grace = exported(tmp_path / "out", with_roster(small(), roster))["moodle-worksheet.csv"]
    assert "Feedback comments" not in header
    values = dict(zip(header, ada, strict=True))
    assert (values["Identifier"], values["Grade"], values["Maximum Grade"]) == (
        "Participant 12345",
        "10",
        "10.00",
    )
    assert values["Last modified (grade)"] == "-"
    assert dict(zip(header, grace, strict=True))["Last modified (grade)"] == "Friday, 5 June 2026, 1:05 PM"
    again = read_roster(tmp_path / "out" / "moodle-worksheet.csv")
    assert [learner.columns["Identifier"] for learner in again] == ["Participant 12345", "Participant 12346"]


def test_there_is_no_worksheet_without_moodles_own(tmp_path: Path) -> None:
    assert set(exported(tmp_path, small())) == {"gradebook.csv", "canvas.csv", "moodle.csv"}


def test_moodles_gradebook_knows_people_by_id_and_address(tmp_path: Path) -> None:
    header, ada, *_ = exported(tmp_path, small())["moodle.csv"]
    assert header[:3] == ["ID number", "Full name", "Email address"]
    assert ada[:4] == ["ada", "Ada Okonkwo", "ada@school.example", "5"]


def test_what_is_still_to_come_is_left_open_and_nothing_is_zero(tmp_path: Path) -> None:
    header, _, _, cem, dee = exported(tmp_path, small())["moodle.csv"]
    assert dict(zip(header, cem, strict=True))["Spring 2026: total"] == ""
    assert cem[-2] == "", "the engine went away: no result yet"
    assert dee[3:] == ["0"] * 6, "nothing was handed in"


def test_the_results_for_programs_keep_their_shape(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    values = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (values["schema"], values["version"]) == ("tfprep.cohort.results", 1)
    assert set(values) == {
        "schema", "version", "cohort", "deadline", "problems", "learners", "unplaced", "pending",
    }  # fmt: skip
    ada = values["learners"][0]
    assert set(ada) == {"id", "name", "email", "total", "results"}
    assert set(ada["results"][0]) == {
        "problem", "points", "machine_score", "override", "penalty", "handed_in", "deadline",
            "late_seconds", "counted", "attempts",
    }  # fmt: skip
    bo = values["learners"][1]["results"]
    assert bo[1]["late_seconds"] == 26 * 3600
    assert bo[2]["override"]["by"] == "m. ortiz"
    assert values["pending"][0]["learner"] == "c-17"


def test_strangers_words_are_valid_json_in_utf_8(tmp_path: Path) -> None:
    write_exports(strangers(), tmp_path)
    json.loads((tmp_path / "results.json").read_bytes().decode("utf-8"))


def test_the_same_cohort_gives_the_same_files(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "a")}
    assert first == {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "b")}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "canvas.csv").unlink()
    (tmp_path / "canvas.csv").mkdir()
    with pytest.raises(BadCohort, match="cannot be written"):
        write_exports(many(3), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(before)
    assert (tmp_path / "results.json").read_bytes() == before["results.json"]


def test_an_empty_cohort_can_be_exported(tmp_path: Path) -> None:
    tables = exported(tmp_path, replace(small(), learners=(), pending=()))
    assert [len(rows) for rows in tables.values()] == [1, 2, 1]
