"""Whole exams, with clocks that are set by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.errors import (
    BadSubmission,
    ExamError,
    FailedAtFile,
    FailedToRead,
    LostByScript,
    SandboxUnavailable,
)
from tfprep.grader import Graded, Submission, Verdict, read_submission
from tfprep.grader.records.exam import ExamEnding, PlannedProblem
from tfprep.grader.submission.candidates import modified_or_changed
from tfprep.problems import Dataset, find

from .exam_setup import MINUTE, ExamSetup, fail, result_of, scores


def test_a_whole_exam_from_start_to_finish(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.machine.wait(10)
    exams.submit(session, "problem1", b"right")
    exams.machine.wait(25)
    exams.submit(session, "problem2", b"poor")
    exams.machine.wait(5)
    exams.submit(session, "problem2", b"right")
    done = exams.service.finish("ada")
    result = result_of(done)
    assert (done.ending, result.total, result.passed) == (ExamEnding.FINISHED, 100.0, True)
    assert result.spent == 40 * MINUTE
    assert [category.seconds for category in result.categories] == [600.0, 1800.0]
    assert [category.submissions for category in result.categories] == [1, 2]
    assert result.categories[0].data == exams.datasets["problem1"].fingerprint


def test_the_exam_s_folder_has_a_workspace_for_each_category(exams: ExamSetup) -> None:
    session = exams.start()
    for problem in ("problem1", "problem2"):
        folder = exams.folder(session, problem)
        assert {"starter.py", "statement.md", "data", ".tfprep.toml"} <= {
            each.name for each in folder.iterdir()
        }
        statement = (folder / "statement.md").read_text("utf-8")
        assert "full marks" in statement
        assert "Hints" not in statement


def test_a_running_exam_gives_no_hints_and_another_problem_outside_of_it_does(exams: ExamSetup) -> None:
    session = exams.start()
    inside, outside = [exams.folder(session, "problem1")], [exams.folder(session, "problem1").parent.parent]
    for places, problem in ((inside, "problem3"), (outside, "problem2")):
        with pytest.raises(ExamError, match="no hints"):
            exams.service.refuse_hints(places, "ada", find(problem))
    exams.service.refuse_hints(outside, "ada", find("problem3"))
    exams.service.finish("ada")
    exams.service.refuse_hints(inside, "ada", find("problem1"))


def test_a_category_never_submitted_scores_zero(exams: ExamSetup) -> None:
    session = exams.start()
    exams.submit(session, "problem1", b"right")
    result = result_of(exams.service.finish("ada"))
    assert (result.total, result.passed) == (40.0, False)
    assert result.categories[1].reason == "Never submitted."


def test_the_last_submission_that_can_be_scored_counts(exams: ExamSetup) -> None:
    session = exams.start()
    for model in (b"right", b"poor", b"broken"):
        exams.submit(session, "problem1", model)
    done = exams.service.finish("ada")
    assert scores(done) == [0, None]
    assert result_of(done).categories[0].counted == 2


def test_when_time_is_up_the_last_model_in_each_folder_counts(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.submit(session, "problem1", b"poor")
    exams.machine.wait(50)
    exams.save(session, "problem1", b"right")
    exams.save(session, "problem2", b"right")
    exams.machine.wait(500)
    (done,) = exams.end_if_over()
    result = result_of(done)
    assert (done.ending, result.total) == (ExamEnding.TIME_UP, 100.0)
    assert [category.automatic for category in result.categories] == [True, True]
    assert result.spent == 60 * MINUTE
    assert result.ended == session.started + 60 * MINUTE


def test_a_model_saved_after_the_time_does_not_count(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.machine.wait(61)
    exams.save(session, "problem1", b"right")
    (done,) = exams.end_if_over()
    assert scores(done) == [None, None]


def test_a_model_made_after_the_end_is_not_taken_whatever_its_file_time_was_set_to(
    tmp_path: Path, datasets: dict[str, Dataset], blank: Path
) -> None:
    """`touch -d` sets the modification time; the change time is the kernel's, here months after the exam."""
    exams = ExamSetup(tmp_path, datasets, blank, time_of=modified_or_changed)
    session = exams.start(60)
    exams.machine.wait(30)
    path = exams.save(session, "problem1", b"right")
    exams.machine.wait(31)
    assert path.stat().st_mtime < session.clock.end(session.started).timestamp() < path.stat().st_ctime
    (done,) = exams.end_if_over()
    assert scores(done) == [None, None]


