"""Results of an exam are collected into a cohort's gradebook, and no file of a stranger stops the others."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.classroom.exam_totals import exam_results
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.signing import public_key, sign
from tfprep.cli import tfprep
from tfprep.cohorts import Learner
from tfprep.cohorts.gradebook.gradebook import read_cohort
from tfprep.exams.collect import Collection, collect, keep
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import CohortNote
from tfprep.reports.cohort.exam_results import exam_views
from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.page import write_cohort

from .results import MENTOR, key_of, result_of, write

PEOPLE = (Learner("ada", "Ada Lovelace", "ada@example.org"), Learner("bob", "Bob"), Learner("eve", "Eve"))


def collected(folder: Path) -> Collection:
    return collect(folder, PEOPLE, public_key(MENTOR))


def remarks(collection: Collection) -> dict[str, str]:
    return {each.file: " ".join(each.remarks) for each in collection.collected}


def deep(level: int = 2_000) -> bytes:
    return b"[" * level + b"]" * level


def test_whatever_a_file_is_it_is_one_line_and_the_others_are_collected(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "exam-1.json", result_of("ada"))
    write(tmp_path / "zoe" / "exam-1.json", result_of("bob"))
    bad = tmp_path / "mid"
    (bad / "folder.json").mkdir(parents=True)
    os.mkfifo(bad / "pipe.json")
    (bad / "link.json").symlink_to("/dev/zero")
    (bad / "gone.json").symlink_to("nowhere")
    (bad / "loop.json").symlink_to(bad, target_is_directory=True)
    (bad / "empty.json").touch()
    (bad / "deep.json").write_bytes(deep())
    (bad / "huge.json").write_bytes(b" " * 2_000_000)
    (bad / "text.json").write_bytes(b"\xff\xfe{}")
    eve = result_of("eve")
    category = eve.to_values()["categories"][0]
    changes: dict[str, dict[str, object]] = {
        "forever": {"allowed_seconds": 1e300},
        "naive": {"started": "2026-06-30T09:00:00"},
        "late": {"ended": "9999-12-31T23:59:59+00:00"},
        "early": {"started": "0001-01-01T00:00:00+14:00"},
        "heavy": {"categories": [category | {"weight": "heavy"}]},
        "number": {"categories": [category | {"weight": 10**400}]},
        "much": {"categories": [category | {"points": 1e308}] * 2},
        "many": {"categories": [category] * 200},
        "time": {"returned": [{"seconds": "x", "why": ""}]},
        "back": {"returned": [{"seconds": -1e300, "why": ""}]},
        "exam": {"exam": 10**4000},
        "who": {"learner": "x" * 100_000},
        "config": {"setting": "{" * 1_000},
        "list": {"categories": {"a": 1}},
    }
    for name, change in changes.items():
        write(bad / f"{name}.json", eve, **change)
    (bad / "array.json").write_bytes(sign({"signed": []}, key_of("eve")))
    found = collected(tmp_path)
    lines = remarks(found)
    assert lines.pop("ada/exam-1.json") == lines.pop("zoe/exam-1.json") == ""
    assert len(lines) == 7 + len(changes) + 1, sorted(lines)
    assert all(lines.values()), lines
    assert found.missing == ("eve",)
    assert [each.learner for each in found.totals] == ["ada", "bob"]


def test_points_that_nobody_earned_are_remarked(tmp_path: Path) -> None:
    result = result_of("ada", (0, 0))
    full = [one.model_copy(update={"points": one.possible}) for one in result.categories]
    write(tmp_path / "a.json", result.model_copy(update={"categories": tuple(full)}))
    assert remarks(collected(tmp_path)) == {"a.json": "Its points do not follow from its scores and weights."}


def test_the_same_file_twice_is_one_result(tmp_path: Path) -> None:
    for folder in ("mail", "moodle"):
        write(tmp_path / folder / "exam-1.json", result_of("ada"))
    found = collected(tmp_path)
    (one,) = found.collected
    assert (one.remarks, one.file, one.copies) == ((), "mail/exam-1.json", ("moodle/exam-1.json",))
    assert found.missing == ("bob", "eve")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.cohorts.begin_run(CohortNote("Spring", PEOPLE, has_roster=True, folder="x"))
    return ledger


def totals(ledger: Ledger) -> dict[str, dict[str, float]]:
    found = exam_results(ledger.cohorts.read("Spring").exams)
    return {each.exam: {who: one.total for who, one in each.counted.items()} for each in found}


def test_results_join_the_gradebook_whichever_folder_they_came_in(tmp_path: Path, ledger: Ledger) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write(first / "ada.json", result_of("ada"))
    write(first / "bob.json", result_of("bob", (5, 5)))
    write(second / "bob again.json", result_of("bob", (5, 5)))
    write(second / "eve.json", result_of("eve", (0, 1), exam="final"))
    for folder in (first, second, first):
        keep(collected(folder), ledger, "Spring", folder, "m. ortiz")
    assert totals(ledger) == {"0123456789abcdef": {"ada": 85.0, "bob": 100.0}, "final": {"eve": 15.0}}


def test_a_file_that_is_taken_out_of_its_folder_no_longer_counts(tmp_path: Path, ledger: Ledger) -> None:
    folder = tmp_path / "results"
    write(folder / "1.json", result_of("ada"))
    wrong = write(folder / "2.json", result_of("ada", (0, 0)))
    keep(collected(folder), ledger, "Spring", folder, "m. ortiz")
    assert totals(ledger) == {"0123456789abcdef": {}}, "two results of one learner: none is chosen"
    wrong.unlink()
    keep(collected(folder), ledger, "Spring", folder, "m. ortiz")
    assert totals(ledger) == {"0123456789abcdef": {"ada": 85.0}}


def test_one_key_for_two_learners_counts_for_neither_in_any_folder(tmp_path: Path, ledger: Ledger) -> None:
    for learner in ("ada", "bob"):
        path = tmp_path / learner / "exam.json"
        path.parent.mkdir()
        path.write_bytes(sign(result_of(learner).to_values(), key_of("ada")))
        keep(collected(path.parent), ledger, "Spring", path.parent, "m. ortiz")
    assert totals(ledger) == {"0123456789abcdef": {}}


def test_exam_totals_stand_in_the_exports_and_in_the_view(tmp_path: Path, ledger: Ledger) -> None:
    folder = tmp_path / "results"
    write(folder / "ada.json", result_of("ada"))
    write(folder / "bob.json", result_of("bob", practice=True))
    keep(collected(folder), ledger, "Spring", folder, "m. ortiz")
    cohort = read_cohort(ledger, "Spring", CohortRules())
    (view,) = exam_views(cohort)
    assert [(row.learner, row.total, row.verdict) for row in view.rows] == [
        ("Ada Lovelace", "85", "not passed"),
        ("Eve", "-", "no result"),
        ("Bob", "-", "does not count"),
    ]
    page = write_cohort(cohort, tmp_path / "out").read_text("utf-8")
    assert "Exam 0123456789abcdef" in page
    assert "85 of 100, not passed" in page
    assert "It was taken as practice" in page
    write_exports(cohort, tmp_path / "out")
    rows = {name: read_table(tmp_path / "out" / name) for name in ("exam.csv", "gradebook.csv")}
    assert [(row["learner"], row["exam total"]) for row in rows["gradebook.csv"]] == [
        ("ada", "85"), ("bob", ""), ("eve", "")
    ]  # fmt: skip
    assert [(row["learner"], row["total"], row["problem2 points"]) for row in rows["exam.csv"]] == [
        ("ada", "85", "60"), ("bob", "", ""), ("eve", "", ""), ("bob", "", "")
    ]  # fmt: skip
    assert "practice" in rows["exam.csv"][-1]["what speaks against it"]
    record = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["exams"]
    assert [each["learner"] for each in record[0]["results"]] == ["ada"]


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(tfprep, ["exam", "collect", *words], env={"TFPREP_HOME": str(home)})


def test_one_command_collects_into_a_cohort_with_the_cohorts_own_roster(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "results"
    home.mkdir()
    (home / "signing.key").write_bytes(MENTOR)
    (home / "signing.key").chmod(0o600)
    with Ledger.open(home / "ledger.db") as ledger:
        ledger.cohorts.begin_run(CohortNote("Spring", PEOPLE, has_roster=True, folder="x"))
    write(folder / "ada.json", result_of("ada"))
    done = run(home, str(folder), "--cohort", "Spring", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1, done.output
    assert "Without a valid result: bob, eve" in done.output
    assert read_table(tmp_path / "out" / "exam.csv")[0]["total"] == "85"
    with Ledger.open(home / "ledger.db") as ledger:
        assert [each.learner for each in ledger.cohorts.read("Spring").exams] == ["ada"]
    unknown = run(home, str(folder), "--cohort", "Sprng")
    assert "Did you mean 'Spring'" in str(unknown.exception)
