"""Every exam ends, whatever is broken, and nothing of one stands in another command's way."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from tfprep.cli import tfprep
from tfprep.errors import BadData, DataUnavailable, SandboxUnavailable, WorkerLost
from tfprep.exams.endings import ExamEndings
from tfprep.grader import Graded, Submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.exam import ExamEnding, PlannedProblem
from tfprep.grader.submission.candidates import modified
from tfprep.home import RUNNING_EXAMS

from .exam_setup import ExamSetup, fail, result_of, scores

BROKEN = [
    BadData("values.npy was altered.", "Remove it."),
    BadData("secret.key should hold 32 bytes.", "Put it back."),
    DataUnavailable("The data is not on this machine."),
    KeyError("a bug of ours"),
]


@pytest.mark.parametrize("error", BROKEN, ids=["altered", "no key", "gone", "bug"])
def test_what_is_broken_leaves_a_model_out_and_ends_the_exam_with_a_sentence(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    session = exams.start(60)
    exams.save(session, "problem1", b"right")
    exams.save(session, "problem2", b"right")
    exams.machine.wait(60)
    grade = exams.grade

    def broken(submission: Submission, category: PlannedProblem) -> Graded:
        if category.problem == "problem1":
            raise error
        return grade(submission, category)

    monkeypatch.setattr(exams, "grade", broken)
    (done,) = exams.end_if_over()
    assert scores(done) == [None, 5]
    assert "problem1_regression: the saved model could not be taken" in result_of(done).left_out[0]
    assert exams.end_if_over() == ()


def test_a_folder_that_is_gone_ends_the_exam_with_what_was_submitted(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    shutil.rmtree(session.plan.folder)
    exams.machine.wait(60)
    (done,) = exams.end_if_over()
    assert scores(done) == [5, None]
    assert "is not there any more" in result_of(done).left_out[0]


def test_a_folder_and_a_mark_that_are_gone_let_finish_end_it(exams: ExamSetup) -> None:
    """As where the exam began on another machine, or the home was put back from a backup."""
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    shutil.rmtree(session.plan.folder)
    (exams.home / RUNNING_EXAMS).unlink()
    exams.machine.wait(60)
    assert exams.end_if_over() == ()
    done = exams.service.finish("ada")
    assert (done.ending, scores(done)) == (ExamEnding.TIME_UP, [5, None])


def test_a_home_that_was_moved_ends_its_exam(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    exams.machine.wait(61)
    moved = exams.home.rename(exams.root / "another home")
    exams.ledger = Ledger.open(moved / "ledger.db")
    exams.service = ExamEndings(exams.ledger, moved, exams.machine.read_clock, modified)
    (done,) = exams.end_if_over()
    assert scores(done) == [5, None]


@pytest.mark.parametrize("minutes", [5, 500], ids=["running", "overdue"])
def test_abandoning_always_works(exams: ExamSetup, minutes: float) -> None:
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    exams.save(session, "problem2", b"right")
    exams.machine.wait(minutes)
    exams.broken = True
    done = exams.service.abandon("ada")
    assert (done.ending, scores(done)) == (ExamEnding.ABANDONED, [5, None])
    assert exams.service.abandon("ada") == done, "once more changes nothing"
    shutil.rmtree(session.plan.folder)
    assert exams.start().running


def test_failures_side_by_side_give_their_time_back_once(exams: ExamSetup) -> None:
    session = exams.start(120)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    started = exams.machine.read_clock()
    exams.machine.wait(10)
    for _ in range(3):
        now = exams.machine.read_clock
        exams.service._read_clock = iter([started, now(), now(), now()]).__next__  # type: ignore[method-assign]
        with pytest.raises(SandboxUnavailable):
            fail(exams, context, SandboxUnavailable("The engine went away."), 0)
    exams.service._read_clock = exams.machine.read_clock  # type: ignore[method-assign]
    clock = exams.service.current("ada").clock
    assert (clock.used.total_seconds(), clock.returned.total_seconds()) == (600.0, 600.0)
    returned = result_of(exams.service.finish("ada")).returned
    assert [each.seconds for each in returned] == [600.0, 0.0, 0.0]


def test_a_quarter_of_the_time_is_given_back_at_most(exams: ExamSetup) -> None:
    session = exams.start(60)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    for _ in range(4):
        with pytest.raises(SandboxUnavailable):
            fail(exams, context, SandboxUnavailable("The engine went away."), 6)
    assert exams.service.current("ada").clock.returned.total_seconds() == 900.0


def test_own_settings_give_no_time_back_and_a_worker_that_broke_does(exams: ExamSetup) -> None:
    session = exams.start(60)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    for error, returned in ((SandboxUnavailable("No engine."), 0.0), (WorkerLost("It broke."), 120.0)):
        told: list[str] = []
        with pytest.raises(type(error)):
            fail(exams, context, error, 2, told.append, own_settings=["DOCKER_HOST"])
        assert exams.service.current("ada").clock.returned.total_seconds() == returned
        assert ("DOCKER_HOST is your own setting" in told[0]) == (returned == 0)


def test_a_paused_machine_is_told_in_the_result(exams: ExamSetup) -> None:
    """WSL while Windows sleeps: the counter stands still, and the calendar goes on."""
    exams.start(60)
    exams.machine.wait(10)
    exams.service.current("ada")
    exams.machine.set_calendar(180)
    exams.machine.wait(10)
    result = result_of(exams.service.finish("ada"))
    assert (result.spent_seconds, result.gap_seconds) == (1_200.0, 10_800.0)


def test_a_calendar_that_was_set_back_and_put_right_is_told_too(exams: ExamSetup) -> None:
    exams.start(60)
    exams.machine.set_calendar(-600)
    exams.service.current("ada")
    exams.machine.set_calendar(600)
    assert result_of(exams.service.finish("ada")).gap_seconds == 36_000.0


def test_no_command_dies_of_an_exam_that_is_broken_in_every_way(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    exams.start(0.1)
    exams.machine.wait(60)
    exams.service.overdue()
    (exams.home / "secret.key").write_bytes(b"lost")
    (exams.home / "signing.key").write_bytes(b"lost")
    shutil.rmtree(exams.root / "exam of ada")
    environment = {"TFPREP_HOME": str(exams.home), "TFPREP_LEARNER": "ada"}
    outputs = []
    for words in (["history"], ["exam", "status"], ["exam", "result"], ["doctor"]):
        ended = CliRunner().invoke(tfprep, words, env=environment)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), words
        outputs.append(ended.output)
    assert "Exam 1 has ended" in outputs[0]
    assert "Exam 1 has ended" not in outputs[1]


@pytest.mark.parametrize("years", [57, -57])
def test_a_counter_that_leaps_by_decades_ends_in_a_result_that_can_be_read(
    exams: ExamSetup, years: int
) -> None:
    """A library before the program's clocks (libfaketime) gave a counter the calendar's seconds."""
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    exams.machine.steady += years * 365 * 86_400
    exams.machine.set_calendar(-180)
    if years > 0:
        (done,) = exams.end_if_over()
    else:
        done = exams.service.finish("ada")
    assert result_of(done).gap_seconds > 3_600
    assert done.ended is not None
    assert done.ended >= done.started
