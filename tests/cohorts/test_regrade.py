"""Scoring stored predictions again: shown before it counts, stored beside the old score."""

from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.cohorts.gradebook.regrade import CannotRegrade, CardChange, commit, rescore, review
from tfprep.grader import Finding
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.prepared_problem import PreparedProblem, prepare
from tfprep.grader.records.cohort_runs import Attempt
from tfprep.grader.submission import SubmissionPolicy
from tfprep.problems import Band, Split
from tfprep.sandbox import PackedInputs

from .text_models import GradingSetup, copy_setup, hand_in, make_setup

KINDER = (Band(5, at_least=0.8), Band(1, at_least=0.2))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradingSetup:
    setup = make_setup(tmp_path_factory.mktemp("setup"))
    setup.grade(
        hand_in("ann", "right 10"),
        hand_in("bob", "right 9"),
        hand_in("cy", "nan right 5"),
        hand_in("dan", "crashes"),
        hand_in("eve", "right 9"),
    )
    return setup


@pytest.fixture
def setup(graded: GradingSetup, tmp_path: Path) -> GradingSetup:
    return copy_setup(graded, tmp_path)


def kinder(setup: GradingSetup) -> dict[str, PreparedProblem]:
    return {"problem2": prepare(replace(setup.prepared.dataset, chosen_bands=KINDER), None)}


def attempts(ledger: Ledger) -> dict[str, Attempt]:
    return {attempt.entry.learner: attempt for attempt in ledger.cohorts.attempts("spring")}


def test_nothing_changes_where_nothing_has_changed(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        assert list(review(ledger, "spring", {"problem2": setup.prepared})) == []


def test_a_review_shows_who_moves_and_changes_nothing(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        before = attempts(ledger)
        changes = list(review(ledger, "spring", kinder(setup)))
        moved = {
            change.attempt.entry.learner: (change.attempt.record.card.score, change.card.score)
            for change in changes
            if isinstance(change, CardChange) and change.moves
        }
        assert set(moved) == {"bob", "eve"}
        assert all(old is not None and old < 5 and new == 5 for old, new in moved.values())
        assert attempts(ledger) == before


def test_what_gave_no_predictions_cannot_be_scored_again(setup: GradingSetup) -> None:
    prepared = prepare(setup.prepared.dataset, None, SubmissionPolicy(predict_seconds=900))
    with Ledger.open(setup.where) as ledger:
        changes = review(ledger, "spring", {"problem2": prepared})
        stuck = [change for change in changes if isinstance(change, CannotRegrade)]
    assert [each.attempt.entry.learner for each in stuck] == ["dan"]
    assert "--rerun-changed" in stuck[0].why


def test_predictions_for_other_inputs_cannot_be_scored_again(setup: GradingSetup) -> None:
    other = PackedInputs(b"other", "0" * 64, (), 100)
    prepared = replace(kinder(setup)["problem2"], inputs=other)
    with Ledger.open(setup.where) as ledger:
        assert all(
            isinstance(change, CannotRegrade) for change in review(ledger, "spring", {"problem2": prepared})
        )


def test_committed_scores_count_and_the_old_ones_are_kept_with_who_and_why(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        before = attempts(ledger)
        changes = [
            change for change in review(ledger, "spring", kinder(setup)) if isinstance(change, CardChange)
        ]
        assert commit(ledger, changes, by="m. ortiz", why="Kinder bands.") == 3
        after = attempts(ledger)
        assert after["bob"].record.card.score == 5
        assert after["bob"].record.number != before["bob"].record.number
        assert ledger.read(before["bob"].record.number) == before["bob"].record
        (move,) = [move for move in ledger.cohorts.score_changes("spring") if move.learner == "bob"]
        assert (move.before, move.after) == (before["bob"].record.number, after["bob"].record.number)
        assert (move.by, move.why) == ("m. ortiz", "Kinder bands.")
        assert list(review(ledger, "spring", kinder(setup))) == []


def test_a_regraded_card_is_the_one_that_a_run_would_have_given(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        changes = [
            change for change in review(ledger, "spring", kinder(setup)) if isinstance(change, CardChange)
        ]
        commit(ledger, changes, by="m. ortiz", why="Kinder bands.")
        regraded = attempts(ledger)
    setup.prepared = kinder(setup)["problem2"]
    setup.grade(hand_in("fay", "right 9 f"), cohort="other")
    with Ledger.open(setup.where) as ledger:
        run = ledger.cohorts.attempts("other")[0].record.card
    card = regraded["bob"].record.card
    assert card.fingerprints is not None
    assert run.fingerprints is not None
    same = replace(run.fingerprints, artifact=card.fingerprints.artifact)
    assert replace(run, timings=card.timings, fingerprints=same) == card


def test_a_finding_of_contamination_outlasts_other_bands(setup: GradingSetup) -> None:
    prepared = kinder(setup)["problem2"]
    finding = Finding("memorised", "Your model knows these inputs.")
    with Ledger.open(setup.where) as ledger:
        attempt = attempts(ledger)["bob"]
        predictions = ledger.predictions(attempt.record.number)
    assert predictions is not None
    card = replace(attempt.record.card, findings=(finding, *attempt.record.card.findings))
    suspect = replace(attempt, record=replace(attempt.record, card=card))
    again = rescore(suspect, prepared, predictions, prepared.dataset.labels(Split.HIDDEN))
    assert again.score != attempt.record.card.score
    assert finding in again.findings


def test_scores_of_the_whole_hidden_test_set_are_scored_again_on_the_half_that_counts(
    setup: GradingSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No model is run: what was predicted for the whole holds the half."""
    monkeypatch.setattr("tfprep.problems.halves.SMALLEST", 50)
    prepared = kinder(setup)
    half = prepared["problem2"].dataset
    assert (half.half, half.counts.hidden) == ("final", 50)
    with Ledger.open(setup.where) as ledger:
        changes = [change for change in review(ledger, "spring", prepared) if isinstance(change, CardChange)]
        assert {change.attempt.entry.learner for change in changes} == {"ann", "bob", "eve"}
        commit(ledger, changes, by="m. ortiz", why="Halves.")
        bob = attempts(ledger)["bob"].record
        predictions = ledger.predictions(bob.number)
        assert list(review(ledger, "spring", prepared)) == []
    assert "50 hidden examples (the final half)" in bob.card.reason
    assert bob.card.half == "final"
    assert predictions is not None
    assert bob.card.value == (predictions.argmax(axis=1) == half.labels(Split.HIDDEN).values).mean()
