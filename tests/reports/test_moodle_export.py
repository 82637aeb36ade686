"""Moodle takes back its own worksheet and feedback files."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.cohorts import Cohort
from tfprep.errors import BadCohort
from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.page import write_cohort

from .cohorts import small
from .exported import with_roster

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


def test_a_highest_grade_that_a_spreadsheet_wrote_anew_in_some_rows_is_one_number(tmp_path: Path) -> None:
    cohort = with_worksheet(tmp_path, GERMAN.replace('"20,00"', "20", 1))
    write_exports(cohort, tmp_path / "out", "mnist")
    rows = list(csv.DictReader((tmp_path / "out" / "moodle-worksheet.csv").read_text().splitlines()))
    assert [row["Bewertung"] for row in rows] == ["20.00", "12,80"]
    with pytest.raises(BadCohort, match="no column with the highest grade"):
        write_exports(with_worksheet(tmp_path, GERMAN.replace('"20,00"', "30", 1)), tmp_path / "out", "1")


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


def test_a_name_with_an_underscore_is_written_as_moodle_writes_it(tmp_path: Path) -> None:
    """`is_valid_filename_for_import`: the participant's number is what stands behind the first "_"."""
    cohort = with_worksheet(tmp_path, WORKSHEET.replace("Ada Lovelace", "A_1 Under_score"))
    write_cohort(cohort, tmp_path)
    write_exports(cohort, tmp_path, "1")
    with zipfile.ZipFile(tmp_path / "moodle-feedback.zip") as archive:
        numbers = [name.split("_", 4)[1] for name in archive.namelist()]
    assert numbers == ["12345", "12346"]


def test_a_grade_that_moodle_has_locked_is_not_written_and_whose_it_is_is_told(tmp_path: Path) -> None:
    cohort = with_worksheet(tmp_path, GERMAN.replace(',,"20,00",Ja', ',7,"20,00",Nein', 1))
    done = write_exports(cohort, tmp_path / "out", "mnist")
    rows = list(csv.DictReader((tmp_path / "out" / "moodle-worksheet.csv").read_text().splitlines()))
    assert [(row["Bewertung"], bool(row["Feedback als Kommentar"])) for row in rows] == [
        ("7", False),
        ("12,80", True),
    ]
    assert "Moodle has locked the grade of Ada Lovelace: it stays as it is." in done.notes
