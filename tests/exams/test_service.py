"""A whole sitting, driven by a machine whose clocks are set by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.classroom.signing import verify
from tfprep.errors import BadSubmission, ExamError, SandboxUnavailable
from tfprep.exams.result import ExamResult
from tfprep.exams.running_exams import FILE, due, marked
from tfprep.exams.service import ExamContext, Tell
from tfprep.grader import Verdict, read_submission
from tfprep.grader.records.exam import ExamEnding, ExamSession
from tfprep.problems import Dataset

from .hall import Hall, make_blank, make_datasets

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    return make_datasets(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def hall(tmp_path: Path, datasets: dict[str, Dataset], blank: Path) -> Hall:
    return Hall(tmp_path, datasets, blank)


def fail(hall: Hall, seat: ExamContext | None, error: Exception, minutes: float, tell: Tell = print) -> None:
    """A command in an exam that fails after some minutes."""
    with hall.proctor.returning_lost_time(seat, tell):
        hall.machine.wait(minutes)
        raise error


def result_of(sitting: ExamSession) -> ExamResult:
    return ExamResult.from_values(verify(sitting.result.encode()).values)


def scores(sitting: ExamSession) -> list[int | None]:
    return [category.score for category in result_of(sitting).categories]


def test_a_whole_sitting_from_start_to_finish(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.machine.wait(10)
    hall.submit(sitting, "problem1", b"right")
    hall.machine.wait(25)
    hall.submit(sitting, "problem2", b"poor")
    hall.machine.wait(5)
    hall.submit(sitting, "problem2", b"right")
    done = hall.proctor.finish("ada")
    result = result_of(done)
    assert (done.ending, result.total, result.passed) == (ExamEnding.FINISHED, 100.0, True)
    assert result.spent == 40 * MINUTE
    assert [category.seconds for category in result.categories] == [600.0, 1800.0]
    assert [category.submissions for category in result.categories] == [1, 2]
    assert result.categories[0].data == hall.datasets["problem1"].fingerprint


def test_the_exam_s_folder_has_a_workspace_for_each_category(hall: Hall) -> None:
    sitting = hall.begin()
    for problem in ("problem1", "problem2"):
        folder = hall.folder(sitting, problem)
        assert {"starter.py", "statement.md", "data", ".tfprep.toml"} <= {
            each.name for each in folder.iterdir()
        }


def test_a_category_never_submitted_scores_zero(hall: Hall) -> None:
    sitting = hall.begin()
    hall.submit(sitting, "problem1", b"right")
    result = result_of(hall.proctor.finish("ada"))
    assert (result.total, result.passed) == (40.0, False)
    assert result.categories[1].reason == "Never submitted."


def test_the_last_submission_that_can_be_scored_counts(hall: Hall) -> None:
    sitting = hall.begin()
    for model in (b"right", b"poor", b"broken"):
        hall.submit(sitting, "problem1", model)
    done = hall.proctor.finish("ada")
    assert scores(done) == [0, None]
    assert result_of(done).categories[0].counted == 2


def test_when_time_is_up_the_last_model_in_each_folder_counts(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.submit(sitting, "problem1", b"poor")
    hall.machine.wait(50)
    hall.save(sitting, "problem1", b"right")
    hall.save(sitting, "problem2", b"right")
    hall.machine.wait(500)
    (done,) = hall.settle()
    result = result_of(done)
    assert (done.ending, result.total) == (ExamEnding.TIME_UP, 100.0)
    assert [category.automatic for category in result.categories] == [True, True]
    assert result.spent == 60 * MINUTE
    assert result.ended == sitting.started + 60 * MINUTE


def test_a_model_saved_after_the_time_does_not_count(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.machine.wait(61)
    hall.save(sitting, "problem1", b"right")
    (done,) = hall.settle()
    assert scores(done) == [None, None]


def test_what_was_submitted_already_is_not_graded_again(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.submit(sitting, "problem1", b"right")
    hall.machine.wait(61)
    (done,) = hall.settle()
    assert hall.graded == 1
    assert result_of(done).categories[0].submissions == 1


def test_nothing_can_be_added_once_time_is_up(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.machine.wait(60)
    with pytest.raises(ExamError, match="Time is up"):
        hall.submit(sitting, "problem1", b"right")
    assert hall.ledger.history() == ()


def test_a_submission_that_was_graded_while_the_exam_ended_is_kept_nowhere(hall: Hall) -> None:
    sitting = hall.begin(60)
    path = hall.save(sitting, "problem1", b"right")
    seat = hall.proctor.seat([path])
    assert seat is not None
    hall.proctor.finish("ada")
    with pytest.raises(ExamError, match="ended"):
        hall.record(seat, path)
    assert hall.ledger.history() == ()


def test_finishing_adds_nothing_and_names_what_was_not_submitted(hall: Hall) -> None:
    sitting = hall.begin()
    hall.submit(sitting, "problem1", b"right")
    lying = hall.save(sitting, "problem2", b"right")
    assert hall.proctor.unsubmitted(hall.proctor.current("ada")) == (lying,)
    assert scores(hall.proctor.finish("ada")) == [5, None]


def test_while_it_runs_only_the_band_is_told_and_the_full_report_opens_at_the_end(hall: Hall) -> None:
    sitting = hall.begin()
    number = hall.submit(sitting, "problem1", b"poor")
    for record in (hall.ledger.read(number), hall.ledger.last(), *hall.ledger.history()):
        assert record.card.reason == "0 of 5."
        assert (record.card.value, record.card.findings, dict(record.card.model)) == (None, (), {})
    assert hall.ledger.predictions(number) is None
    hall.proctor.finish("ada")
    assert hall.ledger.read(number).card.value is not None
    assert hall.ledger.predictions(number) is not None


def test_while_it_runs_a_fault_is_told_by_its_class(hall: Hall) -> None:
    sitting = hall.begin()
    number = hall.submit(sitting, "problem1", b"broken")
    card = hall.ledger.read(number).card
    assert card.verdict is Verdict.INVALID
    assert card.reason.startswith("Not scored (shape)")
    assert hall.proctor.current("ada").submissions[0].fault == "shape"
    hall.proctor.finish("ada")
    assert "secret" in hall.ledger.read(number).card.reason


def test_other_submissions_stay_open_while_an_exam_runs(hall: Hall) -> None:
    sitting = hall.begin()
    path = hall.save(sitting, "problem1", b"right")
    graded = hall.grade(read_submission(path, "problem1", "bob"), sitting.plan.categories[0])
    assert hall.ledger.record(graded).card.value is not None


def test_a_restart_and_a_calendar_set_back_win_no_time(hall: Hall) -> None:
    hall.begin(60)
    hall.machine.wait(20)
    hall.proctor.current("ada")
    hall.machine.set_calendar(-600)
    assert hall.proctor.current("ada").clock.left == 40 * MINUTE
    hall.machine.restart(minutes_off=0)
    hall.machine.wait(10)
    assert hall.proctor.current("ada").clock.left == 30 * MINUTE


def test_time_goes_on_while_the_machine_is_off(hall: Hall) -> None:
    hall.begin(60)
    hall.machine.restart(minutes_off=45)
    assert hall.proctor.current("ada").clock.left == 15 * MINUTE


def test_a_fault_of_ours_gives_the_lost_time_back_and_says_so(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.machine.wait(10)
    told: list[str] = []
    path = hall.save(sitting, "problem1", b"right")
    seat = hall.proctor.seat([path])
    with pytest.raises(SandboxUnavailable):
        fail(hall, seat, SandboxUnavailable("The engine went away.", "Start it."), 4, told.append)
    assert hall.proctor.current("ada").clock.left == 50 * MINUTE
    assert "given back" in told[0]
    result = result_of(hall.proctor.finish("ada"))
    assert [(each.seconds, each.why) for each in result.returned] == [(240.0, "The engine went away.")]


def test_a_bug_of_ours_gives_time_back_too_and_a_mistake_of_theirs_does_not(hall: Hall) -> None:
    sitting = hall.begin(60)
    seat = hall.proctor.seat([hall.folder(sitting, "problem1")])
    for error, left in ((ZeroDivisionError(), 60), (BadSubmission("missing", "There is none."), 58)):
        with pytest.raises(type(error)):
            fail(hall, seat, error, 2)
        assert hall.proctor.current("ada").clock.left == left * MINUTE


def test_time_that_was_given_back_moves_the_end(hall: Hall) -> None:
    sitting = hall.begin(60)
    seat = hall.proctor.seat([hall.folder(sitting, "problem1")])
    with pytest.raises(SandboxUnavailable):
        fail(hall, seat, SandboxUnavailable("The engine went away."), 30)
    hall.machine.wait(45)
    assert hall.settle() == ()
    assert hall.submit(sitting, "problem1", b"right")


def test_pausing_is_a_choice_made_at_the_start(hall: Hall) -> None:
    hall.begin(60)
    with pytest.raises(ExamError, match="--practice"):
        hall.proctor.pause("ada")


def test_a_paused_practice_stands_still_and_the_result_says_practice(hall: Hall) -> None:
    sitting = hall.begin(60, practice=True)
    hall.machine.wait(10)
    hall.proctor.pause("ada")
    hall.machine.wait(1_000)
    assert hall.settle() == ()
    with pytest.raises(ExamError, match="paused"):
        hall.submit(sitting, "problem1", b"right")
    assert hall.proctor.resume("ada").clock.left == 50 * MINUTE
    assert result_of(hall.proctor.finish("ada")).practice


def test_one_sits_one_exam_at_a_time(hall: Hall) -> None:
    hall.begin()
    with pytest.raises(ExamError, match="already"):
        hall.begin()
    assert hall.begin(learner="bob").learner == "bob"


def test_an_exam_s_problem_is_graded_nowhere_else_while_it_runs(hall: Hall) -> None:
    hall.begin()
    with pytest.raises(ExamError, match="submit inside"):
        hall.proctor.admit(None, "ada", hall.datasets["problem1"])
    with pytest.raises(ExamError, match="submit inside"):
        hall.proctor.admit(None, "another name", hall.datasets["problem1"])
    hall.proctor.finish("ada")
    hall.proctor.admit(None, "ada", hall.datasets["problem1"])


def test_a_folder_of_the_exam_takes_only_its_own_problem(hall: Hall) -> None:
    sitting = hall.begin()
    seat = hall.proctor.seat([hall.folder(sitting, "problem1")])
    with pytest.raises(ExamError, match="problem1"):
        hall.proctor.admit(seat, "ada", hall.datasets["problem2"])


def test_settling_goes_on_where_a_fault_of_ours_stopped_it(hall: Hall) -> None:
    sitting = hall.begin(60)
    hall.save(sitting, "problem1", b"right")
    hall.save(sitting, "problem2", b"right")
    hall.machine.wait(60)
    hall.broken = True
    with pytest.raises(SandboxUnavailable):
        hall.settle()
    assert hall.proctor.current("ada").running
    hall.broken = False
    hall.machine.wait(600)
    (done,) = hall.settle()
    assert result_of(done).total == 100.0
    assert hall.settle() == ()


def test_of_two_that_settle_at_once_one_does(hall: Hall) -> None:
    hall.begin(60)
    hall.machine.wait(60)
    (overdue,) = hall.proctor.overdue()
    done = hall.proctor.settle(overdue, hall.grade)
    with pytest.raises(ExamError):
        hall.proctor.settle(overdue, hall.grade)
    assert hall.ledger.exams.read(overdue.number).result == done.result


def test_a_mark_in_the_home_tells_cheaply_when_an_exam_is_due(hall: Hall) -> None:
    sitting = hall.begin(60)
    assert due(hall.home, hall.machine.look()) == ()
    hall.machine.wait(60)
    assert due(hall.home, hall.machine.look()) == (sitting.number,)
    hall.settle()
    assert not (hall.home / FILE).exists()


def test_a_mark_that_was_removed_comes_back_with_the_next_look(hall: Hall) -> None:
    sitting = hall.begin(60)
    (hall.home / FILE).unlink()
    hall.proctor.current("ada")
    hall.machine.wait(60)
    assert due(hall.home, hall.machine.look()) == (sitting.number,)


def test_a_sitting_on_another_machine_is_not_settled_here(hall: Hall) -> None:
    sitting = hall.begin(60)
    (hall.home / FILE).unlink()
    sitting.plan.folder.rename(hall.root / "elsewhere")
    hall.proctor.current("ada")
    hall.machine.wait(60)
    assert hall.settle() == ()


def test_time_that_cannot_be_given_back_is_told_and_hides_no_error(hall: Hall) -> None:
    sitting = hall.begin(60)
    told: list[str] = []
    seat = hall.proctor.seat([hall.folder(sitting, "problem1")])
    hall.proctor.finish("ada")
    with pytest.raises(SandboxUnavailable):
        fail(hall, seat, SandboxUnavailable("The engine went away."), 4, told.append)
    assert "could not be given back" in told[0]


@pytest.mark.parametrize("content", ["", "[]", '{"1": {}}', '{"x": 3}', "\x00"])
def test_a_mark_that_cannot_be_read_names_no_exam(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert marked(tmp_path) == {}


def test_without_an_exam_there_is_nothing_to_finish(hall: Hall) -> None:
    with pytest.raises(ExamError, match="exam start"):
        hall.proctor.finish("ada")
    hall.begin()
    hall.proctor.finish("ada")
    with pytest.raises(ExamError, match="No exam is running"):
        hall.proctor.finish("ada")
