"""The same file again in an exam: it is not run again, and what counts stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.grader.submission.submission import read_submission

from .exam_class import ExamClass, HomeExam, model


@pytest.fixture
def ada(tmp_path: Path, blank: Path) -> HomeExam:
    spring = ExamClass(tmp_path, blank, ("ada",))
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    return home_exam


def same_as(home_exam: HomeExam, content: bytes, told: list[str]) -> int | None:
    path = home_exam.save(content)
    admission = home_exam.service.admission([path], "home owner", told.append)
    return admission.same_as(read_submission(path, "problem1", admission.learner))


def test_the_model_that_counts_is_not_graded_again_and_the_learner_is_told(ada: HomeExam) -> None:
    told: list[str] = []
    assert same_as(ada, model(4), told) is None
    ada.submit(model(4))
    assert same_as(ada, model(4), told) == 1
    assert told == [
        "This is the very model of submission 1, which counts: it was not graded again. The exam goes on."
    ]


def test_an_earlier_model_that_does_not_count_any_more_is_graded_so_that_it_counts(ada: HomeExam) -> None:
    ada.submit(model(4))
    ada.submit(model(2))
    assert same_as(ada, model(4), []) is None
    ada.submit(model(4))
    assert same_as(ada, model(4), []) == 3
