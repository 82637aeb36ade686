"""Whose file it is by the platform's path, where that is somebody else than the rules say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.cohorts import Learner
from tfprep.exams.other_owner import names_of, other_owner

from ..cohorts.submission_files import write_files
from .exam_class import ExamClass, model, of
from .forged import forge

ROSTER = (
    Learner("ada01", "Ada Lovelace"),
    Learner("ben", "Ben Zo\u00eb M\u00fcller"),
    Learner("eve", "Eve Cheat"),
    Learner("x", "Ann Lee"),
    Learner("y", "ann lee"),
)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("Eve Cheat_4711_assignsubmission_file_/exam-0123-ben.tfexam", "eve"),
        ("Exam-77.zip/EVE CHEAT_4711_/my exam.zip/a.tfexam", "eve"),
        ("cheateve_15_5003_exam-0123-ben.tfexam", "eve"),
        ("Exam_ada01_attempt_2026-03-01-12-00-00_exam.tfexam", "ada01"),
        ("Ben Zo\u00eb M\u00fcller_1_assignsubmission_file_/x.tfexam", ""),
        ("Eve Cheat_1_/Ada Lovelace_2_/x.tfexam", ""),
        ("Ann Lee_1_/x.tfexam", ""),
        ("ben/eve/x.tfexam", ""),
        ("week 1/x.tfexam", ""),
    ],
)
def test_a_path_names_one_other_person_or_nobody(path: str, owner: str) -> None:
    assert other_owner(path, "ben", names_of(ROSTER)) == owner


def test_a_hand_in_under_somebody_else_s_name_is_a_remark_for_the_mentor_alone(
    tmp_path: Path, blank: Path
) -> None:
    spring = ExamClass(tmp_path, blank)
    rules = spring.pack()["bob"].read_text("ascii")
    files = {"Eve_4711_assignsubmission_file_/exam.tfexam": forge(rules, model(2), spring.key)}
    (each,) = of(spring.grade(folder=write_files(tmp_path / "download", files)), "bob")
    assert each.remarks == ("It lay under the name of eve: Eve_4711_assignsubmission_file_/exam.tfexam.",)
    assert each.certificate is not None
    assert each.certificate.remarks == ()
