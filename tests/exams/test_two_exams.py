"""Two exams of one cohort, or hand-ins of another one, in one folder: each file counts where it belongs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.exams.outcome import ExamOutcome
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import ExamTotal

from .exam_class import CLOSES, RULES, ExamClass, model, of
from .forged import forge


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def results(spring: ExamClass) -> tuple[ExamTotal, ...]:
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        return ledger.cohorts.read("spring").exams


def totals(done: ExamOutcome, learner: str) -> list[float]:
    return sorted(each.certificate.total for each in of(done, learner) if each.certificate is not None)


def resit(spring: ExamClass) -> None:
    """Ada sits a second exam, longer by an hour, after the first one was graded."""
    spring.sit("ada", spring.pack()["ada"], 3)
    spring.sit("bob", spring.root / "packs" / "002-bob.tfexam", 4)
    assert totals(spring.grade(), "ada") == [60.0]
    (spring.place / "cohort.toml").write_text(RULES.replace("minutes = 120", "minutes = 180"))
    shutil.move(spring.root / "packs", spring.root / "packs of the first exam")
    spring.sit("ada", spring.pack()["ada"], 5, "second")


def test_who_sat_two_exams_of_one_cohort_has_both_results(spring: ExamClass) -> None:
    resit(spring)
    done = spring.grade()
    assert totals(done, "ada") == [60.0, 100.0]
    assert totals(done, "bob") == [80.0]
    assert sorted(each.total for each in results(spring)) == [60.0, 80.0, 100.0]


def test_a_result_that_was_certified_is_not_lost_while_our_side_fails(spring: ExamClass) -> None:
    spring.sit("ada", spring.pack()["ada"], 5)
    spring.grade()
    with (spring.place / "cars.csv").open("a") as file:
        file.write("\n4,90,70,2000,15,80,1,0,0,30\n")
    done = spring.grade()
    assert "not what this exam was packed with" in done.hand_ins[0].pending[0]
    assert [each.total for each in results(spring)] == [100.0]
    assert "ada" not in done.missing


def test_a_hand_in_of_another_cohort_is_one_line_and_compared_with_nobody(
    spring: ExamClass, tmp_path: Path, blank: Path
) -> None:
    """The other cohort has a "bob" too, and the same model."""
    spring.sit("ada", spring.pack()["ada"], 4)
    other = ExamClass(tmp_path / "other", blank, text=RULES.replace("spring", "autumn"))
    shutil.copy(spring.home.root / "signing.key", other.home.root / "signing.key")
    rules = other.pack()["bob"].read_text("ascii")
    (spring.handed_in / "bob.tfexam").write_bytes(forge(rules, model(4, "ada"), spring.key))
    done = spring.grade()
    (refused,) = done.refused
    assert refused.why.startswith("It is of an exam of autumn, and not of spring.")
    assert [each.hand_in.learner for each in done.hand_ins] == ["ada"]
    assert done.hand_ins[0].remarks == ()
    assert [each.learner for each in results(spring)] == ["ada"]


def test_nor_does_one_of_last_term_with_the_same_secret_and_data_count(
    spring: ExamClass, tmp_path: Path, blank: Path
) -> None:
    spring.sit("ada", spring.pack()["ada"], 4)
    autumn = ExamClass(tmp_path / "other", blank, text=RULES.replace("spring", "autumn"))
    for name in ("signing.key", "secret.key"):
        if (spring.home.root / name).exists():
            shutil.copy(spring.home.root / name, autumn.home.root / name)
    autumn.pack()
    done = autumn.grade(folder=spring.handed_in)
    assert (done.hand_ins, done.missing) == ((), ("ada", "bob", "eve"))
    assert done.refused[0].why.startswith("It is of an exam of spring, and not of autumn.")


def test_a_cohort_that_was_renamed_still_grades_its_exam(spring: ExamClass) -> None:
    spring.sit("ada", spring.pack()["ada"], 4)
    spring.grade()
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        ledger.cohorts.rename("spring", "spring of 2026")
    rules = spring.root / "packs" / "002-bob.tfexam"
    (spring.handed_in / "bob.tfexam").write_bytes(forge(rules.read_text(), model(5), spring.key))
    (spring.place / "cohort.toml").write_text(RULES.replace('"spring"', '"spring of 2026"'))
    assert totals(spring.grade(), "bob") == [100.0]


@pytest.mark.parametrize("names", [("a.tfexam", "b.tfexam"), ("z.tfexam", "b.tfexam")])
def test_a_exam_session_that_is_sealed_again_after_the_window_was_handed_in_when_it_was_first(
    spring: ExamClass, names: tuple[str, str]
) -> None:
    """Whatever the two files are called, and where only the second one is left too."""
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.machine.calendar = CLOSES - timedelta(minutes=30)
    home_exam.start()
    home_exam.submit(model(4))
    home_exam.hand_in(spring.handed_in, names[0])
    home_exam.machine.wait(60)
    home_exam.hand_in(spring.handed_in, names[1])
    done = spring.grade()
    assert of(done, "ada")[0].remarks == ()
    (spring.handed_in / names[0]).unlink()
    assert of(spring.grade(), "ada")[0].remarks == ()
