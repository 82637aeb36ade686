"""A batch grades everyone once, keeps what it has, and lets nobody's model touch another's result."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tfprep.cohorts.batch.batch import Batch
from tfprep.grader import Submission, Verdict
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.prepared_problem import has_changed, prepare
from tfprep.grader.parallel.worker_threads import executor_for
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.grader.submission import SubmissionPolicy
from tfprep.problems import Band

from .text_models import GradingSetup, TextFile, hand_in, read


def scores(setup: GradingSetup) -> dict[str, int]:
    return {str(learner): int(str(score)) for learner, _, _, score, *_ in setup.results()}


def pending(setup: GradingSetup) -> dict[str, str]:
    with Ledger.open(setup.where) as ledger:
        return {each.learner: each.why for each in ledger.cohorts.read("spring").pending}


# Everyone


def test_everyone_gets_their_own_score(setup: GradingSetup) -> None:
    tally = setup.grade(hand_in("ann", "right 10"), hand_in("bob", "right 1"), hand_in("cy", "nan right 5"))
    assert (tally.graded, tally.copied, tally.known, tally.stopped) == (3, 0, 0, "")
    verdicts = {learner: verdict for learner, _, _, _, verdict, _ in setup.results()}
    assert verdicts == {"ann": "passed", "bob": "partial", "cy": "invalid"}
    assert pending(setup) == {}


def test_progress_counts_only_what_is_kept(setup: GradingSetup) -> None:
    def look(progress: object) -> None:
        setup.progress.append(progress)  # type: ignore[arg-type]
        with Ledger.open(setup.where) as ledger:
            stored.append(len(ledger.cohorts.attempts("spring")))

    stored: list[int] = []
    setup.on_progress = look
    setup.grade(*(hand_in(f"learner{number}", f"right 10 {number}") for number in range(9)))
    assert [progress.done for progress in setup.progress] == stored
    last = setup.progress[-1]
    assert (last.total, last.done, last.verdicts) == (9, 9, {Verdict.PASSED: 9})


def test_a_second_run_grades_nothing_twice(setup: GradingSetup) -> None:
    files = [hand_in(f"learner{number}", f"right {number}") for number in range(8)]
    setup.grade(*files)
    before, predicted = setup.results(), len(setup.pool.calls.predicted)
    tally = setup.grade(*files)
    assert (tally.graded, tally.known) == (0, 8)
    assert len(setup.pool.calls.predicted) == predicted
    assert setup.results() == before
    assert pending(setup) == {}


def test_a_new_file_of_a_learner_is_a_new_attempt(setup: GradingSetup) -> None:
    setup.grade(hand_in("ann", "right 1"))
    tally = setup.grade(hand_in("ann", "right 10"))
    assert tally.graded == 1
    assert [row[0] for row in setup.results()] == ["ann", "ann"]


def test_the_same_bytes_at_two_places_are_one_attempt(setup: GradingSetup) -> None:
    tally = setup.grade(hand_in("ann", "right 10"), hand_in("ann", "right 10", "copy/mymodel.h5"))
    assert (tally.graded, tally.known) == (1, 1)
    assert len(setup.results()) == 1
    assert pending(setup) == {}


# The same model of two learners


def test_the_same_model_of_two_learners_is_run_once_and_both_have_it(setup: GradingSetup) -> None:
    """The second one's row says where its result comes from."""
    tally = setup.grade(*(hand_in(learner, "right 10") for learner in ("ann", "bob", "cy")))
    assert (tally.graded, tally.copied) == (1, 2)
    assert setup.pool.calls.predicted == ["right 10"]
    with Ledger.open(setup.where) as ledger:
        first, *others = ledger.cohorts.attempts("spring")
        assert first.entry.copied_from is None
        assert [other.entry.copied_from for other in others] == [first.record.number] * 2
        assert {other.record.learner for other in others} == {"bob", "cy"}
        expected = ledger.predictions(first.record.number)
        assert expected is not None
        for other in others:
            assert np.array_equal(ledger.predictions(other.record.number), expected)  # type: ignore[arg-type]
            assert replace(other.record.card, timings=first.record.card.timings) == first.record.card
            assert other.record.card.timings.total == 0


def test_a_model_run_for_another_cohort_is_not_run_again(setup: GradingSetup) -> None:
    setup.grade(hand_in("ann", "right 10"), hand_in("eve", "right 3"))
    setup.pool.calls.predicted.clear()
    setup.pool.slots = 1
    more = [hand_in("bob", "right 10 b"), *(hand_in(f"x{n}", f"right 10 {n}") for n in range(6))]
    tally = setup.grade(*more, hand_in("cy", "right 10"), cohort="autumn")
    assert tally.copied == 1
    assert "right 10" not in setup.pool.calls.predicted