def test_what_was_submitted_already_is_not_graded_again(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.submit(session, "problem1", b"right")
    exams.machine.wait(61)
    (done,) = exams.end_if_over()
    assert exams.graded == 1
    assert result_of(done).categories[0].submissions == 1


def test_nothing_can_be_added_once_time_is_up(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.machine.wait(60)
    with pytest.raises(ExamError, match="Time is up"):
        exams.submit(session, "problem1", b"right")
    assert exams.ledger.history() == ()


def test_a_submission_that_was_graded_while_the_exam_ended_is_kept_nowhere(exams: ExamSetup) -> None:
    session = exams.start(60)
    path = exams.save(session, "problem1", b"right")
    context = exams.service.context_of([path])
    assert context is not None
    exams.service.finish("ada")
    with pytest.raises(ExamError, match="ended"):
        exams.record(context, path)
    assert exams.ledger.history() == ()


def test_finishing_adds_nothing_and_names_what_was_not_submitted(exams: ExamSetup) -> None:
    session = exams.start()
    exams.submit(session, "problem1", b"right")
    saved = exams.save(session, "problem2", b"right")
    assert exams.service.unsubmitted(exams.service.current("ada")) == (saved,)
    assert scores(exams.service.finish("ada")) == [5, None]


def test_while_it_runs_only_the_score_is_shown_and_the_full_report_opens_at_the_end(exams: ExamSetup) -> None:
    session = exams.start()
    number = exams.submit(session, "problem1", b"poor")
    for record in (exams.ledger.read(number), exams.ledger.last(), *exams.ledger.history()):
        assert record.card.reason == "0 of 5."
        assert (record.card.value, record.card.findings, dict(record.card.model)) == (None, (), {})
    assert exams.ledger.predictions(number) is None
    exams.service.finish("ada")
    assert exams.ledger.read(number).card.value is not None
    assert exams.ledger.predictions(number) is not None


def test_while_it_runs_a_fault_is_shown_by_its_class(exams: ExamSetup) -> None:
    session = exams.start()
    number = exams.submit(session, "problem1", b"broken")
    card = exams.ledger.read(number).card
    assert card.verdict is Verdict.INVALID
    assert card.reason.startswith("Not scored (shape)")
    assert exams.service.current("ada").submissions[0].fault == "shape"
    exams.service.finish("ada")
    assert "secret" in exams.ledger.read(number).card.reason


def test_other_submissions_stay_open_while_an_exam_runs(exams: ExamSetup) -> None:
    session = exams.start()
    path = exams.save(session, "problem1", b"right")
    graded = exams.grade(read_submission(path, "problem1", "bob"), session.plan.categories[0])
    assert exams.ledger.record(graded).card.value is not None


def test_a_restart_and_a_calendar_set_back_win_no_time(exams: ExamSetup) -> None:
    exams.start(60)
    exams.machine.wait(20)
    exams.service.current("ada")
    exams.machine.set_calendar(-600)
    assert exams.service.current("ada").clock.left == 40 * MINUTE
    exams.machine.restart(minutes_off=0)
    exams.machine.wait(10)
    assert exams.service.current("ada").clock.left == 30 * MINUTE


def test_time_goes_on_while_the_machine_is_off(exams: ExamSetup) -> None:
    exams.start(60)
    exams.machine.restart(minutes_off=45)
    assert exams.service.current("ada").clock.left == 15 * MINUTE


def test_a_fault_of_ours_gives_the_lost_time_back_and_says_so(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.machine.wait(10)
    sentences: list[str] = []
    path = exams.save(session, "problem1", b"right")
    context = exams.service.context_of([path])
    with pytest.raises(SandboxUnavailable):
        fail(exams, context, SandboxUnavailable("The engine went away.", "Start it."), 4, sentences.append)
    assert exams.service.current("ada").clock.left == 50 * MINUTE
    assert "given back" in sentences[0]
    result = result_of(exams.service.finish("ada"))
    assert [(each.seconds, each.why) for each in result.returned] == [(240.0, "The engine went away.")]


@pytest.mark.parametrize("kind", [LostByScript, FailedToRead, FailedAtFile])
def test_what_may_have_ended_its_worker_or_its_reader_wins_no_time(
    exams: ExamSetup, kind: type[SandboxUnavailable]
) -> None:
    session = exams.start(60)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    sentences: list[str] = []
    with pytest.raises(kind):
        fail(exams, context, kind("It was lost."), 2, sentences.append)
    assert exams.service.current("ada").clock.left == 58 * MINUTE
    assert not sentences


def test_a_bug_of_ours_gives_time_back_too_and_a_mistake_of_theirs_does_not(exams: ExamSetup) -> None:
    session = exams.start(60)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    for error, left in ((ZeroDivisionError(), 60), (BadSubmission("missing", "There is none."), 58)):
        with pytest.raises(type(error)):
            fail(exams, context, error, 2)
        assert exams.service.current("ada").clock.left == left * MINUTE


def test_time_that_was_given_back_moves_the_end(exams: ExamSetup) -> None:
    session = exams.start(60)
    context = exams.service.context_of([exams.folder(session, "problem1")])
    with pytest.raises(SandboxUnavailable):
        fail(exams, context, SandboxUnavailable("The engine went away."), 15)
    exams.machine.wait(55)
    assert exams.end_if_over() == ()
    assert exams.submit(session, "problem1", b"right")


def test_pausing_is_a_choice_made_at_the_start(exams: ExamSetup) -> None:
    exams.start(60)
    with pytest.raises(ExamError, match="--practice"):
        exams.service.pause("ada")


def test_a_paused_practice_stands_still_and_the_result_says_practice(exams: ExamSetup) -> None:
    session = exams.start(60, practice=True)
    exams.machine.wait(10)
    exams.service.pause("ada")
    exams.machine.wait(1_000)
    assert exams.end_if_over() == ()
    with pytest.raises(ExamError, match="paused"):
        exams.submit(session, "problem1", b"right")
    assert exams.service.resume("ada").clock.left == 50 * MINUTE
    assert result_of(exams.service.finish("ada")).practice


def test_one_sits_one_exam_at_a_time(exams: ExamSetup) -> None:
    exams.start()
    with pytest.raises(ExamError, match="already"):
        exams.start()
    assert exams.start(learner="bob").learner == "bob"


def test_an_exam_s_problem_is_graded_nowhere_else_while_it_runs(exams: ExamSetup) -> None:
    exams.start()
    with pytest.raises(ExamError, match="submit inside"):
        exams.service.admit(None, "ada", exams.datasets["problem1"])
    with pytest.raises(ExamError, match="submit inside"):
        exams.service.admit(None, "another name", exams.datasets["problem1"])
    exams.service.finish("ada")
    exams.service.admit(None, "ada", exams.datasets["problem1"])


def test_a_folder_of_the_exam_takes_only_its_own_problem(exams: ExamSetup) -> None:
    session = exams.start()
    context = exams.service.context_of([exams.folder(session, "problem1")])
    with pytest.raises(ExamError, match="problem1"):
        exams.service.admit(context, "ada", exams.datasets["problem2"])


def test_settling_goes_on_where_a_fault_of_ours_stopped_it(exams: ExamSetup) -> None:
    session = exams.start(60)
    exams.save(session, "problem1", b"right")
    exams.save(session, "problem2", b"right")
    exams.machine.wait(60)
    exams.broken = True
    with pytest.raises(SandboxUnavailable):
        exams.end_if_over()
    assert exams.service.current("ada").running
    exams.broken = False
    exams.machine.wait(600)
    (done,) = exams.end_if_over()
    assert result_of(done).total == 100.0
    assert exams.end_if_over() == ()


def test_a_model_that_our_code_fails_at_keeps_no_exam_from_ending(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = exams.start(60)
    exams.save(session, "problem1", b"right")
    exams.save(session, "problem2", b"right")
    exams.machine.wait(60)
    grade = exams.grade

    def fails_at_one(submission: Submission, category: PlannedProblem) -> Graded:
        if category.problem == "problem1":
            raise FailedAtFile("tfprep could not read this model.")
        return grade(submission, category)

    monkeypatch.setattr(exams, "grade", fails_at_one)
    (done,) = exams.end_if_over()
    assert 0 < result_of(done).total < 100
    assert exams.end_if_over() == ()


def test_of_two_that_settle_at_once_one_does(exams: ExamSetup) -> None:
    exams.start(60)
    exams.machine.wait(60)
    (overdue,) = exams.service.overdue()
    done = exams.service.end_if_over(overdue, exams.grade)
    with pytest.raises(ExamError):
        exams.service.end_if_over(overdue, exams.grade)
    assert exams.ledger.exams.read(overdue.number).result == done.result
