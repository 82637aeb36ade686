"""Whatever fails in a batch costs no other learner anything: a worker, a file, a bug, a lock, or Ctrl-C."""

import os
import signal
import sqlite3
import threading
import time
from dataclasses import replace

import pytest

from tfprep.cohorts.batch.batch import Batch
from tfprep.errors import (
    BadSubmission,
    CohortBusy,
    FailedAtFile,
    HomeUnavailable,
    LedgerUnavailable,
    OurFault,
)
from tfprep.grader import Submission, Verdict
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.worker_threads import executor_for
from tfprep.grader.records.cohort_runs import CohortNote

from .test_batch import pending, scores
from .text_models import GradingSetup, TextFile, hand_in, read


def test_a_worker_that_vanishes_costs_nobody_anything(setup: GradingSetup) -> None:
    tally = setup.grade(hand_in("ann", "right 10 once"), hand_in("bob", "right 10"))
    assert (tally.graded, tally.faults) == (2, {})
    assert setup.pool.calls.opened == setup.pool.calls.closed
    assert setup.pool.calls.opened > 1


def test_what_the_sandbox_fails_twice_is_pending_with_the_reason(setup: GradingSetup) -> None:
    tally = setup.grade(hand_in("ann", "broken"), hand_in("bob", "right 10"))
    assert list(tally.faults) == ["ann/mymodel.h5"]
    assert pending(setup) == {"ann": "The engine went away. Start it."}
    assert scores(setup) == {"bob": 5}
    assert setup.progress[-1].verdicts == {Verdict.OUR_FAULT: 1, Verdict.PASSED: 1}


def test_a_bug_of_ours_at_one_submission_stops_no_other(setup: GradingSetup) -> None:
    tally = setup.grade(*(hand_in(f"x{n}", f"bug {n}") for n in range(6)), hand_in("bob", "right 10"))
    assert tally.stopped == ""
    assert "ZeroDivisionError" in tally.faults["x0/mymodel.h5"].trace
    assert scores(setup) == {"bob": 5}
    assert len(pending(setup)) == 6


def test_files_that_workers_are_lost_at_stop_no_other(setup: GradingSetup) -> None:
    tally = setup.grade(*(hand_in(f"x{n}", f"deadly {n}") for n in range(6)), hand_in("bob", "right 10"))
    assert tally.stopped == ""
    assert scores(setup) == {"bob": 5}
    assert set(pending(setup).values()) == {"The sandbox worker was lost."}
    assert setup.pool.calls.predicted.count("deadly 0") == 2


def test_any_number_of_files_that_our_code_fails_at_stop_no_other(setup: GradingSetup) -> None:
    setup.pool.slots = 1
    tally = setup.grade(*(hand_in(f"x{n}", f"strange {n}") for n in range(25)), hand_in("bob", "right 10"))
    assert tally.stopped == ""
    assert scores(setup) == {"bob": 5}
    assert set(pending(setup).values()) == {"tfprep could not read this model."}
    assert setup.pool.calls.predicted.count("strange 0") == 1, "another sandbox would fail at it too"
    assert setup.pool.calls.opened == 1, "the sandbox goes on"


def test_three_faults_in_a_row_stop_the_batch_and_the_next_one_goes_on(setup: GradingSetup) -> None:
    files = [
        *(hand_in(f"x{n}", f"broken {n}") for n in range(4)),
        *(hand_in(f"y{n}", f"right 10 {n}") for n in range(20)),
    ]
    setup.pool.slots, setup.pool.seconds = 1, 0.2
    tally = setup.grade(*files)
    assert tally.stopped == "The engine went away. Start it."
    assert len(setup.results()) < 10
    assert len(pending(setup)) == 24 - len(setup.results())
    setup.pool.seconds = 0.0
    # What failed is tried last now, so that it does not hold up the others.
    setup.grade(*files)
    assert len(setup.results()) == 20
    assert set(pending(setup)) == {"x0", "x1", "x2", "x3"}


def test_no_job_of_a_batch_takes_others_more_than_a_fifth_beyond_its_limit(setup: GradingSetup) -> None:
    setup.grade(hand_in("ann", "right 10"), hand_in("bob", "right 5"))
    assert setup.pool.calls.wall_clock_factors
    assert set(setup.pool.calls.wall_clock_factors) <= {1.0, 1.2}


