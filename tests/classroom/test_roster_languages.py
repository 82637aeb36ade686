"""Exports are read in the languages that they come in; who is not a learner is left out.

Headers and words: the language packs' assign.php and moodle.php (tests/evening/rosters.py repeats them).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tfprep.classroom.moodle_words import is_participant, is_staff, read_time
from tfprep.classroom.roster import read_roster, worksheet_number

from ..evening.people import make_class
from ..evening.rosters import LANGUAGES, PARTICIPANTS, ROSTERS, TIMES, WORKSHEETS
from .test_roster import written

CLASS = make_class(6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worksheet_and_participants_are_read_in_each_language(tmp_path: Path, language: str) -> None:
    for kind in ("worksheet", "participants", "blind"):
        roster = ROSTERS[f"{kind} {language}"]
        (tmp_path / "roster.csv").write_bytes(roster.write(CLASS))
        people = read_roster(tmp_path / "roster.csv")
        assert [one.id for one in people] == [roster.key(one) for one in CLASS]
        if kind != "blind":
            assert [(one.name, one.email) for one in people] == [(one.name, one.email) for one in CLASS]
        if kind != "participants":
            assert worksheet_number(people[0].columns)[1] == str(CLASS[0].moodle)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_time_is_read_as_its_language_writes_it(language: str) -> None:
    assert read_time(TIMES[language]) == datetime(2026, 6, 5, 13, 5)


@pytest.mark.parametrize(
    "text", ["-", "", "5 Quintember 2026, 13:05", "32 June 2026, 13:05", "5 June 2026, 13:05 PM"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_teachers_are_no_learners_and_students_are(language: str) -> None:
    _, student, teacher = PARTICIPANTS[language]
    assert is_staff(teacher)
    assert not is_staff(student)
    assert not is_staff(f"{teacher}, {student}")
    assert is_staff(f"Coach ({teacher})")
    assert not is_staff("")
    assert is_participant(WORKSHEETS[language][0])


def test_a_worksheet_of_an_unknown_language_is_known_by_its_structure(tmp_path: Path) -> None:
    text = "Tunniste,Koko nimi,Sähköposti,Status\nParticipant 1,Aino Virtanen,a@x.org,-\n"
    (one,) = read_roster(written(tmp_path, text))
    assert (one.id, one.name, one.email) == ("a@x.org", "Aino Virtanen", "a@x.org")


def test_ids_of_ones_own_that_look_numbered_stay_ids(tmp_path: Path) -> None:
    (one, _) = read_roster(written(tmp_path, "ID,name,email\nstud001,Ada,a@x.org\nstud002,Bo,b@x.org\n"))
    assert one.id == "stud001"
    assert worksheet_number(one.columns) == ("", "")


def test_canvass_special_rows_are_nobody_in_any_language(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW (1)\n"
        "    Punkte möglich,,,,,10\n"
        '"Lovelace, Ada",4711,s1,ada,A,\n'
        '"Student, Test",4799,,abc,A,\n'
    )
    (ada,) = read_roster(written(tmp_path, text))
    assert ada.id == "4711"


def test_canvass_groups_and_github_classrooms_roster_are_read(tmp_path: Path) -> None:
    text = "name,canvas_user_id,user_id,login_id,sections,group_name\nAda Lovelace,4711,s1,ada@x.org,A,Red\n"
    (ada,) = read_roster(written(tmp_path, text))
    assert (ada.id, ada.email, ada.columns["group_name"]) == ("4711", "ada@x.org", "Red")
    text = "identifier,github_username,github_id,name\nada@x.org,lovelace-a,1,Ada\n"
    (ada,) = read_roster(written(tmp_path, text))
    assert (ada.id, ada.name) == ("ada@x.org", "Ada")


def test_an_id_with_a_letter_in_two_characters_is_composed(tmp_path: Path) -> None:
    (one,) = read_roster(written(tmp_path, "id,name\nju\u0308rgen,Ju\u0308rgen\n"))
    assert one.id == "j\u00fcrgen"


@pytest.mark.parametrize(
    "text", ["5.6.2026, 13:05", "05.06.2026 13:05:59", "2026-06-05, 13:05", "2026-06-05  13:05"]
)
def test_a_time_in_numbers_is_read_where_their_order_is_certain(text: str) -> None:
    found = read_time(text)
    assert found is not None
    assert found.replace(second=0) == datetime(2026, 6, 5, 13, 5)


@pytest.mark.parametrize("text", ["5/6/2026, 13:05", "31.6.2026, 13:05", "2026-06-05", "-", ""])
def test_other_numbers_are_no_time(text: str) -> None:
    assert read_time(text) is None