@pytest.mark.parametrize("changed", ["environment", "terms"])
def test_a_score_made_elsewhere_is_not_copied(setup: GradingSetup, changed: str) -> None:
    setup.grade(hand_in("ann", "right 10"))
    setup.pool.slots = 1
    if changed == "environment":
        setup.pool.environment = "stand-in 2"
    else:
        setup.prepared = prepare(setup.prepared.dataset, None, SubmissionPolicy(predict_seconds=5))
    setup.pool.calls.predicted.clear()
    more = [hand_in(f"x{n}", f"right 10 {n}") for n in range(6)]
    assert setup.grade(*more, hand_in("bob", "right 10"), cohort="autumn").copied == 0
    assert "right 10" in setup.pool.calls.predicted


def test_a_copy_of_what_took_too_long_is_tried_itself_and_what_worked_is_shared(setup: GradingSetup) -> None:
    people = ("ann", "bob", "cy", "dee")
    tally = setup.grade(*(hand_in(learner, "right 10 slow 2") for learner in people))
    assert (tally.graded, tally.copied) == (3, 1)
    assert scores(setup) == {"ann": 0, "bob": 0, "cy": 5, "dee": 5}
    assert pending(setup) == {}


def test_what_took_too_long_in_an_earlier_run_is_not_copied_and_what_crashed_is(setup: GradingSetup) -> None:
    setup.grade(hand_in("ann", "right 10 slow 1"), hand_in("bob", "crashes"))
    setup.pool.slots = 1
    setup.pool.calls.predicted.clear()
    more = (hand_in("eve", "right 10 eve"), hand_in("cy", "right 10 slow 1"), hand_in("dee", "crashes"))
    tally = setup.grade(*more, cohort="autumn")
    assert (tally.graded, tally.copied) == (2, 1)
    assert setup.pool.calls.predicted == ["right 10 eve", "right 10 slow 1"]


def test_all_copies_of_what_takes_too_long_end_each_with_its_own_trial(setup: GradingSetup) -> None:
    files = [hand_in(f"x{number}", "right 10 slow 99") for number in range(4)]
    tally = setup.grade(*files, hand_in("x0", "right 10 slow 99", "again.h5"))
    assert (tally.graded, tally.copied, tally.known) == (4, 0, 1)
    assert setup.grade(*files).known == 4


# Grading again


def test_a_changed_configuration_is_counted_and_run_again_only_on_request(setup: GradingSetup) -> None:
    files = [hand_in("ann", "right 10"), hand_in("bob", "right 10")]
    setup.grade(*files)
    kinder = replace(setup.prepared.dataset, chosen_bands=(Band(5, at_least=0.5),))
    setup.prepared = prepare(kinder, None)
    assert setup.grade(*files).changed == 2
    with Ledger.open(setup.where) as ledger:
        assert ledger.cohorts.score_changes("spring") == ()
    tally = setup.grade(*files, run_again=has_changed)
    assert (tally.graded, tally.copied) == (1, 1)
    with Ledger.open(setup.where) as ledger:
        moves = ledger.cohorts.score_changes("spring")
        assert [move.learner for move in moves] == ["ann", "bob"]
        assert all(ledger.read(move.before) and move.by == "mentor" for move in moves)
        assert {each.record.number for each in ledger.cohorts.attempts("spring")} == {
            move.after for move in moves
        }
    assert setup.grade(*files, run_again=has_changed).known == 2


def test_other_terms_are_tried_on_what_could_not_be_scored_only(setup: GradingSetup) -> None:
    files = [hand_in("ann", "right 10"), hand_in("bob", "crashes"), hand_in("cy", "nan right 5")]
    setup.grade(*files)
    setup.prepared = prepare(setup.prepared.dataset, None, SubmissionPolicy(predict_seconds=900))
    assert setup.grade(*files).changed == 2
    assert setup.grade(*files, run_again=has_changed).graded == 2


@pytest.mark.parametrize(("size", "least", "most"), [(1, 20, 64), (2**24, 3, 4)])
def test_a_window_of_jobs_is_all_that_is_held_at_once(
    setup: GradingSetup, size: int, least: int, most: int
) -> None:
    held = Counter[str]()

    def heavy(file: TextFile) -> Submission:
        return replace(read(file), size=size)

    with (
        Ledger.open(setup.where) as ledger,
        executor_for(lambda: setup.pool, lambda workers: Patient(held)) as patient,
    ):
        batch: Batch[TextFile] = Batch(ledger, CohortNote("spring"), {"problem2": setup.prepared})
        tally = batch.run([hand_in(f"x{n}", f"right 10 {n}") for n in range(24)], heavy, patient)
    assert tally.graded == 24
    assert least <= held["most"] <= most


class Patient(Executor):
    """Begins nothing until nothing comes for a moment, then does it all; counts how much that is."""

    def __init__(self, held: "Counter[str]") -> None:
        self._held = held
        self._submitted: list[Callable[[], None]] = []
        self._moment = threading.Timer(0, self._finish)

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self._submitted.append(lambda: future.set_result(work(*given, **named)))
        self._held["most"] = max(self._held["most"], len(self._submitted))
        self._moment.cancel()
        self._moment = threading.Timer(0.2, self._finish)
        self._moment.start()
        return future

    def _finish(self) -> None:
        files, self._submitted = self._submitted, []
        for finish in files:
            finish()
