"""What is done to a home after its exam has ended is told to the mentor."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tfprep.exams.config import ExamConfig
from tfprep.exams.hand_in import HandInContent, file_name, read_hand_in

from .exam_class import ExamClass, HomeExam, model, of, total_of


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def sat(spring: ExamClass, score: int = 2) -> HomeExam:
    return spring.sit("ada", spring.pack()["ada"], score)


def again(spring: ExamClass, home_exam: HomeExam, name: str = "again.tfexam") -> HandInContent:
    return read_hand_in(home_exam.hand_in(spring.root / "again", name).read_bytes(), spring.key)


def kept(home_exam: HomeExam) -> Path:
    assert home_exam.session is not None
    return home_exam.home / "exams" / str(home_exam.session.number)


def test_a_kept_model_that_was_written_over_after_the_end_is_not_handed_in(spring: ExamClass) -> None:
    home_exam = sat(spring)
    (kept(home_exam) / hashlib.sha256(model(2, "ada")).hexdigest()).write_bytes(model(5, "ada"))
    home_exam.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 0.0
    said = " ".join(of(done, "ada")[0].remarks)
    assert "the model that was submitted was changed in your home afterwards. It is not handed in." in said
    assert "handed in 1 time before, first on" in said


def test_a_hand_in_that_is_made_again_holds_the_same_and_is_no_remark(spring: ExamClass) -> None:
    home_exam = sat(spring)
    (first,) = spring.handed_in.iterdir()
    before = read_hand_in(first.read_bytes(), spring.key)
    home_exam.machine.wait(5)
    after = again(spring, home_exam)
    assert (after.models, after.notes.content) == (before.models, before.notes.content)
    assert [each.content for each in after.notes.before] == [before.notes.content]
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert each.remarks == ()


def test_an_exam_that_went_on_after_its_hand_in_says_what_was_handed_in_before(spring: ExamClass) -> None:
    home_exam = sat(spring)
    with sqlite3.connect(home_exam.home / "ledger.db") as ledger:
        ledger.execute("UPDATE exam_sessions SET ended_at = NULL, ending = NULL")
    ledger.close()
    home_exam.submit(model(5, "ada"))
    again(spring, home_exam)
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert each.certificate is not None
    assert "This exam session was handed in 1 time before" in " ".join(each.certificate.remarks)


def test_a_list_of_hand_ins_with_an_entry_taken_out_is_told(spring: ExamClass) -> None:
    home_exam = sat(spring)
    again(spring, home_exam)
    path = kept(home_exam) / "hand-ins.json"
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))
    again(spring, home_exam)
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert "Its list of the hand-ins that were made before was changed." in each.remarks


def test_who_hands_in_again_with_less_keeps_the_first_result(spring: ExamClass) -> None:
    home_exam = sat(spring)
    assert total_of(spring.grade(), "ada") == 40.0
    for each in kept(home_exam).iterdir():
        if each.suffix != ".json":
            each.write_bytes(b"damaged")
    home_exam.hand_in(spring.handed_in, "again.tfexam")
    for _ in range(2):
        done = spring.grade()
        assert total_of(done, "ada") == 40.0
    (again,) = [each for each in of(done, "ada") if each.certificate is None]
    assert "Each later one lists the first, so only the first counts." in again.hand_in.against[0]


def test_ids_that_differ_by_signs_only_hand_in_files_of_different_names(spring: ExamClass) -> None:
    config = ExamConfig.verified(spring.pack()["ada"].read_text())[0]
    ids = ("a/b", "a b", "a_b", "m\u00fcller", "m\u00f6ller", "m_ller", "x" * 60, "x" * 61)
    names = [file_name(config.model_copy(update={"learner": each})) for each in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert file_name(config) == f"exam-{config.exam[:8]}-ada.tfexam"
