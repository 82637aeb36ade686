"""A manifest matches what a path does not name; it never leads out of its folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.errors import BadCohort
from tfprep.grader.records.cohort import Learner

from .submission_files import do_import, matched, models, reasons, write_files


def manifest(folder: Path, *rows: str, header: str = "learner,problem,path,when") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "work", models("a/final.h5", "a/final2.h5", "b.h5"))


def test_each_row_names_a_learner_a_problem_and_a_file(folder: Path, tmp_path: Path) -> None:
    source = manifest(folder, "ada,flowers,a/final.h5,2026-06-30T18:02:00+02:00", "grace,2,b.h5,")
    imported = do_import(source, tmp_path)
    assert matched(imported) == {("ada", "problem3"): ["a/final.h5"], ("grace", "problem2"): ["b.h5"]}
    assert imported.files[0].handed_in == datetime(2026, 6, 30, 16, 2, tzinfo=UTC)
    assert imported.files[0].path == folder / "a" / "final.h5"
    assert not imported.unmatched


def test_attempts_are_ordered_by_their_times(folder: Path, tmp_path: Path) -> None:
    rows = ["ada,3,a/final2.h5,2026-06-02T10:00:00Z", "ada,3,a/final.h5,2026-06-01T10:00:00Z"]
    assert matched(do_import(manifest(folder, *rows), tmp_path)) == {
        ("ada", "problem3"): ["a/final.h5", "a/final2.h5"]
    }


def test_attempts_without_times_are_listed(folder: Path, tmp_path: Path) -> None:
    imported = do_import(manifest(folder, "ada,3,a/final2.h5,", "ada,3,a/final.h5,"), tmp_path)
    assert not imported.files
    assert all("its own time" in why for why in reasons(imported).values())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ada,3,../secret.h5,", "leads out"),
        ("ada,3,a/../../secret.h5,", "leads out"),
        ("ada,3,/etc/passwd,", "leads out"),
        ("ada,3,C:\\secret.h5,", "leads out"),
        ("ada,3,link/secret.h5,", "link"),
        ("ada,3,gone.h5,", "No such file"),
        ("ada,3,,", "no path"),
        ("ada,flower,b.h5,", "Did you mean 'flowers'?"),
        ("mallory,3,b.h5,", "Nobody in the roster"),
        ("ada,3,b.h5,yesterday", "is not a time"),
        ("ada,3,b.h5,2026-06-30T18:02:00", "any time zone"),
    ],
)
def test_a_row_that_cannot_be_matched_is_listed_with_its_line(
    folder: Path, tmp_path: Path, row: str, why: str
) -> None:
    write_files(tmp_path, models("secret.h5"))
    (folder / "link").symlink_to(tmp_path)
    imported = do_import(manifest(folder, row), tmp_path, [Learner("ada")])
    assert not imported.files
    (unmatched,) = imported.unmatched
    assert why in unmatched.why
    assert unmatched.found_at == "manifest.csv, line 2"


def test_a_time_without_a_zone_is_in_the_cohorts(folder: Path, tmp_path: Path) -> None:
    source = manifest(folder, "ada,3,b.h5,2026-06-30T18:02:00")
    (one,) = do_import(source, tmp_path, rules=CohortRules(zone=UTC)).files
    assert one.handed_in == datetime(2026, 6, 30, 18, 2, tzinfo=UTC)


def test_spellings_that_look_alike_are_listed(folder: Path, tmp_path: Path) -> None:
    imported = do_import(manifest(folder, "ada,3,b.h5,", "Ada,3,a/final.h5,"), tmp_path)
    assert not imported.files
    assert len(imported.unmatched) == 2


def test_a_manifest_without_its_columns_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match="learner, problem, path"):
        do_import(manifest(folder, "ada,3", header="learner,problem"), tmp_path)


@pytest.mark.parametrize(
    ("zone", "when", "in_utc"),
    [
        ("Asia/Kolkata", "2026-06-30T18:02:00", datetime(2026, 6, 30, 12, 32, tzinfo=UTC)),
        ("America/New_York", "2026-01-31T18:02:00", datetime(2026, 1, 31, 23, 2, tzinfo=UTC)),
        ("America/New_York", "2026-06-30T18:02:00", datetime(2026, 6, 30, 22, 2, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-24T23:59:00", datetime(2026, 10, 24, 21, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-25T23:59:00", datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-06-30T18:02:00-04:00", datetime(2026, 6, 30, 22, 2, tzinfo=UTC)),
    ],
)
def test_a_time_is_one_moment_whatever_the_cohorts_zone(
    folder: Path, tmp_path: Path, zone: str, when: str, in_utc: datetime
) -> None:
    source = folder / "manifest.csv"
    source.write_text(f"learner,problem,path,when\nada,3,b.h5,{when}\n")
    (one,) = do_import(source, tmp_path, rules=CohortRules(zone=ZoneInfo(zone))).files
    assert one.handed_in == in_utc
