"""A mentor's window: our own fault, or an honest way out of a broken exam, costs nobody their result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.errors import LedgerUnavailable
from tfprep.exams.request import own_exam

from .exam_class import CLOSES, ExamClass, HomeExam, model, of, total_of


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def begun_late(spring: ExamClass) -> HomeExam:
    """Half an hour before the window closes, which is all the time there is."""
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.machine.calendar = CLOSES - timedelta(minutes=30)
    home_exam.start()
    return home_exam


def test_time_that_was_given_back_may_end_after_the_window(spring: ExamClass) -> None:
    home_exam = begun_late(spring)
    context = home_exam.service.context_of([home_exam.workspace])

    def fail() -> None:
        with home_exam.service.returning_lost_time(context, lambda line: None):
            home_exam.machine.wait(6)
            raise LedgerUnavailable("The ledger broke.")

    with pytest.raises(LedgerUnavailable):
        fail()
    home_exam.machine.wait(28)
    home_exam.submit(model(4))
    home_exam.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 80.0
    assert any("6 min were given back" in remark for remark in of(done, "ada")[0].remarks)


def test_an_exam_that_is_abandoned_when_its_time_is_up_ended_with_its_time(spring: ExamClass) -> None:
    home_exam = begun_late(spring)
    home_exam.submit(model(4))
    home_exam.machine.wait(24 * 60)
    assert home_exam.service.abandon("ada").ended == CLOSES
    home_exam.hand_in(spring.handed_in)
    done = spring.grade(now=CLOSES + timedelta(days=2))
    assert total_of(done, "ada") == 80.0
    assert "The exam was abandoned." in of(done, "ada")[0].remarks


def test_an_own_exam_afterwards_does_not_keep_one_from_handing_in(spring: ExamClass) -> None:
    home_exam = begun_late(spring)
    session = home_exam.finish()
    store = spring.root / "own"
    home_exam.service.start(own_exam("ada", store, [], 5, practice=False))
    assert home_exam.service.current("ada").plan.mentor == ""
    assert home_exam.service.to_hand_in("ada").number == session.number


def test_a_model_that_was_changed_after_the_end_is_named_to_learner_and_mentor(spring: ExamClass) -> None:
    home_exam = begun_late(spring)
    home_exam.machine.wait(31)
    home_exam.save(model(5))
    home_exam.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 0.0
    assert "mymodel.h5 was changed after the time was up. It was not taken." in of(done, "ada")[0].remarks[0]
