"""Results of exams in a cohort's gradebook: which count, in exports, on the page, and those kept before."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.exam_totals import exam_results
from tfprep.classroom.rules import CohortRules
from tfprep.cohorts import Learner
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import ExamTotal
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.reports.cohort.exam_results import exam_columns, exam_views
from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.page import write_cohort

from ..cohorts.results import read_cohort

PEOPLE = (Learner("ada", "Ada Lovelace", "ada@example.org"), Learner("bob", "Bob"), Learner("eve", "Eve"))
LATE = "Handed in 7 h 00 min after the window closed."
FOREIGN = "Its rules are not signed by this home's key."


def total(
    learner: str,
    points: float = 85.0,
    remarks: tuple[str, ...] = (),
    notes: tuple[str, ...] | None = (),
    signer: str = "",
) -> ExamTotal:
    return ExamTotal(
        learner=learner,
        exam="0123456789abcdef",
        total=points,
        passed=points >= 90,
        points={"problem1": points},
        file=f"{learner}.tfexam",
        digest=f"{learner} {points} {len(remarks)}",
        signer=signer or learner,
        remarks=remarks,
        notes=notes,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.cohorts.begin_run(CohortNote("Spring", PEOPLE, has_roster=True, folder="x"))
    return ledger


def counted(*totals: ExamTotal) -> dict[str, dict[str, float]]:
    return {each.exam: {who: one.total for who, one in each.counted.items()} for each in exam_results(totals)}


def test_a_remark_does_not_keep_a_result_from_counting_and_what_speaks_against_it_does() -> None:
    found = counted(total("ada", notes=(LATE,)), total("bob", remarks=(FOREIGN,)))
    assert found == {"0123456789abcdef": {"ada": 85.0}}


def test_a_refused_hand_in_of_a_learner_takes_nothing_from_the_good_one() -> None:
    found = counted(total("ada"), total("ada", 100.0, remarks=(FOREIGN,)))
    assert found == {"0123456789abcdef": {"ada": 85.0}}


def test_two_results_of_one_learner_from_two_folders_wait_for_a_person() -> None:
    assert counted(total("ada"), total("ada", 100.0)) == {"0123456789abcdef": {}}


def test_two_learners_may_share_a_machine_but_not_a_key_that_signed_their_results() -> None:
    shared = counted(total("ada", signer="lab"), total("bob", signer="lab"))
    assert shared == {"0123456789abcdef": {"ada": 85.0, "bob": 85.0}}
    earlier = (total(who, notes=None, signer="lab") for who in ("ada", "bob"))
    assert counted(*earlier) == {"0123456789abcdef": {}}


def test_what_a_ledger_keeps_is_read_as_it_was_stored_an_earlier_version_s_too(ledger: Ledger) -> None:
    stored = (total("ada", notes=(LATE,)), total("bob", notes=None), total("eve", remarks=(FOREIGN,)))
    ledger.cohorts.set_exam_results("Spring", "folder", stored, "m. ortiz")
    assert ledger.cohorts.read("Spring").exams == stored


def test_exam_totals_stand_in_the_exports_and_on_the_page(tmp_path: Path, ledger: Ledger) -> None:
    stored = (total("ada", notes=(LATE,)), total("bob", remarks=(FOREIGN,)))
    ledger.cohorts.set_exam_results("Spring", "folder", stored, "m. ortiz")
    cohort = read_cohort(ledger, "Spring", CohortRules())
    (view,) = exam_views(cohort)
    assert [(row.learner, row.total, row.verdict, row.why) for row in view.rows] == [
        ("Ada Lovelace", "85", "not passed", LATE),
        ("Eve", "-", "no result", ""),
        ("Bob", "-", "does not count", FOREIGN),
    ]
    page = write_cohort(cohort, tmp_path / "out").read_text("utf-8")
    assert "Exam 0123456789abcdef" in page
    assert LATE in page
    write_exports(cohort, tmp_path / "out")
    rows = {name: read_table(tmp_path / "out" / name) for name in ("exam.csv", "gradebook.csv")}
    assert [(row["learner"], row["exam total"]) for row in rows["gradebook.csv"]] == [
        ("ada", "85"), ("bob", ""), ("eve", "")
    ]  # fmt: skip
    assert [(row["learner"], row["total"], row["remarks"]) for row in rows["exam.csv"]] == [
        ("ada", "85", LATE), ("bob", "", ""), ("eve", "", "")
    ]  # fmt: skip
    assert rows["exam.csv"][1]["what speaks against it"] == FOREIGN
    record = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["exams"]
    assert [(each["learner"], each["remarks"]) for each in record[0]["results"]] == [("ada", [LATE])]


def test_two_exams_are_told_apart_by_their_days(ledger: Ledger) -> None:
    first = replace(total("ada"), started=datetime(2026, 3, 1, 12, tzinfo=UTC))
    second = replace(
        first, exam="fedcba9876543210", digest="second", started=datetime(2026, 4, 5, tzinfo=UTC)
    )
    ledger.cohorts.set_exam_results("Spring", "folder", (first, second), "m. ortiz")
    columns = [name for name, _ in exam_columns(read_cohort(ledger, "Spring", CohortRules()))]
    assert columns == ["exam 2026-03-01 01234567 total", "exam 2026-04-05 fedcba98 total"]


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
