"""A mentor's exam: packed, sat, handed in, graded, certified, verified."""

from __future__ import annotations

from pathlib import Path

from tfprep.exams.certificate import read_certificate

from .exam_class import ExamClass, total_of


def test_three_learners_take_an_exam_and_get_certificates(tmp_path: Path, blank: Path) -> None:
    spring = ExamClass(tmp_path, blank)
    packs = spring.pack()
    spring.sit("ada", packs["ada"], 5)
    spring.sit("bob", packs["bob"], 3)
    done = spring.grade()
    print(done)
    assert (total_of(done, "ada"), total_of(done, "bob")) == (100.0, 60.0)
    assert done.missing == ("eve",)
    assert not done.refused
    assert all(not each.hand_in.against and not each.remarks for each in done.examined)
    given = done.examined[0].certificate
    assert given is not None
    again, signed = read_certificate(given.signed(spring.key))
    assert again == given
