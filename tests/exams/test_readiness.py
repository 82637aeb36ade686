"""What exams tell of how ready somebody is."""

from __future__ import annotations

from pathlib import Path

from tfprep.reports.readiness import readiness_of

from .exam_class import ExamClass, model
from .exam_setup import ExamSetup


def test_a_mentors_exam_tells_the_validation_data_s_score_and_so_nothing_of_readiness(
    tmp_path: Path, blank: Path
) -> None:
    spring = ExamClass(tmp_path, blank)
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    home_exam.submit(model(5))
    assert readiness_of("ada", home_exam.ledger).categories[0].attempts == 0
    home_exam.finish()
    assert readiness_of("ada", home_exam.ledger).categories[0].attempts == 0


def test_scores_of_an_exam_at_home_are_counted_apart(exams: ExamSetup) -> None:
    session = exams.start()
    exams.submit(session, "problem1", b"5")
    exams.submit(session, "problem1", b"2")
    category = readiness_of("ada", exams.ledger).categories[0]
    assert (category.attempts, category.told, category.in_exams) == (2, 2, 2)
