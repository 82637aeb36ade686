"""Rosters of one's own, from Canvas and from Moodle are read alike; an error names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.errors import BadCohort


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_encoding_and_separator_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "id,name,email\r\nzoe,Jürgen Müller,zoe@example.org\r\n\r\nada,,\r\n".replace(",", separator)
    zoe, ada = read_roster(written(tmp_path, text, encoding))
    assert (zoe.id, zoe.name, zoe.email) == ("zoe", "Jürgen Müller", "zoe@example.org")
    assert ada.shown == "ada"


def test_only_the_id_is_needed_and_columns_may_be_in_any_order(tmp_path: Path) -> None:
    (ada,) = read_roster(written(tmp_path, "Group,ID\nA,ada\n"))
    assert ada.id == "ada"
    assert ada.columns == {"Group": "A", "ID": "ada"}


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework (881),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,10,(read only)
"Lovelace, Ada",4711,s1,ada@example.org,Section A,3,90
"Hopper, Grace",4712,s2,ghopper,"Section A and B",,
"""


def test_a_canvas_gradebook_names_people_and_not_its_points(tmp_path: Path) -> None:
    ada, grace = read_roster(written(tmp_path, CANVAS))
    assert (ada.id, ada.name, ada.email) == ("4711", "Ada Lovelace", "ada@example.org")
    assert (grace.id, grace.name, grace.email) == ("4712", "Grace Hopper", "")
    assert grace.columns["Section"] == "Section A and B"


def test_a_canvas_gradebook_with_names_apart_is_read(tmp_path: Path) -> None:
    text = "LastName,FirstName,ID,SIS Login ID,Section\nLovelace,Ada,4711,ada,Section A\n"
    (ada,) = read_roster(written(tmp_path, text))
    assert (ada.id, ada.name) == ("4711", "Ada Lovelace")


WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (grade)"
"Participant 12345","Ada Lovelace",ada@example.org,"Submitted for grading",,100.00,-
"Participant 12346","Grace Hopper",grace@example.org,"No submission",,100.00,-
"""


def test_a_moodle_worksheet_is_read(tmp_path: Path) -> None:
    ada, grace = read_roster(written(tmp_path, WORKSHEET, "utf-8-sig"))
    assert (ada.id, ada.name) == ("ada@example.org", "Ada Lovelace")
    assert grace.columns["Identifier"] == "Participant 12346"


def test_an_anonymous_moodle_worksheet_is_read(tmp_path: Path) -> None:
    text = "Identifier,Full name,Grade\nParticipant 12345,Participant 12345,\n"
    (one,) = read_roster(written(tmp_path, text))
    assert one.id == "Participant 12345"


def test_moodles_participants_are_read(tmp_path: Path) -> None:
    text = "First name,Last name,ID number,Email address\nAda,Lovelace,,a@x.org\nGrace,Hopper,7,g@x.org\n"
    ada, grace = read_roster(written(tmp_path, text))
    assert (ada.id, ada.name, grace.id) == ("a@x.org", "Ada Lovelace", "g@x.org")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,name\nada,x\nada,y\n", "line 3: the id 'ada' is in line 2 already"),
        ("id,name\nada,x\nADA,y\n", "line 3: the id 'ADA' is in line 2 already"),
        ("id\nZo\u00eb\nZoe\u0308\n", "line 3"),
        ("id,name\n,x\n", "line 2: there is no id"),
        ("id,name\na\u202eda,x\n", "line 2: the id"),
        (f"id\n{'x' * 500}\n", "more than 120"),
        ("id,name\nada,Ada, Countess\n", "line 2: this row has 3 cells"),
        ("name,email\nada,x\n", "its columns are 'name', 'email'"),
        ("", "is empty"),
        ("id,name\n", "has no learners"),
        ('id\n"ada\n', "is not CSV"),
        ("id\nad\0a\n", "binary data"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadCohort) as caught:
        read_roster(written(tmp_path, text))
    assert message in str(caught.value)
    assert "roster.csv" in str(caught.value)


def test_a_missing_roster_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
