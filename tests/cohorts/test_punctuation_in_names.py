"""Learners and groups whose names differ by punctuation only: nobody gets another's work."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import SourceOptions, import_source
from tfprep.grader.records.cohort import Learner

from .submission_files import models, write_files

PAIRS = [
    ("cohort-1", "cohort_1"),
    ("ann.lee", "ann-lee"),
    ("ann", "-ann"),
    ("Ann Lee Jr.", "Ann Lee Jr"),
    ("Ann-Marie Lee", "Ann Marie Lee"),
    ("O’Neil", "O'Neil"),  # noqa: RUF001 - as phones write it
    ("Lee (2)", "Lee 2"),
    ("x'", "x"),
]
PLACES = {
    "folders": "{}/mymodel.h5",
    "files": "{}.h5",
    "files with the problem": "{}_problem1.keras",
    "files of Google Classroom": "{} - mymodel.h5",
    "files of Brightspace": "1-2 - {} - Mar 29, 2018 1205 PM - mymodel.h5",
    "receipts of Blackboard": "Work_{}_attempt_2026-06-05-13-05-44_mymodel.h5",
}


def grade(folder: Path, roster: list[Learner], *paths: str) -> ImportedSource:
    source = write_files(folder / "source", models(*paths))
    return import_source(source, roster, CohortRules(zone=UTC), folder / "scratch", SourceOptions("1"))


def placed(found: ImportedSource) -> dict[str, set[str]]:
    """Who has which file."""
    whose: dict[str, set[str]] = {}
    for one in found.files:
        whose.setdefault(one.found_at, set()).add(one.learner)
    return whose


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
@pytest.mark.parametrize("are_ids", [True, False], ids=["ids", "names"])
def test_two_people_whom_only_signs_tell_apart_each_get_their_own(
    tmp_path: Path, pair: tuple[str, str], place: str, are_ids: bool
) -> None:
    roster = [Learner(one) if are_ids else Learner(str(n), one) for n, one in enumerate(pair, 100)]
    found = grade(tmp_path, roster, *map(place.format, pair))
    mine = {place.format(one): {learner.id} for one, learner in zip(pair, roster, strict=True)}
    assert all(mine[path] == whose for path, whose in placed(found).items())
    assert len(found.files) == 2, found.drafts


def test_a_name_with_other_signs_than_both_have_is_listed(tmp_path: Path) -> None:
    found = grade(tmp_path, [Learner("ann.lee"), Learner("ann-lee")], "Ann Lee/mymodel.h5", "ann_lee.h5")
    assert not found.files
    assert {each.why for each in found.drafts} == {
        "'Ann Lee' may be any of ann-lee, ann.lee.",
        "'ann_lee' may be any of ann-lee, ann.lee.",
    }


@pytest.mark.parametrize("file", ["ann.lee.h5", "ann.lee_problem1.keras", "problem1-ann.lee.weights.h5.zip"])
def test_a_name_does_not_end_at_its_first_dot(tmp_path: Path, file: str) -> None:
    (owner,) = placed(grade(tmp_path / "both", [Learner("ann"), Learner("ann.lee")], file)).values()
    assert owner == {"ann.lee"}
    assert not grade(tmp_path / "one", [Learner("ann")], file).files, "it is a stranger's"


def in_groups(*groups: str, canvas: bool = False) -> list[Learner]:
    more = {"Section": "A"} if canvas else {}
    return [Learner(str(n), f"P{n}", columns={"group": one, **more}) for n, one in enumerate(groups, 101)]


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("Team1_7_assignsubmission_file/mymodel.h5", {"101"}),
        ("Team 1_7_assignsubmission_file/mymodel.h5", {"102"}),
        ("Team-1_7_assignsubmission_file/mymodel.h5", {"103"}),
        ("team_1/mymodel.h5", {"102"}),
        ("Team-1.h5", {"103"}),
    ],
)
def test_a_groups_work_is_no_other_groups_of_a_like_name(tmp_path: Path, path: str, whose: set[str]) -> None:
    found = grade(tmp_path, in_groups("Team1", "Team 1", "Team-1"), path)
    assert list(placed(found).values()) == [whose]


def test_of_groups_that_moodle_writes_alike_none_is_meant(tmp_path: Path) -> None:
    found = grade(tmp_path, in_groups("Me/You", "MeYou"), "MeYou_7_assignsubmission_file/mymodel.h5")
    assert not found.files
    assert "may be any of the groups 'me/you', 'meyou'" in found.drafts[0].why


@pytest.mark.parametrize(
    ("number", "whose"), [("101", {"101"}), ("102", {"102"}), ("103", None), ("9", None)]
)
def test_of_groups_that_canvas_writes_alike_the_members_number_tells(
    tmp_path: Path, number: str, whose: set[str] | None
) -> None:
    roster = in_groups("Team-1", "Team 1", "Red", canvas=True)
    found = grade(tmp_path, roster, f"team1_{number}_98765_mymodel.h5")
    assert list(placed(found).values()) == ([whose] if whose else [])
    assert len(found.drafts) == (0 if whose else 1)


def test_a_groups_work_is_not_theirs_when_a_strangers_number_stands_in_it(tmp_path: Path) -> None:
    found = grade(tmp_path, in_groups("Blue", "Red", canvas=True), "red_101_98765_mymodel.h5")
    assert not found.files
    assert found.drafts[0].why.startswith("The number 101 is P101's and the name is 'red'.")
