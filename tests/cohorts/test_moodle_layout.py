"""Moodle's naming is read as mod_assign/classes/downloader.php writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.grader.records.cohort import Learner

from .submission_files import models
from .test_layouts import CANVAS, ROSTER, imported, owners

WORKSHEET = [
    Learner(f"{name[0].lower()}@x.org", name, "", {"Identifier": number, "Status": "-", "Group": group})
    for name, number, group in (
        ("Ada Lovelace", "Participant 7", "Red"),
        ("Grace Hopper", "Participant 8", "Blue"),
    )
]


def test_moodles_group_number_is_no_participants_number(tmp_path: Path) -> None:
    files = models("Blue_7_assignsubmission_file/mymodel.h5")
    assert owners(imported(tmp_path, files, WORKSHEET)) == {"g@x.org"}


def test_a_number_with_another_name_is_listed_with_both(tmp_path: Path) -> None:
    found = imported(tmp_path, models("Grace Hopper_7_assignsubmission_file/mymodel.h5"), WORKSHEET)
    assert not found.files
    (draft,) = found.drafts
    assert draft.why == "The number 7 is Ada Lovelace's, and the name 'Grace Hopper' is somebody else's."
    assert draft.learner == "g@x.org"


ACCENTS = [
    Learner("4713", "Jörg Müller", columns={"Section": "A", "Student": "Müller, Jörg"}),
    Learner("j@x.org", "Jörg Müller", columns={"Identifier": "Participant 7", "Status": "-"}),
]


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("mullerjorg_4713_1_mymodel.h5", 0),
        ("muellerjoerg_4713_1_mymodel.h5", 0),
        ("jorgmuller_4713_1_mymodel.h5", 0),
        ("Jorg Muller_7_assignsubmission_file/mymodel.h5", 1),
        ("Jrg Mller_7_assignsubmission_file/mymodel.h5", 1),
    ],
)
def test_a_number_with_a_name_that_is_like_its_owners_is_a_question_and_not_about_groups(
    tmp_path: Path, path: str, person: int
) -> None:
    learner = ACCENTS[person]
    found = imported(tmp_path, models(path), [learner, *CANVAS])
    assert not found.files
    (draft,) = found.drafts
    assert (draft.learner, draft.problem) == (learner.id, "problem3")
    assert "is Jörg Müller's, and the name" in draft.why
    assert draft.why.endswith("is like it, but not the same. Is it theirs?")


def test_a_team_that_nobody_is_known_to_be_in_is_listed(tmp_path: Path) -> None:
    found = imported(tmp_path, models("Team X_8_assignsubmission_file/mymodel.h5"), WORKSHEET)
    assert not found.files
    assert "needs a column group" in found.drafts[0].why


def test_a_teams_work_is_everybodys_in_it(tmp_path: Path) -> None:
    for name in ("Team Rocket_12_assignsubmission_file/mymodel.h5", "teamrocket_99_1_mymodel.h5"):
        assert owners(imported(tmp_path, models(name), ROSTER)) == {"ada", "grace"}


def test_a_team_without_a_number_is_listed_unless_the_roster_has_it(tmp_path: Path) -> None:
    files = models("Default group_assignsubmission_file/mymodel.h5")
    assert not imported(tmp_path, files, WORKSHEET).files
    rest = [Learner("x", "X Y", "", {"Identifier": "Participant 9", "Status": "-", "Group": "Default group"})]
    assert owners(imported(tmp_path, files, rest)) == {"x"}


def test_without_a_roster_one_number_is_not_two_peoples(tmp_path: Path) -> None:
    files = models("Ada_7_assignsubmission_file/mymodel.h5", "Team X_7_assignsubmission_file/mymodel.h5")
    found = imported(tmp_path, files, None)
    assert owners(found) == {"7"}
    assert "one of them is a group" in found.drafts[0].why


def test_a_hidden_name_counts_by_its_number_in_any_language(tmp_path: Path) -> None:
    for word in ("Participant", "Teilnehmerin", "Participante", "Peserta"):
        files = models(f"{word}_8_assignsubmission_file/mymodel.h5")
        assert owners(imported(tmp_path, files, WORKSHEET)) == {"g@x.org"}


def test_the_worksheets_own_word_for_a_hidden_name_is_known(tmp_path: Path) -> None:
    roster = [
        Learner("x", "", "", {"Identifier": "Osallistuja 8", "Last modified (submission)": "-"}),
    ]
    files = models("Osallistuja_8_assignsubmission_file/mymodel.h5")
    assert owners(imported(tmp_path, files, roster)) == {"x"}


def test_what_moodle_strips_from_names_is_no_difference(tmp_path: Path) -> None:
    files = models("Sean OBrien_9_assignsubmission_file/mymodel.h5")
    assert owners(imported(tmp_path, files, ROSTER)) == {"sean"}


def test_text_beside_a_file_is_no_second_hand_in_and_text_alone_is_listed(tmp_path: Path) -> None:
    files = models("Ada Lovelace_7_assignsubmission_file/mymodel.h5") | {
        "Ada Lovelace_7_assignsubmission_onlinetext/onlinetext.html": b"Hello",
        "Grace Hopper_8_assignsubmission_onlinetext/onlinetext.html": b"Hello",
    }
    found = imported(tmp_path, files, WORKSHEET)
    assert owners(found) == {"a@x.org"}
    assert [(one.learner, one.why) for one in found.drafts] == [
        ("g@x.org", "Only a text was handed in here, and no file.")
    ]


@pytest.mark.parametrize("name", ["only.weights.h5", "notes.pdf", "starter.py"])
def test_text_beside_a_file_that_is_no_model_is_no_second_hand_in(tmp_path: Path, name: str) -> None:
    files = {
        f"Ada Lovelace_7_assignsubmission_file/{name}": b"x",
        "Ada Lovelace_7_assignsubmission_onlinetext/onlinetext.html": b"Hello",
    }
    found = imported(tmp_path, files, WORKSHEET)
    assert not [one.why for one in found.drafts if "Only a text" in one.why]
