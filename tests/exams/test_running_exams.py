"""Every command knows cheaply whether an exam is over; what cannot be written down costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.errors import (
    ExamError,
    HomeUnavailable,
    SandboxUnavailable,
)
from tfprep.exams.running_exams import overdue, read_running
from tfprep.grader.records.exam import ExamEnding
from tfprep.home import RUNNING_EXAMS

from .exam_setup import ExamSetup, fail, scores


def test_a_file_in_the_home_says_cheaply_when_an_exam_is_due(exams: ExamSetup) -> None:
    session = exams.start(60)
    assert overdue(exams.home, exams.machine.read_clock()) == ()
    exams.machine.wait(60)
    assert overdue(exams.home, exams.machine.read_clock()) == (session.number,)
    exams.end_if_over()
    assert not (exams.home / RUNNING_EXAMS).exists()


def test_a_file_that_was_removed_comes_back_with_the_next_look(exams: ExamSetup) -> None:
    session = exams.start(60)
    (exams.home / RUNNING_EXAMS).unlink()
    exams.service.current("ada")
    exams.machine.wait(60)
    assert overdue(exams.home, exams.machine.read_clock()) == (session.number,)


def test_an_exam_on_another_machine_is_not_settled_here(exams: ExamSetup) -> None:
    session = exams.start(60)
    (exams.home / RUNNING_EXAMS).unlink()
    session.plan.folder.rename(exams.root / "elsewhere")
    exams.service.current("ada")
    exams.machine.wait(60)
    assert exams.end_if_over() == ()


def test_time_that_cannot_be_given_back_is_reported_and_hides_no_error(exams: ExamSetup) -> None:
    session = exams.start(60)
    sentences: list[str] = []
    context = exams.service.context_of([exams.folder(session, "problem1")])
    exams.service.finish("ada")
    with pytest.raises(SandboxUnavailable):
        fail(exams, context, SandboxUnavailable("The engine went away."), 4, sentences.append)
    assert "could not be given back" in sentences[0]


@pytest.mark.parametrize("content", ["", "[]", '{"1": {}}', '{"x": 3}', "\x00"])
def test_a_file_that_cannot_be_read_names_no_exam(tmp_path: Path, content: str) -> None:
    (tmp_path / RUNNING_EXAMS).write_text(content)
    assert read_running(tmp_path) == {}


def test_without_an_exam_there_is_nothing_to_finish(exams: ExamSetup) -> None:
    with pytest.raises(ExamError, match="exam start"):
        exams.service.finish("ada")
    exams.start()
    exams.service.finish("ada")
    with pytest.raises(ExamError, match="No exam is running"):
        exams.service.finish("ada")


def test_clocks_that_cannot_be_written_down_cost_no_submission_and_no_result(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise HomeUnavailable("The disk is full.")

    session = exams.start(60)
    with monkeypatch.context() as patch:
        patch.setattr("tfprep.exams.learner_service.write_running", refuse)
        patch.setattr("tfprep.exams.endings.write_running", refuse)
        exams.submit(session, "problem1", b"right")
        done = exams.service.finish("ada")
    assert scores(done)[0] == 5
    assert exams.service.current("ada").ending is ExamEnding.FINISHED


def test_an_exam_whose_clock_cannot_be_written_down_at_its_start_says_so(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("tfprep.exams.running_exams.write_whole", refuse)
    with pytest.raises(HomeUnavailable, match=r"cannot be written down.*`tfprep exam status`"):
        exams.start(60)
