"""How long a model may run in a mentor's exam: at home as was signed, and never less when it counts."""

from __future__ import annotations

from pathlib import Path

from tfprep.exams.config import ExamConfig
from tfprep.exams.exam_data import longest
from tfprep.exams.learner_service import policy_of
from tfprep.grader import Graded, Submission
from tfprep.grader.records.exam import ExamPlan, PlannedProblem
from tfprep.grader.submission import SubmissionPolicy

from .exam_class import RULES, ExamClass, HomeExam, model

SHORT = RULES + "predict_seconds = 7\ntrain_seconds = 70\n"


def seated(tmp_path: Path, blank: Path, text: str = SHORT) -> HomeExam:
    spring = ExamClass(tmp_path, blank, ("ada",), text)
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    return home_exam


def test_a_mentor_s_limits_hold_in_the_exam_at_home(tmp_path: Path, blank: Path) -> None:
    home_exam = seated(tmp_path, blank)
    path = home_exam.save(model(4))
    admission = home_exam.service.admission([path], "home owner", lambda line: None)
    assert (admission.policy.predict_seconds, admission.policy.train_seconds) == (7, 70)
    outside = home_exam.service.admission([tmp_path], "somebody", lambda line: None)
    assert outside.policy == SubmissionPolicy()


def test_a_pack_keeps_the_key_that_packs_had_before(tmp_path: Path, blank: Path) -> None:
    session = seated(tmp_path, blank).session
    assert session is not None
    signed = ExamConfig.verified(session.plan.config)[0].to_values()
    assert signed["problems"][0]["answer_seconds"] == 7


def test_they_hold_for_what_is_taken_when_time_is_up_too(tmp_path: Path, blank: Path) -> None:
    home_exam = seated(tmp_path, blank)
    home_exam.save(model(4))
    home_exam.machine.wait(121)
    limits: list[float | None] = []

    def grade(submission: Submission, category: PlannedProblem) -> Graded:
        limits.append(policy_of(category).predict_seconds)
        return home_exam.grade(submission, category)

    assert home_exam.session is not None
    home_exam.service.end_if_over(home_exam.session, grade)
    assert limits == [7]


def test_an_exam_that_began_before_limits_were_signed_keeps_the_problem_s_own(
    tmp_path: Path, blank: Path
) -> None:
    session = seated(tmp_path, blank, RULES).session
    assert session is not None
    values = session.plan.to_values()
    values["categories"] = [
        {key: value for key, value in each.items() if not key.endswith("_seconds")}
        for each in values["categories"]
    ]
    (category,) = ExamPlan.from_values(values).categories
    assert policy_of(category) == SubmissionPolicy()


def test_when_it_counts_a_model_may_run_as_long_as_the_pack_said_or_longer(
    tmp_path: Path, blank: Path
) -> None:
    session = seated(tmp_path, blank).session
    assert session is not None
    (problem,) = ExamConfig.verified(session.plan.config)[0].problems
    assert longest(SubmissionPolicy(predict_seconds=3), problem).predict_seconds == 7
    assert longest(SubmissionPolicy(predict_seconds=30), problem).predict_seconds == 30
