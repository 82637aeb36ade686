"""Moodle's and Canvas's downloads are matched by the names and numbers in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tfprep.classroom.deadlines import Deadlines
from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing.importing import warn_of_times
from tfprep.grader.records.cohort import Learner

from .submission_files import as_zip, do_import, matched, models, reasons, write_files, zip_up

ROSTER = [
    Learner("ada", "Ada Lovelace", "ada@example.org"),
    Learner("grace", "Grace Hopper", "grace@example.org"),
]


MOODLE = models(
    "Ada Lovelace_12345_assignsubmission_file/problem3/mymodel.h5",
    "Ada Lovelace_12345_assignsubmission_file_/model_problem4.h5",
    "Grace Hopper_12346_assignsubmission_file_model_problem3.h5",
)
WORKSHEET = [
    Learner("a@x.org", "Ada Lovelace", "a@x.org", {"Identifier": "Participant 12345"}),
    Learner("g@x.org", "Grace Hopper", "g@x.org", {"Identifier": "Participant 12346"}),
]


def test_moodles_folders_and_moodles_files_are_matched(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "CS-Homework-77.zip", MOODLE), tmp_path)
    assert set(matched(imported)) == {("12345", "problem3"), ("12345", "problem4"), ("12346", "problem3")}
    assert [learner.shown for learner in imported.roster] == ["Ada Lovelace", "Grace Hopper"]


def test_moodles_numbers_are_those_of_the_grading_worksheet(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "all.zip", MOODLE), tmp_path, WORKSHEET)
    assert set(matched(imported)) == {
        ("a@x.org", "problem3"),
        ("a@x.org", "problem4"),
        ("g@x.org", "problem3"),
    }


def test_moodles_names_do_where_a_roster_has_no_numbers(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "all.zip", MOODLE), tmp_path, ROSTER)
    assert set(matched(imported)) == {("ada", "problem3"), ("ada", "problem4"), ("grace", "problem3")}


def test_two_people_of_one_name_are_distinguished_by_their_numbers_alone(tmp_path: Path) -> None:
    files = models("Ada Lovelace_1_assignsubmission_file/model_problem3.h5")
    named = [Learner("one", "Ada Lovelace"), Learner("two", "Ada Lovelace")]
    imported = do_import(as_zip(tmp_path / "all.zip", files), tmp_path, named)
    assert not imported.files
    assert "may be any of one, two" in next(iter(reasons(imported).values()))


def test_the_name_of_an_assignments_zip_may_tell_the_problem(tmp_path: Path) -> None:
    files = models("Ada Lovelace_12345_assignsubmission_file/mymodel.h5")
    imported = do_import(as_zip(tmp_path / "CS101-Problem 3 flowers-4711.zip", files), tmp_path)
    assert set(matched(imported)) == {("12345", "problem3")}


def test_assignments_zips_in_a_folder_are_looked_into(tmp_path: Path) -> None:
    files = {
        "CS101-Problem 3-4711.zip": zip_up(models("Ada Lovelace_1_assignsubmission_file/mymodel.h5")),
        "cs-problem_4_submissions.zip": zip_up(models("lovelaceada_77_1001_mymodel.h5")),
    }
    imported = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert set(matched(imported)) == {("ada", "problem3"), ("ada", "problem4")}


CANVAS = models(
    "lovelaceada_4711_98765_model_problem3.h5",
    "hoppergrace_LATE_4712_98766_model_problem3-1.h5",
    "hoppergrace_LATE_4712_98767_model_problem3.h5",
    "hoppergrace_LATE_4712_98768_model_problem4-2.h5",
    "LATE_anon_aB3dE_98769_model_problem4.h5",
    "anon_Zz9_98770_model_problem4.h5",
)
CANVAS_ROSTER = [
    Learner("4711", "Ada Lovelace", columns={"Section": "A", "Student": "Lovelace, Ada"}),
    Learner("4712", "Grace Hopper", columns={"Section": "A", "Student": "Hopper, Grace"}),
]


def test_canvas_names_are_matched_by_the_persons_id(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "submissions.zip", CANVAS), tmp_path, CANVAS_ROSTER)
    assert matched(imported) == {
        ("4711", "problem3"): ["lovelaceada_4711_98765_model_problem3.h5"],
        ("4712", "problem3"): [
            "hoppergrace_LATE_4712_98767_model_problem3.h5",
            "hoppergrace_LATE_4712_98766_model_problem3-1.h5",
        ],
        ("4712", "problem4"): ["hoppergrace_LATE_4712_98768_model_problem4-2.h5"],
    }
    assert len(imported.unmatched) == 2
    assert all("Nobody in the roster" in why for why in reasons(imported).values())


def test_canvas_names_are_matched_by_name_in_a_roster_of_ones_own(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "submissions.zip", CANVAS), tmp_path, ROSTER)
    assert set(matched(imported)) == {("ada", "problem3"), ("grace", "problem3"), ("grace", "problem4")}


def test_anonymous_canvas_names_are_learners_where_there_is_no_roster(tmp_path: Path) -> None:
    imported = do_import(as_zip(tmp_path / "submissions.zip", CANVAS), tmp_path)
    assert ("anon_aB3dE", "problem4") in matched(imported)
    assert ("anon_Zz9", "problem4") in matched(imported)
    assert not imported.unmatched


def test_a_moodle_worksheet_tells_when_its_assignment_was_handed_in(tmp_path: Path) -> None:
    rows = [("12345", "Ada Lovelace", "Friday, 5 June 2026, 1:05 PM"), ("12346", "Grace Hopper", "-")]
    roster = [
        Learner(number, name, "", {"Identifier": f"Participant {number}", "Last modified (submission)": time})
        for number, name, time in rows
    ]
    source = as_zip(tmp_path / "all.zip", MOODLE)
    deadline = datetime(2026, 6, 1, tzinfo=UTC)
    imported = do_import(source, tmp_path, roster, CohortRules(zone=UTC, deadlines=Deadlines(deadline)))
    assert {one.learner: one.handed_in for one in imported.files} == {
        "12345": datetime(2026, 6, 5, 13, 5, tzinfo=UTC),
        "12346": None,
    }
    warning = warn_of_times(imported, CohortRules(deadlines=Deadlines(deadline)))
    assert "Hand-in times are missing: 1 of 3." in warning
    assert not warn_of_times(imported, CohortRules())
    of_files = CohortRules(deadlines=Deadlines(deadline), file_times=True)
    assert "file_times" not in warning
    assert warning.endswith("column `when`."), "the worksheet is given already"
    assert "(file_times) count neither for a platform's download nor for clones" in warn_of_times(
        imported, of_files
    )
    assert {one.handed_in for one in do_import(source, tmp_path, roster).files} == {None}
