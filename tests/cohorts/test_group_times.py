"""Hand-in times of Moodle's group work, from worksheets as mod_assign writes them.

Source: moodle/moodle, mod/assign. gradingtable.php: `col_recordid`, `col_team` (the group's name, or
`defaultteam`), `col_timesubmitted` (the time of the group's submission, in each member's row). The
worksheet's name: feedback/offline/locallib.php, `download_grades`. The download's: downloader.php,
`get_zip_filename` and `get_student_prefix`; before 4.1 locallib.php, `download_submissions`.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.evening.rosters import TEAMS, TIMES, WORKSHEETS

from tfprep.classroom.roster import read_roster
from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import SourceOptions, import_source
from tfprep.cohorts.importing.path_patterns import Aliases
from tfprep.cohorts.importing.worksheet import Worksheet
from tfprep.problems import all_problems

from .submission_files import Files, as_zip, models, write_files, zip_up

ONE = datetime(2026, 6, 5, 13, 5, tzinfo=UTC)
NO_TEAM = {"en": "Default group", "de": "Standardgruppe", "fr": "Groupe par défaut", "id": "Grup bawaan"}
"""`defaultteam`, and whatever else a language pack calls it: the worksheet and the folder say the same."""
CLASS = [("Ada Lovelace", "Red"), ("Grace Hopper", "Red"), ("Jean-Luc Picard", "Blue"), ("Sun Li", "")]
FILES = models(
    "Red_1_assignsubmission_file/mymodel.h5",
    "Blue_2_assignsubmission_file/mymodel.h5",
    "Default group_assignsubmission_file/mymodel.h5",
)


def worksheet(path: Path, times: list[str] | None = None, language: str = "en") -> Path:
    """A worksheet of group work. `times`: each row's; the language's 5 June where None."""
    word, columns = WORKSHEETS[language]
    default = NO_TEAM.get(language, "Default group")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow([*columns[:4], TEAMS[language], *columns[4:]])
        for number, ((name, group), time) in enumerate(
            zip(CLASS, times or [TIMES[language]] * 4, strict=True), 1
        ):
            row = (
                f"{word}{number}",
                name,
                f"{number}@x.org",
                "-",
                group or default,
                "",
                "100.00",
                "-",
                time,
                "-",
            )
            table.writerow(row)
    return path


def grade(
    folder: Path, zip_name: str, roster: Path, problem: str | None = None, files: Files = FILES
) -> ImportedSource:
    source = as_zip(folder / zip_name, files)
    told = SourceOptions(problem, roster=roster.name)
    return import_source(source, read_roster(roster), CohortRules(zone=UTC), folder / "scratch", told)


def times(found: ImportedSource) -> dict[str, datetime | None]:
    return {one.learner[:1]: one.handed_in for one in found.files}


ALL = dict.fromkeys("1234", ONE)
NONE = dict.fromkeys("1234")


@pytest.mark.parametrize("language", WORKSHEETS)
def test_every_member_has_the_time_of_the_group_in_each_language(tmp_path: Path, language: str) -> None:
    roster = worksheet(tmp_path / "Grades-TF101-Problem 3-77.csv", language=language)
    files = {
        name.replace("Default group", NO_TEAM.get(language, "Default group")): b for name, b in FILES.items()
    }
    found = grade(tmp_path, "TF101-Problem 3-77.zip", roster, files=files)
    assert times(found) == ALL
    assert "The hand-in times of 3 groups are taken from Grades-TF101-Problem 3-77.csv." in found.notes


@pytest.mark.parametrize(
    ("sheet", "download", "problem", "doubt"),
    [
        ("Grades-TF101-Group work-77.csv", "TF101-Group work-77.zip", "3", ""),
        ("Bewertungen-TF101-Group work--77 (1).csv", "TF101-Group_work-77.zip", "3", ""),
        ("Grades-TF101-Group work-78.csv", "TF101-Group work-77.zip", "3", "of another assignment (78)"),
        ("Grades-TF101-Problem 3-78.csv", "TF101-Problem 3-77.zip", None, "than the download (77)."),
        ("Grades-TF101-Problem 1-78.csv", "groups.zip", "3", "1-78.csv is of problem1."),
        ("Grades-TF101-Problem 3-78.csv", "groups.zip", "3", ""),
        ("Grades-TF101-Problem 3-78.csv", "groups-2026.zip", "3", ""),
        ("worksheet.csv", "groups.zip", "3", ""),
        ("worksheet.csv", "Problem 3.zip", None, "nothing says that"),
    ],
)
def test_the_names_or_the_mentor_prove_the_assignment(
    tmp_path: Path, sheet: str, download: str, problem: str | None, doubt: str
) -> None:
    found = grade(tmp_path, download, worksheet(tmp_path / sheet), problem)
    assert times(found) == (NONE if doubt else ALL)
    assert [each for each in found.notes if each.startswith("No hand-in time") and doubt in each] or not doubt
    asks = any("say with --problem" in each for each in found.notes)
    assert asks is (doubt == "nothing says that"), "it is no advice where something contradicts"


@pytest.mark.parametrize(
    ("sheet", "download"),
    [
        ("Grades-TF101-Group work-77.csv", "TF101-Group work-Red team-77.zip"),
        ("Grades-TF101-Group work-Red team-77.csv", "TF101-Group work-77.zip"),
        ("Notes-hors-ligne-TF101-Group work-77.csv", "TF101-Group work-Red-77.zip"),
    ],
)
def test_a_group_that_was_chosen_for_one_of_the_two_does_not_part_them(
    tmp_path: Path, sheet: str, download: str
) -> None:
    source = as_zip(tmp_path / download, FILES)
    told, rules = SourceOptions(roster=sheet), CohortRules(zone=UTC, problems=CohortRules().problems[2:3])
    people = read_roster(worksheet(tmp_path / sheet))
    assert times(import_source(source, people, rules, tmp_path / "scratch", told)) == ALL


def test_of_several_assignments_only_the_worksheets_own_has_its_times(tmp_path: Path) -> None:
    roster = worksheet(tmp_path / "Grades-TF101-Problem 3-77.csv")
    folder = write_files(
        tmp_path / "all", {"TF101-Problem 3-77.zip": zip_up(FILES), "TF101-Problem 1-75.zip": zip_up(FILES)}
    )
    told = SourceOptions(roster=roster.name)
    found = import_source(folder, read_roster(roster), CohortRules(zone=UTC), tmp_path / "scratch", told)
    assert {(one.problem, one.handed_in) for one in found.files} == {("problem3", ONE), ("problem1", None)}
    assert len(found.files) == 8


def test_times_that_contradict_each_other_are_told_and_not_taken(tmp_path: Path) -> None:
    other = "Saturday, 6 June 2026, 1:05 PM"
    roster = worksheet(tmp_path / "Grades-TF-Problem 3-77.csv", [TIMES["en"], other, "-", TIMES["en"]])
    found = grade(tmp_path, "TF-Problem 3-77.zip", roster)
    assert times(found) == {"1": None, "2": None, "3": None, "4": ONE}
    assert "No hand-in time is taken for 'Red': its members have different times there." in found.notes
    assert "No hand-in time is taken for 'Blue': it has no hand-in time there." in found.notes


def test_a_roster_that_was_given_before_proves_nothing_of_another_download(tmp_path: Path) -> None:
    people = read_roster(worksheet(tmp_path / "Grades-TF-Problem 3-77.csv"))
    source = as_zip(tmp_path / "TF-Problem 3-77.zip", FILES)
    found = import_source(source, people, CohortRules(zone=UTC), tmp_path / "scratch")
    assert (times(found), found.notes) == (NONE, ())


@pytest.mark.parametrize("sheet", ["worksheet.csv", "Grades-TF-Problem 3-77.csv"])
def test_before_moodle_4_1_each_member_has_a_copy_whose_number_proves_the_assignment(
    tmp_path: Path, sheet: str
) -> None:
    content = b"\x89HDF\r\n\x1a\nred"
    files = {
        "Red-Ada Lovelace_1_assignsubmission_file_/mymodel.h5": content,
        "Red-Grace Hopper_2_assignsubmission_file_/mymodel.h5": content,
        "Blue-Participant_3_assignsubmission_file_/mymodel.h5": b"\x89HDF\r\n\x1a\nblue",
        "Default group-Sun Li_4_assignsubmission_file_/mymodel.h5": b"\x89HDF\r\n\x1a\nnone",
    }
    found = grade(tmp_path, "TF-Problem_3-77.zip", worksheet(tmp_path / sheet), files=files)
    assert times(found) == ALL
    assert not found.drafts
    assert len({one.found_at for one in found.files if one.learner[:1] in "12"}) == 1


@pytest.mark.parametrize(
    "name",
    ["Red-Ada Lovelace_3", "Green-Luc Picard_9", "Jean-Ada Lovelace", "Red-Sun Li_4", "Blue-Ada Lovelace_1"],
)
def test_a_copy_whose_group_or_number_is_another_is_listed(tmp_path: Path, name: str) -> None:
    files = models(f"{name}_assignsubmission_file/mymodel.h5")
    found = grade(tmp_path, "TF-Problem 3-77.zip", worksheet(tmp_path / "w.csv"), files=files)
    assert not found.files
    assert len(found.drafts) == 1


def test_a_folder_whose_name_is_signs_and_a_number_proves_nothing_and_stops_nothing(tmp_path: Path) -> None:
    people = read_roster(worksheet(tmp_path / "Grades-TF101-Groups-1234.csv"))
    sheet = Worksheet("Grades-TF101-Groups-1234.csv", None, people, Aliases(all_problems()))
    assert sheet.time_of("Red", "problem2_mnist", ("_-12.zip", "---5")) == ""
    assert "nothing says that" in sheet.notes[0]


def test_a_time_that_cannot_be_read_is_told_with_whose_it_is(tmp_path: Path) -> None:
    rows = ["6/5/26, 13:05", "6/5/26, 13:05", TIMES["en"], "5.6.2026, 13:05"]
    roster = worksheet(tmp_path / "Grades-TF-Problem 3-77.csv", rows)
    found = grade(tmp_path, "TF-Problem 3-77.zip", roster)
    assert times(found) == {"1": None, "2": None, "3": ONE, "4": ONE}
    assert (
        "No hand-in time is taken for 'Red': '6/5/26, 13:05' is not a time that can be read." in found.notes
    )
    alone = models("Ada Lovelace_1_assignsubmission_file/mymodel.h5")
    (tmp_path / "alone").mkdir()
    found = grade(tmp_path / "alone", "TF-Problem 3-77.zip", roster, files=alone)
    assert found.notes == (
        "The worksheet's hand-in time of Ada Lovelace cannot be read: '6/5/26, 13:05'. "
        "Write it as 2026-06-05 13:05.",
    )
