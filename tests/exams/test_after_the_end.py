"""What is done to a home after its exam has ended is told to the mentor."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tfprep.exams.config import ExamConfig
from tfprep.exams.hand_in import HandInContent, file_name, read_hand_in

from .exam_class import ExamClass, Sitting, model, of, total_of


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def sat(spring: ExamClass, score: int = 2) -> Sitting:
    return spring.sit("ada", spring.pack()["ada"], score)


def again(spring: ExamClass, sitting: Sitting, name: str = "again.tfexam") -> HandInContent:
    return read_hand_in(sitting.hand_in(spring.root / "again", name).read_bytes(), spring.key)


def kept(sitting: Sitting) -> Path:
    assert sitting.session is not None
    return sitting.home / "exams" / str(sitting.session.number)


def test_a_kept_model_that_was_written_over_after_the_end_is_not_handed_in(spring: ExamClass) -> None:
    sitting = sat(spring)
    (kept(sitting) / hashlib.sha256(model(2, "ada")).hexdigest()).write_bytes(model(5, "ada"))
    sitting.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 0.0
    said = " ".join(of(done, "ada")[0].remarks)
    assert "the model that was submitted was changed in your home afterwards. It is not handed in." in said
    assert "handed in 1 time before, first on" in said


def test_a_hand_in_that_is_made_again_holds_the_same_and_is_no_remark(spring: ExamClass) -> None:
    sitting = sat(spring)
    (first,) = spring.handed_in.iterdir()
    before = read_hand_in(first.read_bytes(), spring.key)
    sitting.machine.wait(5)
    after = again(spring, sitting)
    assert (after.models, after.notes.content) == (before.models, before.notes.content)
    assert [each.content for each in after.notes.before] == [before.notes.content]
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert each.remarks == ()


def test_an_exam_that_went_on_after_its_hand_in_says_what_was_handed_in_before(spring: ExamClass) -> None:
    sitting = sat(spring)
    with sqlite3.connect(sitting.home / "ledger.db") as ledger:
        ledger.execute("UPDATE exam_sessions SET ended_at = NULL, ending = NULL")
    ledger.close()
    sitting.submit(model(5, "ada"))
    again(spring, sitting)
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert each.certificate is not None
    assert "This sitting was handed in 1 time before" in " ".join(each.certificate.remarks)


def test_a_list_of_hand_ins_with_an_entry_taken_out_is_told(spring: ExamClass) -> None:
    sitting = sat(spring)
    again(spring, sitting)
    path = kept(sitting) / "hand-ins.json"
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))
    again(spring, sitting)
    (each,) = of(spring.grade(folder=spring.root / "again"), "ada")
    assert "Its list of the hand-ins that were made before was changed." in each.remarks


def test_who_hands_in_again_with_less_keeps_the_first_result(spring: ExamClass) -> None:
    sitting = sat(spring)
    assert total_of(spring.grade(), "ada") == 40.0
    for each in kept(sitting).iterdir():
        if each.suffix != ".json":
            each.write_bytes(b"damaged")
    sitting.hand_in(spring.handed_in, "again.tfexam")
    for _ in range(2):
        done = spring.grade()
        assert total_of(done, "ada") == 40.0
    (again,) = [each for each in of(done, "ada") if each.certificate is None]
    assert "each later one tells of the first: only the first counts." in again.hand_in.against[0]


def test_ids_that_differ_by_signs_only_hand_in_files_of_different_names(spring: ExamClass) -> None:
    config = ExamConfig.verified(spring.pack()["ada"].read_text())[0]
    ids = ("a/b", "a b", "a_b", "m\u00fcller", "m\u00f6ller", "m_ller", "x" * 60, "x" * 61)
    names = [file_name(config.model_copy(update={"learner": each})) for each in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert file_name(config) == f"exam-{config.exam[:8]}-ada.tfexam"
