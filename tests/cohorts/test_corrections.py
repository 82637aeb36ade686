"""What could not be placed is drafted with whose it may be; handed back corrected, each line is settled."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.corrections import write_drafts
from tfprep.cohorts.importing.importing import SourceOptions, import_source
from tfprep.errors import BadCohort
from tfprep.grader.records.cohort import Learner

from .mentors import a_mentor
from .submission_files import Files, as_zip, do_import, matched, models, reasons, write_files, zip_up

ROSTER = [Learner("ada", "Ada Lovelace"), Learner("zoe", "Zoë Strauß"), Learner("bo", "Bo Diddley")]
FILES = models(
    "Zoe Strauss/problem3/m.h5", "ada/problem3/a.h5", "ada/problem3/b.h5", "odd.h5", "bo/problem4/m.h5"
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_files(tmp_path / "all", FILES)


def drafted(folder: Path, found: ImportedSource) -> dict[str, dict[str, str]]:
    written = write_drafts(found.drafts, folder)
    assert written is not None
    with written[0].open(encoding="utf-8-sig", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def settled(
    source: Path, folder: Path, *rows: str, header: str = "learner,problem,path,when"
) -> ImportedSource:
    manifest = folder / "corrected.csv"
    manifest.write_text("\n".join(["learner,problem,path,when", *rows]), "utf-8")
    told = SourceOptions(manifest=manifest)
    return import_source(source, ROSTER, CohortRules(zone=UTC), folder / "scratch", told)


def test_the_draft_says_who_and_what_is_meant_and_what_to_do(source: Path, tmp_path: Path) -> None:
    rows = drafted(tmp_path / "out", do_import(source, tmp_path, ROSTER))
    guesses = {path: (row["learner"], row["problem"]) for path, row in rows.items()}
    assert guesses == {
        "Zoe Strauss/problem3/m.h5": ("zoe", "problem3"),
        "ada/problem3/a.h5": ("ada", "problem3"),
        "ada/problem3/b.h5": ("ada", "problem3"),
        "odd.h5": ("", ""),
    }
    assert all(row["why"] and row["what to do"] for row in rows.values())


def test_each_line_of_a_corrected_draft_is_settled(source: Path, tmp_path: Path) -> None:
    rows = (
        "zoe,3,Zoe Strauss/problem3/m.h5,",
        "ada,problem3,ada/problem3/b.h5,",
        "-,,odd.h5,",
        "-,,ada/problem3/a.h5,",
    )
    found = settled(source, tmp_path, *rows)
    assert matched(found) == {
        ("zoe", "problem3"): ["Zoe Strauss/problem3/m.h5"],
        ("ada", "problem3"): ["ada/problem3/b.h5"],
        ("bo", "problem4"): ["bo/problem4/m.h5"],
    }
    assert not found.unmatched
    assert not found.drafts


def test_a_line_that_was_deleted_is_settled_by_the_one_that_stayed(source: Path, tmp_path: Path) -> None:
    found = settled(source, tmp_path, "ada,3,ada/problem3/b.h5,")
    assert matched(found)[("ada", "problem3")] == ["ada/problem3/b.h5"]
    assert set(reasons(found)) == {"Zoe Strauss/problem3/m.h5", "odd.h5"}


def test_a_line_that_is_still_open_stays_as_it_was(source: Path, tmp_path: Path) -> None:
    found = settled(source, tmp_path, ",problem3,odd.h5,", "zoe,,Zoe Strauss/problem3/m.h5,")
    assert set(reasons(found)) == set(FILES) - {"bo/problem4/m.h5"}


def test_a_line_overrules_what_the_path_says(source: Path, tmp_path: Path) -> None:
    found = settled(source, tmp_path, "zoe,4,bo/problem4/m.h5,2026-06-30T18:02:00")
    (one,) = [file for file in found.files if file.found_at == "bo/problem4/m.h5"]
    assert (one.learner, one.problem) == ("zoe", "problem4")
    assert one.handed_in == datetime(2026, 6, 30, 18, 2, tzinfo=UTC)


def test_files_within_zips_are_settled(tmp_path: Path) -> None:
    inner = zip_up(models("final.h5", "old.h5"))
    source = as_zip(tmp_path / "all.zip", {"Zoe Strauss.zip": inner})
    rows = drafted(tmp_path / "out", do_import(source, tmp_path, ROSTER))
    assert "Zoe Strauss.zip/final.h5" in rows
    found = settled(source, tmp_path, "zoe,3,Zoe Strauss.zip/final.h5,", "-,,Zoe Strauss.zip/old.h5,")
    assert matched(found) == {("zoe", "problem3"): ["Zoe Strauss.zip/final.h5"]}
    assert not found.unmatched


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ada,3,none.h5,", "The source has no 'none.h5'"),
        ("ada,3,../secret.h5,", "The source has no"),
        ("nobody,3,odd.h5,", "Nobody in the roster"),
        ("ada,9,odd.h5,", "problem"),
        ("ada,3,ada/problem3,", "is a folder"),
        ("ada,3,odd.h5,yesterday", "is not a time"),
    ],
)
def test_a_line_that_settles_nothing_is_listed_with_its_number(
    source: Path, tmp_path: Path, row: str, why: str
) -> None:
    assert why in reasons(settled(source, tmp_path, row))["corrected.csv, line 2"]


def test_a_draft_that_a_mentor_corrected_is_never_written_over(source: Path, tmp_path: Path) -> None:
    found = do_import(source, tmp_path, ROSTER)
    first = write_drafts(found.drafts, tmp_path / "out")
    assert first is not None
    assert write_drafts(found.drafts, tmp_path / "out") == first
    first[0].write_text("mine")
    second = write_drafts(found.drafts, tmp_path / "out", {first[1]})
    assert second is not None
    assert (first[0].name, first[0].read_text()) == ("not-placed.csv", "mine")
    assert second[0].name == "not-placed-2.csv"


def test_a_draft_that_nobody_touched_gives_way_to_the_next_one_of_its_source(tmp_path: Path) -> None:
    with a_mentor(tmp_path) as mentor:
        mentor.grade()
        folder = mentor.service.report_folder("spring")
        first = (folder / "not-placed.csv").read_text("utf-8-sig")
        other = write_files(tmp_path / "other", models("ann/problem1/m.h5", "lost.h5"))
        mentor.grade("", other)
        assert [path.name for path in sorted(folder.iterdir())] == ["not-placed-2.csv", "not-placed.csv"], (
            "the draft of one source hides none of another's"
        )
        write_files(tmp_path / "all", models("stray-2.h5"))
        mentor.grade("")
        assert (folder / "not-placed.csv").read_text("utf-8-sig") != first
        assert "stray-2.h5" in (folder / "not-placed.csv").read_text("utf-8-sig")
        for name in ("stray.h5", "stray-2.h5"):
            (tmp_path / "all" / name).unlink()
        mentor.grade("")
        assert [path.name for path in folder.iterdir()] == ["not-placed-2.csv"]


def test_a_draft_has_the_time_that_a_path_tells_so_that_two_lines_of_one_person_can_both_count(
    tmp_path: Path,
) -> None:
    first, second = (BLACKBOARD_PATH.replace("_7_", "_adda_"), BLACKBOARD_PATH.replace("-02-", "-03-"))
    second = second.replace("_7_", "_adda_")
    source = as_zip(tmp_path / "all.zip", models(first, second, "odd.h5"))
    roster = [Learner("ada", "Ada Lovelace"), Learner("zoe", "Zoë Strauß")]
    found = import_source(source, roster, CohortRules(zone=UTC), tmp_path / "scratch")
    rows = drafted(tmp_path / "out", found)
    assert rows["odd.h5"]["when"] == ""
    assert rows[first]["when"] == LATE.isoformat()
    corrected = tmp_path / "corrected.csv"
    lines = [f"ada,3,{path},{rows[path]['when']}" for path in (second, first)]
    corrected.write_text("\n".join(["learner,problem,path,when", *lines]), "utf-8")
    told = SourceOptions(manifest=corrected)
    files = import_source(source, roster, CohortRules(zone=UTC), tmp_path / "scratch", told).files
    assert [one.found_at for one in files] == [first, second], "the older one first"


def test_a_spreadsheet_runs_nothing_of_a_draft_and_the_path_is_found_again(tmp_path: Path) -> None:
    files: Files = models("=cmd|x.h5")
    source = as_zip(tmp_path / "all.zip", files)
    rows = drafted(tmp_path / "out", do_import(source, tmp_path, ROSTER))
    (path,) = rows
    assert path.startswith("'=")
    assert set(matched(settled(source, tmp_path, f"ada,3,{path},"))) == {("ada", "problem3")}


def test_a_problem_is_given_for_downloads_that_name_none(tmp_path: Path) -> None:
    source = as_zip(tmp_path / "submissions.zip", models("ada/m.h5", "bo/problem4/m.h5"))
    found = import_source(source, ROSTER, CohortRules(), tmp_path / "scratch", SourceOptions("flowers"))
    assert set(matched(found)) == {("ada", "problem3"), ("bo", "problem4")}
    assert "--problem" in next(iter(reasons(do_import(source, tmp_path, ROSTER)).values()))


def test_a_problem_outside_the_cohort_is_refused(tmp_path: Path) -> None:
    rules = CohortRules(problems=CohortRules().problems[:1])
    with pytest.raises(BadCohort, match="not one of the cohort's problems"):
        import_source(tmp_path, ROSTER, rules, tmp_path / "scratch", SourceOptions("flowers"))


SHEET = {
    "Identifier": "Participant 7",
    "Status": "-",
    "Last modified (submission)": "Thursday, 2 July 2026, 1:59 AM",
}
CANVAS = {"Section": "A", "Student": "Lovelace, Ada"}
MOODLE_PATH = "Ada Lovelace_7_assignsubmission_file/v2.h5"
CANVAS_PATH = "lovelaceada_LATE_7_1_v2.h5"
LATE = datetime(2026, 7, 2, 1, 59, tzinfo=UTC)
BLACKBOARD_PATH = f"Problem 3_7_attempt_{LATE:%Y-%m-%d-%H-%M-%S}_v2.h5"


def placed(
    folder: Path, path: str, columns: dict[str, str], when: str = ""
) -> tuple[datetime | None, bool | None]:
    """When a file that a mentor placed was handed in, and whether a platform calls it late."""
    source = as_zip(folder / "all.zip", models(path, "odd.h5"))
    manifest = folder / "corrected.csv"
    manifest.write_text(f"learner,problem,path,when\n7,3,{path},{when}\n", "utf-8")
    told, roster = SourceOptions(manifest=manifest), [Learner("7", "Ada Lovelace", columns=columns)]
    (file,) = import_source(source, roster, CohortRules(zone=UTC), folder / "scratch", told).files
    return file.handed_in, file.is_late


@pytest.mark.parametrize(
    ("path", "columns", "told"),
    [
        (MOODLE_PATH, SHEET, (LATE, None)),
        (CANVAS_PATH, CANVAS, (None, True)),
        (BLACKBOARD_PATH, {}, (LATE, None)),
    ],
    ids=["Moodle's worksheet", "Canvas", "Blackboard"],
)
def test_who_was_late_stays_late_when_a_mentor_places_the_file(
    tmp_path: Path, path: str, columns: dict[str, str], told: tuple[datetime | None, bool | None]
) -> None:
    assert placed(tmp_path, path, columns) == told


def test_the_time_that_a_mentor_writes_goes_before_the_platforms(tmp_path: Path) -> None:
    when = "2026-06-30T12:00:00+00:00"
    assert placed(tmp_path, MOODLE_PATH, SHEET, when) == (datetime.fromisoformat(when), None)
