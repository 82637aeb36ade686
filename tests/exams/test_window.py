"""A mentor's window: our own fault, or an honest way out of a broken exam, costs nobody their result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.errors import LedgerUnavailable
from tfprep.exams.request import own_exam

from .exam_class import CLOSES, ExamClass, Sitting, model, of, total_of


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def begun_late(spring: ExamClass) -> Sitting:
    """Half an hour before the window closes, which is all the time there is."""
    sitting = spring.sitting("ada", spring.pack()["ada"])
    sitting.machine.calendar = CLOSES - timedelta(minutes=30)
    sitting.start()
    return sitting


def test_time_that_was_given_back_may_end_after_the_window(spring: ExamClass) -> None:
    sitting = begun_late(spring)
    context = sitting.service.context_of([sitting.workspace])

    def fail() -> None:
        with sitting.service.returning_lost_time(context, lambda line: None):
            sitting.machine.wait(6)
            raise LedgerUnavailable("The ledger broke.")

    with pytest.raises(LedgerUnavailable):
        fail()
    sitting.machine.wait(28)
    sitting.submit(model(4))
    sitting.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 80.0
    assert any("6 min were given back" in remark for remark in of(done, "ada")[0].remarks)


def test_an_exam_that_is_abandoned_when_its_time_is_up_ended_with_its_time(spring: ExamClass) -> None:
    sitting = begun_late(spring)
    sitting.submit(model(4))
    sitting.machine.wait(24 * 60)
    assert sitting.service.abandon("ada").ended == CLOSES
    sitting.hand_in(spring.handed_in)
    done = spring.grade(now=CLOSES + timedelta(days=2))
    assert total_of(done, "ada") == 80.0
    assert "The exam was abandoned." in of(done, "ada")[0].remarks


def test_an_own_exam_afterwards_does_not_keep_one_from_handing_in(spring: ExamClass) -> None:
    sitting = begun_late(spring)
    session = sitting.finish()
    store = spring.root / "own"
    sitting.service.start(own_exam("ada", store, [], 5, practice=False))
    assert sitting.service.current("ada").plan.mentor == ""
    assert sitting.service.to_hand_in("ada").number == session.number
