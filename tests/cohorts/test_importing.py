"""Folders as mentors really have them are matched; what a path does not name is listed, never guessed."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tfprep.classroom.deadlines import Deadlines
from tfprep.classroom.moodle_words import read_time
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.rules_file import read_rules
from tfprep.errors import BadCohort
from tfprep.grader import read_submission
from tfprep.grader.records.cohort import Learner

from .submission_files import H5, as_zip, do_import, matched, models, reasons, write_files, zip_up

ROSTER = [
    Learner("ada", "Ada Lovelace", "ada@example.org"),
    Learner("grace", "Grace Hopper", "grace@example.org"),
]
SAVED = {"saved_model.pb": b"graph", "variables/variables.index": b"i", "keras_metadata.pb": b""}


def saved(folder: str) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in SAVED.items()}


FOLDERS_PER_LEARNER = models(
    "ada/problem3/mymodel.h5",
    "ada/problem5_forecast/deep/er/best.keras",
    "grace/model_problem3.h5",
    "grace/Problem 1/mymodel.hdf5",
    "grace/2/mymodel.h5",
)


def test_folders_per_learner_are_matched(tmp_path: Path) -> None:
    imported = do_import(write_files(tmp_path / "all", FOLDERS_PER_LEARNER), tmp_path)
    assert matched(imported) == {
        ("ada", "problem3"): ["ada/problem3/mymodel.h5"],
        ("ada", "problem5"): ["ada/problem5_forecast/deep/er/best.keras"],
        ("grace", "problem1"): ["grace/Problem 1/mymodel.hdf5"],
        ("grace", "problem2"): ["grace/2/mymodel.h5"],
        ("grace", "problem3"): ["grace/model_problem3.h5"],
    }
    assert not imported.unmatched
    assert [learner.id for learner in imported.roster] == ["ada", "grace"]


def test_a_zip_is_matched_like_the_folder_it_was_packed_from(tmp_path: Path) -> None:
    folder = do_import(write_files(tmp_path / "all", FOLDERS_PER_LEARNER), tmp_path / "one")
    packed = do_import(as_zip(tmp_path / "all.zip", FOLDERS_PER_LEARNER), tmp_path / "two")
    assert matched(folder) == matched(packed)
    for left, right in zip(folder.files, packed.files, strict=True):
        assert left.path.read_bytes() == right.path.read_bytes()


@pytest.mark.parametrize(
    "copy",
    ["mymodel-1.keras", "mymodel 2.keras", "mymodel (1).keras", "mymodel_1.keras", "Copy of mymodel.keras"],
)
def test_a_copy_that_a_platform_or_system_numbered_may_be_the_newer_one(tmp_path: Path, copy: str) -> None:
    files = {"ada/problem3/mymodel.keras": H5, f"ada/problem3/{copy}": H5 + b"x"}
    found = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert (len(found.files), len(found.unmatched)) == (0, 2)
    same = do_import(write_files(tmp_path / "all", dict.fromkeys(files, H5)), tmp_path)
    assert (len(same.files), len(same.unmatched)) == (1, 0)


def test_a_name_that_only_a_person_gives_is_beside_the_starters(tmp_path: Path) -> None:
    names = ("mymodel.h5", "mymodel2.h5", "best-1.h5")
    files = {f"ada/problem3/{name}": H5 + name.encode() for name in names}
    found = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert [one.found_at for one in found.files] == ["ada/problem3/mymodel.h5"]


@pytest.mark.parametrize("top", ["submissions", "whatever the folder was called"])
def test_the_one_folder_a_zip_was_packed_in_is_no_learner(tmp_path: Path, top: str) -> None:
    files = models(f"{top}/ada/problem3/mymodel.h5", f"{top}/grace/model_problem3.h5")
    imported = do_import(as_zip(tmp_path / "submissions.zip", files), tmp_path)
    assert matched(imported) == {
        ("ada", "problem3"): [f"{top}/ada/problem3/mymodel.h5"],
        ("grace", "problem3"): [f"{top}/grace/model_problem3.h5"],
    }
    unpacked = do_import(write_files(tmp_path / "submissions", files), tmp_path)
    assert matched(unpacked) == matched(imported)


def test_a_zip_of_one_learners_problems_keeps_the_learner(tmp_path: Path) -> None:
    files = models("ada/problem3/mymodel.h5", "ada/problem4/mymodel.h5")
    imported = do_import(as_zip(tmp_path / "ada.zip", files), tmp_path)
    assert set(matched(imported)) == {("ada", "problem3"), ("ada", "problem4")}


def test_folders_per_problem_are_matched(tmp_path: Path) -> None:
    files = models("problem3/ada/mymodel.h5", "flowers/grace/mymodel.h5", "Problem 4/ada/x/mymodel.h5")
    imported = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert set(matched(imported)) == {("ada", "problem3"), ("grace", "problem3"), ("ada", "problem4")}


def test_saved_models_are_one_thing_in_a_folder_and_in_a_zip(tmp_path: Path) -> None:
    files = saved("ada/problem3") | saved("ada/problem4/mymodel") | saved("grace/model_problem3")
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        imported = do_import(source, tmp_path / f"from-{source.name}")
        assert set(matched(imported)) == {("ada", "problem3"), ("ada", "problem4"), ("grace", "problem3")}
        for one in imported.files:
            assert (one.path / "saved_model.pb").read_bytes() == b"graph"
            assert (one.path / "variables" / "variables.index").read_bytes() == b"i"


def test_a_saved_model_is_the_same_from_a_folder_a_zip_and_a_zip_in_a_zip(tmp_path: Path) -> None:
    files = saved("ada/problem3/mymodel")
    inner = {"ada/problem3/mymodel.zip": zip_up({f"mymodel/{name}": text for name, text in SAVED.items()})}
    bare = {"ada/problem3/mymodel.zip": zip_up(SAVED)}
    sources = [
        write_files(tmp_path / "folder", files),
        as_zip(tmp_path / "outer.zip", files),
        as_zip(tmp_path / "inner.zip", inner),
        as_zip(tmp_path / "bare.zip", bare),
    ]
    digests = set()
    for number, source in enumerate(sources):
        (one,) = do_import(source, tmp_path / str(number)).files
        digests.add(read_submission(one.path, one.problem, one.learner).digest)
    assert len(digests) == 1


def test_a_workspace_is_taken_for_its_model(tmp_path: Path) -> None:
    files = models("ada/problem3_flowers/mymodel.h5") | {
        "ada/problem3_flowers/starter.py": b"import tensorflow",
        "ada/problem3_flowers/statement.md": b"# Flowers",
        "ada/problem3_flowers/history.csv": b"epoch,loss",
        "ada/problem3_flowers/.tfprep.toml": b"problem = 3",
        "ada/problem3_flowers/data/train/rose/1.png": b"png",
        "ada/problem3_flowers/data/pretrained.h5": H5,
    }
    for allow in (False, True):
        rules = CohortRules(allow_scripts=allow)
        imported = do_import(write_files(tmp_path / "all", files), tmp_path, rules=rules)
        assert matched(imported) == {("ada", "problem3"): ["ada/problem3_flowers/mymodel.h5"]}
        assert not imported.unmatched


def test_a_script_is_taken_only_where_the_rules_allow_it(tmp_path: Path) -> None:
    source = write_files(tmp_path / "all", {"ada/problem3/starter.py": b"print()"})
    refused = do_import(source, tmp_path)
    assert not refused.files
    assert "allow_scripts" in reasons(refused)["ada/problem3"]
    allowed = do_import(source, tmp_path, rules=CohortRules(allow_scripts=True))
    assert matched(allowed) == {("ada", "problem3"): ["ada/problem3/starter.py"]}


def test_a_single_file_of_another_kind_is_graded_so_that_its_learner_reads_why(tmp_path: Path) -> None:
    source = write_files(tmp_path / "all", {"ada/problem3/model.pkl": b"\x80\x04."})
    (one,) = do_import(source, tmp_path).files
    refusal = read_submission(one.path, one.problem, one.learner).refusal
    assert refusal is not None
    assert "pickle" in refusal.message


@pytest.mark.parametrize(
    ("files", "found_at", "why"),
    [
        (["mymodel.h5"], "mymodel.h5", "is not in a learner's folder"),
        (["problem3/mymodel.h5"], "problem3/mymodel.h5", "is not in a learner's folder"),
        (["ada/mymodel.h5"], "ada/mymodel.h5", "does not name a problem"),
        (["ada/problem3/model_problem4.h5"], "ada/problem3/model_problem4.h5", "several problems"),
        (["ada/flowers/mnist.h5"], "ada/flowers/mnist.h5", "several problems: problem2, problem3"),
        (["ada/problem97/mymodel.h5"], "ada/problem97/mymodel.h5", "problem97 does not exist"),
        (["ada/problem3/a.h5", "ada/problem3/b.h5"], "ada/problem3/a.h5", "'a.h5', 'b.h5' for problem3"),
        (["ada/problem3/a.txt", "ada/problem3/b.txt"], "ada/problem3", "no model here, but 'a.txt', 'b.txt'"),
        (["ada/essay.pdf"], "ada", "There is no model here, but 'essay.pdf'"),
        (["ada/problem3/a.weights.h5", "ada/problem3/b.weights.h5"], "ada/problem3", "no model here"),
    ],
)
def test_what_a_path_does_not_name_is_listed(
    tmp_path: Path, files: list[str], found_at: str, why: str
) -> None:
    imported = do_import(write_files(tmp_path / "all", models(*files)), tmp_path)
    assert not imported.files
    assert why in reasons(imported)[found_at]


def test_a_problem_outside_the_cohort_is_listed(tmp_path: Path) -> None:
    (tmp_path / "cohort.toml").write_text("[problems.flowers]\n[problems.imdb]")
    rules = read_rules(tmp_path / "cohort.toml")
    imported = do_import(
        write_files(tmp_path / "all", models("ada/problem2/mymodel.h5")), tmp_path, rules=rules
    )
    assert "not one of this cohort's" in reasons(imported)["ada/problem2/mymodel.h5"]


def test_the_only_problem_of_a_cohort_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "cohort.toml").write_text("[problems.flowers]")
    rules = read_rules(tmp_path / "cohort.toml")
    imported = do_import(write_files(tmp_path / "all", models("ada/mymodel.h5")), tmp_path, rules=rules)
    assert set(matched(imported)) == {("ada", "problem3")}


def test_somebody_who_is_not_in_the_roster_is_listed(tmp_path: Path) -> None:
    files = models("ada/problem3/mymodel.h5", "mallory/problem3/mymodel.h5")
    imported = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert set(matched(imported)) == {("ada", "problem3")}
    assert "Nobody in the roster is called 'mallory'" in reasons(imported)["mallory/problem3/mymodel.h5"]
    assert [learner.id for learner in imported.roster] == ["ada", "grace"]


def test_a_roster_knows_people_by_id_name_and_address(tmp_path: Path) -> None:
    files = models(
        "ADA/problem1/m.h5",
        "Ada Lovelace/problem2/m.h5",
        "Lovelace, Ada/problem3/m.h5",
        "ada@example.org/problem4/m.h5",
    )
    imported = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert {learner for learner, _ in matched(imported)} == {"ada"}
    assert len(imported.files) == 4


def test_two_folders_of_one_person_do_not_overrule_each_other(tmp_path: Path) -> None:
    files = models("ada/problem3/m.h5", "Ada Lovelace/problem3/m.h5")
    imported = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert not imported.files
    assert len(imported.unmatched) == 2


def test_what_systems_leave_behind_is_left_out(tmp_path: Path) -> None:
    files = models("ada/problem3/mymodel.h5") | {
        "__MACOSX/ada/problem3/._mymodel.h5": b"x",
        "ada/problem3/._mymodel.h5": b"x",
        "ada/.DS_Store": b"x",
        ".DS_Store": b"x",
        "Thumbs.db": b"x",
        "ada/problem3/.ipynb_checkpoints/mymodel.h5": H5,
    }
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        imported = do_import(source, tmp_path / f"from-{source.name}")
        assert set(matched(imported)) == {("ada", "problem3")}
        assert not imported.unmatched


def test_a_learners_own_zip_is_looked_into(tmp_path: Path) -> None:
    inner = zip_up(models("work/problem3/mymodel.h5", "work/problem4/mymodel.keras", "__MACOSX/._x.h5"))
    files = {"Ada Lovelace_1_assignsubmission_file/work.zip": inner, "grace.zip": inner}
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        imported = do_import(source, tmp_path / f"from-{source.name}")
        assert set(matched(imported)) == {
            (learner, problem) for learner in ("1", "grace") for problem in ("problem3", "problem4")
        }
        assert all(one.path.read_bytes().startswith(H5) for one in imported.files)


def test_a_keras_file_called_zip_is_left_as_it_is(tmp_path: Path) -> None:
    keras = zip_up({"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": H5})
    (one,) = do_import(write_files(tmp_path / "all", {"ada/problem3/m.zip": keras}), tmp_path).files
    assert one.path.read_bytes() == keras


def test_nothing_says_when_a_file_was_handed_in_unless_the_rules_do(tmp_path: Path) -> None:
    source = write_files(tmp_path / "all", models("ada/problem3/mymodel.h5"))
    (one,) = do_import(source, tmp_path).files
    assert one.handed_in is None
    (one,) = do_import(source, tmp_path, rules=CohortRules(file_times=True)).files
    assert one.handed_in is not None
    assert abs(datetime.now(UTC) - one.handed_in).total_seconds() < 3600


def test_a_zips_times_count_in_the_cohorts_zone(tmp_path: Path) -> None:
    source = as_zip(tmp_path / "all.zip", models("ada/problem3/mymodel.h5"))
    rules = CohortRules(file_times=True)
    assert do_import(source, tmp_path, rules=rules).files[0].handed_in is None
    rules = CohortRules(file_times=True, zone=UTC)
    assert do_import(source, tmp_path, rules=rules).files[0].handed_in is not None


@pytest.mark.parametrize("content", [b"no zip", b"PK\x03\x04 cut short", b""])
def test_a_source_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "all.zip").write_bytes(content)
    with pytest.raises(BadCohort, match=r"all\.zip"):
        do_import(tmp_path / "all.zip", tmp_path)


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match="There is no"):
        do_import(tmp_path / "none", tmp_path)


def test_an_empty_folder_is_an_empty_cohort(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    imported = do_import(tmp_path / "all", tmp_path, ROSTER)
    assert not imported.files
    assert not imported.unmatched
    assert len(imported.roster) == 2


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Asia/Kolkata", 5.5), ("America/New_York", -4.0), ("Europe/Berlin", 2.0)],
)
def test_times_in_a_zip_and_in_a_worksheet_are_in_the_cohorts_zone(
    tmp_path: Path, zone: str, hours: float
) -> None:
    rules = CohortRules(file_times=True, zone=ZoneInfo(zone))
    noon_there = datetime(2026, 6, 30, 12, tzinfo=UTC) - timedelta(hours=hours)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("ada/problem3/mymodel.h5", (2026, 6, 30, 12, 0, 0)), H5)
    (one,) = do_import(tmp_path / "all.zip", tmp_path, rules=rules).files
    assert one.handed_in == noon_there
    assert read_time("Tuesday, 30 June 2026, 12:00 PM").replace(tzinfo=rules.zone) == noon_there


def test_a_zips_time_is_late_by_the_elapsed_time_over_a_clock_change(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    deadline = datetime(2026, 10, 24, 23, 59, tzinfo=berlin)
    rules = CohortRules(file_times=True, zone=berlin, deadlines=Deadlines(deadline))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("ada/problem3/mymodel.h5", (2026, 10, 25, 3, 59, 0)), H5)
    (one,) = do_import(tmp_path / "all.zip", tmp_path, rules=rules).files
    lateness = rules.deadlines.lateness(deadline, one.handed_in)
    assert lateness is not None
    assert lateness.by == timedelta(hours=5)
