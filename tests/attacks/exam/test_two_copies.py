"""Two copies of one exam session: what is noticed of one is noticed of both, also over several runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tfprep.exams.outcome import GradedHandIn
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import Learner
from tfprep.reports.cohort.exam_results import exam_rows
from tfprep.reports.exam.outcome import closing, write_certificates

from ...exams.exam_class import RULES, ExamClass, model, of, total_of
from ...exams.forged import forge


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ...exams.exam_setup import make_blank

    return make_blank(tmp_path_factory.mktemp("ledger"))


def write(spring: ExamClass, name: str, **changed: Any) -> Path:
    packs = spring.root / "packs"
    rules = (packs / "001-ada.tfexam" if packs.exists() else spring.pack()["ada"]).read_text("ascii")
    path = spring.handed_in / name
    path.write_bytes(forge(rules, model(4), spring.key, **changed))
    return path


def said(graded: GradedHandIn) -> str:
    return " ".join((*graded.hand_in.against, *graded.remarks))


PAUSED = "The two clocks of the machine disagreed by up to 3 h 00 min"


@pytest.mark.parametrize("name", ["a-doctored.tfexam", "z-doctored.tfexam"])
def test_a_doctored_copy_takes_no_remark_away(spring: ExamClass, name: str) -> None:
    write(spring, "b-true.tfexam", gap_seconds=10_800.0)
    write(spring, name)
    done = spring.grade()
    (each,) = of(done, "ada")
    assert total_of(done, "ada") is None
    assert "are of one exam session, and differ in gap_seconds" in said(each)
    assert PAUSED in said(each)
    accepted = spring.grade(accepted=("ada",))
    (each,) = of(accepted, "ada")
    assert each.certificate is not None
    assert PAUSED in " ".join(each.certificate.remarks)
    assert "The mentor let it count although" in each.certificate.remarks[0]


def test_nor_where_the_true_one_was_graded_an_earlier_time(spring: ExamClass) -> None:
    write(spring, "b-true.tfexam", gap_seconds=10_800.0)
    assert total_of(spring.grade(), "ada") == 80.0
    (spring.handed_in / "b-true.tfexam").unlink()
    write(spring, "ada.tfexam")
    for _ in range(2):
        done = spring.grade()
        assert total_of(done, "ada") is None
        told = said(of(done, "ada")[0])
        assert "Its notes and those that were graded before are of one exam session" in told
        assert said(of(done, "ada")[0]).count(PAUSED) == 1


def test_nor_is_the_conflict_forgotten_where_only_one_copy_lies_later(spring: ExamClass) -> None:
    true = write(spring, "b-true.tfexam", gap_seconds=10_800.0)
    doctored = write(spring, "a-doctored.tfexam")
    assert total_of(spring.grade(), "ada") is None
    content = true.read_bytes()
    true.unlink()
    assert total_of(spring.grade(), "ada") is None
    doctored.unlink()
    true.write_bytes(content)
    done = spring.grade()
    assert total_of(done, "ada") is None
    assert "differ in gap_seconds" in said(of(done, "ada")[0])
    assert total_of(spring.grade(accepted=("ada",)), "ada") == 80.0
    assert total_of(spring.grade(), "ada") == 80.0


def test_what_speaks_against_one_copy_speaks_against_both(spring: ExamClass) -> None:
    write(spring, "b-true.tfexam", allowed_seconds=36_000.0)
    write(spring, "a-doctored.tfexam")
    done = spring.grade()
    assert total_of(done, "ada") is None
    assert "It allowed 10 h" in said(of(done, "ada")[0])


def test_who_sits_by_a_first_pack_with_easier_bands_is_told(spring: ExamClass) -> None:
    """The mentor packed twice, and each pack is genuine."""
    easy = {each: path.read_text("ascii") for each, path in spring.pack().items()}
    shutil.move(spring.root / "packs", spring.root / "first packs")
    (spring.place / "cohort.toml").write_text(RULES.replace("[5.0, 4.0, 3.0", "[4.5, 3.5, 2.5"))
    packs = spring.pack()
    spring.sit("bob", packs["bob"], 3)
    spring.sit("eve", packs["eve"], 3)
    (spring.handed_in / "ada.tfexam").write_bytes(forge(easy["ada"], model(4), spring.key))
    done = spring.grade()
    assert "and differ in bands of problem1: this home's key signed both" in said(of(done, "ada")[0])
    assert [said(of(done, each)[0]) for each in ("bob", "eve")] == ["", ""]


def test_a_certificate_that_does_not_count_any_more_is_told_in_every_run(spring: ExamClass) -> None:
    write(spring, "first.tfexam", sitting="1" * 64)
    assert total_of(spring.grade(), "ada") == 80.0
    write(spring, "second.tfexam", sitting="2" * 64)
    for accepted in (("second.tfexam",), (), ()):
        done = spring.grade(accepted=accepted)
        (counts,) = [each for each in of(done, "ada") if each.certificate is not None]
        assert counts.hand_in.file == "second.tfexam"
        assert "A certificate was signed for the one of" in said(counts)


def test_exam_csv_names_the_certificate_that_counts_and_the_other_one_is_named_too(spring: ExamClass) -> None:
    folder = spring.root / "certificates"
    write(spring, "first.tfexam", sitting="1" * 64)
    (first,) = write_certificates(spring.grade(), folder)
    write(spring, "second.tfexam", sitting="2" * 64)
    done = spring.grade(accepted=("second.tfexam",))
    (second,) = write_certificates(done, folder)
    assert f"{first.name} in {folder} was signed before, and does not count any more" in " ".join(
        closing(done, folder)
    )
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        header, row, *_ = exam_rows(ledger.cohorts.read("spring").exams, [Learner("ada")])
    assert row[list(header).index("certificate")] == second.name
