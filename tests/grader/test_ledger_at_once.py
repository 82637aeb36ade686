"""Several programs change one ledger at the same moment, on both kinds of database, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tfprep.errors import ExamError
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.grader.records.exam import (
    ClockReading,
    ExamAttachment,
    ExamEnding,
    ExamPlan,
    PlannedProblem,
    TimeCredit,
)

from .test_ledger import graded

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEVERAL = 4


def at_once(place: str | Path, do: Callable[[Ledger, int], Any]) -> list[Any]:
    """What each of several programs gets or raises that do the same in the same moment."""
    ready = Barrier(SEVERAL)

    def one(turn: int) -> Any:
        with Ledger.open(place) as ledger:
            ready.wait(30)
            try:
                return do(ledger, turn)
            except ExamError as error:
                return error

    with ThreadPoolExecutor(SEVERAL) as pool:
        return list(pool.map(one, range(SEVERAL)))


def clock(minutes: float = 0) -> ClockReading:
    seconds = minutes * 60
    return ClockReading(START + timedelta(seconds=seconds), "boot", seconds)


def plan() -> ExamPlan:
    category = PlannedProblem("problem1", "problem1_regression", "package", "f" * 64, 1.0)
    return ExamPlan(Path("/exam"), (category,), practice=True)


def test_several_starts_at_once_make_one_exam_session(place: str | Path) -> None:
    def start(ledger: Ledger, _: int) -> Any:
        return ledger.exams.start("ann", plan(), timedelta(hours=5), clock)

    done = at_once(place, start)
    refused = [str(each) for each in done if isinstance(each, ExamError)]
    assert len(refused) == SEVERAL - 1
    assert all("is taking an exam already" in each for each in refused)
    with Ledger.open(place) as ledger:
        assert len(ledger.exams.running()) == 1


def test_time_that_is_given_back_by_several_at_once_is_not_lost(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        exam = ledger.exams.start("ann", plan(), timedelta(hours=5), clock).number

    def give_back(ledger: Ledger, turn: int) -> Any:
        ledger.exams.tick(exam, lambda: clock(60))
        return ledger.exams.give_back(exam, TimeCredit(60.0, f"failure {turn}"), lambda: clock(60))

    at_once(place, give_back)
    with Ledger.open(place) as ledger:
        session = ledger.exams.read(exam)
    assert sorted(each.why for each in session.returned) == [f"failure {turn}" for turn in range(SEVERAL)]
    assert session.clock.used == timedelta(hours=1), "tickers at once count an hour once"
    assert session.clock.returned == timedelta(seconds=sum(each.seconds for each in session.returned))
    assert session.clock.returned == timedelta(minutes=1), "the same minute is given back once"


def test_an_exam_ends_with_what_was_submitted_in_the_same_moment(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        exam = ledger.exams.start("ann", plan(), timedelta(hours=5), clock).number

    def submit_or_finish(ledger: Ledger, turn: int) -> Any:
        if turn:
            return ledger.record(graded("ann"), ExamAttachment(exam, 1.0, False, "")).number
        ended = ledger.exams.end(exam, ExamEnding.FINISHED, lambda now: (f"{len(now.submissions)}", START))
        return int(ended.result)

    counted, *others = at_once(place, submit_or_finish)
    with Ledger.open(place) as ledger:
        assert counted == len(ledger.exams.read(exam).submissions)
    assert sum(isinstance(each, int) for each in others) == counted, "the others were told that it has ended"


def test_an_exam_that_got_time_back_meanwhile_does_not_end_as_overdue(place: str | Path) -> None:
    with Ledger.open(place) as ledger:
        exam = ledger.exams.start("ann", plan(), timedelta(hours=5), clock).number
        assert ledger.exams.tick(exam, lambda: clock(301)).clock.over
        ledger.exams.give_back(exam, TimeCredit(600.0, "a failure"), lambda: clock(301))
        with pytest.raises(ExamError, match="Time was given back"):
            ledger.exams.end(exam, ExamEnding.TIME_UP, lambda _: ("", START))
        assert not ledger.exams.read(exam).clock.over


def test_the_first_runs_of_a_new_cohort_at_once_all_begin(place: str | Path) -> None:
    def begin(ledger: Ledger, turn: int) -> Any:
        return ledger.cohorts.begin_run(CohortNote("spring", folder=f"/week{turn}"))

    at_once(place, begin)
    with Ledger.open(place) as ledger:
        assert ledger.cohorts.names() == ("spring",)
        assert {run.source for run in ledger.cohorts.read("spring").runs} == {
            f"/week{turn}" for turn in range(SEVERAL)
        }


def test_first_submissions_of_one_learner_at_once_are_all_recorded(place: str | Path) -> None:
    numbers = at_once(place, lambda ledger, _: ledger.record(graded("ann")).number)
    assert sorted(numbers) == list(range(1, SEVERAL + 1))


def test_what_is_read_is_of_one_moment(place: str | Path) -> None:
    """A report over several tables does not show half of what is stored while it reads."""
    with Ledger.open(place) as ledger:
        ledger.record(graded("ann"))
        with ledger._database.reading() as session:
            count = "SELECT count(*) FROM submissions"
            before = session.connection().exec_driver_sql(count).scalar()
            ledger.record(graded("bob"))
            assert session.connection().exec_driver_sql(count).scalar() == before
        assert len(ledger.history()) == 2