def test_a_file_that_cannot_be_read_is_pending(setup: GradingSetup) -> None:
    def reads(file: TextFile) -> Submission:
        if file.learner == "ann":
            raise BadSubmission("unreadable", "'mymodel.h5' cannot be read: it is gone.")
        if file.learner == "bob":
            raise RecursionError("too deep")
        if file.learner == "dan":
            raise FailedAtFile("'mymodel.h5' takes more time to read than a file may.")
        return read(file)

    files = [hand_in(learner, "right 10") for learner in ("ann", "bob", "dan", "cy")]
    with Ledger.open(setup.where) as ledger, executor_for(lambda: setup.pool) as executor:
        batch: Batch[TextFile] = Batch(ledger, CohortNote("spring"), {"problem2": setup.prepared})
        tally = batch.run(files, reads, executor)
    assert tally.stopped == ""
    assert scores(setup) == {"cy": 5}
    assert pending(setup)["ann"] == "'mymodel.h5' cannot be read: it is gone."
    assert "RecursionError" in pending(setup)["bob"]
    assert pending(setup)["dan"] == "'mymodel.h5' takes more time to read than a file may."


def test_a_result_that_cannot_be_kept_takes_no_other_with_it(setup: GradingSetup) -> None:
    unspeakable = "ann\ud800"  # no database takes half a character
    tally = setup.grade(
        hand_in("bob", "right 10"), TextFile("x", "problem2", "x", "right 10 x"), cohort="spring"
    )
    assert tally.graded == 2

    def renamed(file: TextFile) -> Submission:
        return replace(read(file), name=unspeakable if file.learner == "cy" else "mymodel.h5")

    files = [hand_in("cy", "right 10 c"), hand_in("dan", "right 10 d"), hand_in("eve", "right 10 e")]
    with Ledger.open(setup.where) as ledger, executor_for(lambda: setup.pool) as executor:
        batch: Batch[TextFile] = Batch(ledger, CohortNote("spring"), {"problem2": setup.prepared})
        tally = batch.run(files, renamed, executor)
    assert list(tally.faults) == ["cy/mymodel.h5"]
    assert {"dan", "eve"} <= set(scores(setup))


def test_two_batches_of_one_cohort_do_not_run_at_once(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        with ledger.cohorts.lock("spring"):
            with pytest.raises(CohortBusy, match="'spring'"):
                setup.grade(hand_in("ann", "right 10"))
            setup.grade(hand_in("ann", "right 10"), cohort="autumn")
    assert setup.grade(hand_in("ann", "right 10")).copied + setup.grade(hand_in("ann", "right 10")).known == 1


@pytest.mark.parametrize(
    ("place", "error", "told"),
    [
        (
            "tfprep.grader.ledger.cohort_lock.closing",
            sqlite3.OperationalError("unable to open database file"),
            LedgerUnavailable,
        ),
        ("tfprep.files.atomic.FileLock.acquire", PermissionError(13, "Permission denied"), HomeUnavailable),
        ("tfprep.files.atomic.FileLock.acquire", OSError(28, "No space left on device"), HomeUnavailable),
        ("tfprep.files.atomic.FileLock.acquire", NotImplementedError("no flock"), HomeUnavailable),
    ],
)
def test_a_lock_that_fails_is_not_told_as_another_program(
    setup: GradingSetup, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception, told: type[OurFault]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    with Ledger.open(setup.where) as ledger:
        with monkeypatch.context() as patch:
            patch.setattr(place, refuse)
            with pytest.raises(told), ledger.cohorts.lock("spring"):
                pass


def test_ctrl_c_ends_what_runs_at_once_and_keeps_what_has_finished(setup: GradingSetup) -> None:
    files = [hand_in(f"x{n}", f"right 10 {n}") for n in range(6)]
    slow = [hand_in("slow", "sleeps"), hand_in("slower", "sleeps more")]

    def press() -> None:
        while not {"sleeps", "sleeps more"} <= set(setup.pool.calls.predicted):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        setup.grade(*files, *slow, hand_in("last", "right 10"))
    assert time.monotonic() - began < 20  # the sleepers would sleep for 30 seconds
    assert len(setup.results()) == 6
    assert pending(setup) == dict.fromkeys(["slow", "slower", "last"], "Not graded yet.")
    assert setup.pool.calls.opened == setup.pool.calls.closed
