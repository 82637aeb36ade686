"""Copies are found however they were hidden; honest learners of one architecture are left in peace."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.cohorts import Cohort, Learner, LearnerResult, Result
from tfprep.cohorts.integrity.prediction_agreement import shared_errors, shared_mistakes
from tfprep.cohorts.integrity.similarity import Pair, Similarity, count_older, find_similar
from tfprep.grader import Fingerprints, ScoreCard, Verdict, grade, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.scoring.card import Record
from tfprep.problems import Dataset
from tfprep.sandbox.host.local import LocalSandbox

from .. import warm_python
from ..grader import made
from .test_weight_fingerprints import drawn, weights

Array = NDArray[Any]
HONEST = Path(__file__).with_name("honest_errors.npz")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def honest() -> dict[str, Array]:
    """What a hundred models of one architecture got wrong: see `honest.py`."""
    with np.load(HONEST, allow_pickle=False) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits", count=400)


# Mistakes


def named(reads: Array, classes: int = 10) -> set[tuple[int, int]]:
    truth = np.zeros(reads.shape[1], np.int64)
    return {(pair.first, pair.second) for pair in shared_mistakes(reads, truth, classes)}


def with_changes(read: Array, share: float, seed: int) -> Array:
    random = np.random.default_rng(seed)
    changed = random.random(read.shape) < share
    return np.where(changed, (read + random.integers(1, 10, read.shape)) % 10, read)


def test_a_hundred_honest_learners_of_one_architecture_make_no_pair(honest: dict[str, Array]) -> None:
    assert len(honest["digits"]) == 100
    assert named(honest["digits"]) == set()


@pytest.mark.parametrize("others", [99, 30, 9])
def test_a_copy_with_some_predictions_changed_is_found_and_nobody_else(
    honest: dict[str, Array], others: int
) -> None:
    reads = honest["digits"][: others + 1]
    copy = with_changes(reads[3], 0.02, seed=4)
    assert named(np.concatenate([reads, copy[None]])) == {(3, others + 1)}


def test_among_a_few_learners_only_what_is_nearly_all_the_same_is_named(honest: dict[str, Array]) -> None:
    reads = honest["digits"][:3]
    assert named(reads) == set()
    assert named(np.concatenate([reads, reads[:1]])) == {(0, 3)}


def test_ten_copies_of_one_model_do_not_hide_one_another(honest: dict[str, Array]) -> None:
    reads = honest["digits"][:20]
    copies = np.stack([with_changes(reads[0], 0.01, seed) for seed in range(9)])
    group = (0, *range(20, 29))
    assert named(np.concatenate([reads, copies])) == set(combinations(group, 2))


def test_few_mistakes_prove_nothing() -> None:
    reads = np.zeros((12, 500), np.int64)
    reads[:2, :5] = 3
    assert named(reads) == set()


def test_models_without_a_mistake_are_not_accused_of_it() -> None:
    assert named(np.zeros((30, 200), np.int64)) == set()
    assert shared_errors(np.zeros((30, 50)), np.zeros(50)) == ()


def test_everybody_failing_at_the_same_inputs_is_no_copying() -> None:
    random = np.random.default_rng(0)
    difficulty = np.where(np.arange(600) < 60, 0.95, 0.01)
    reads = (random.random((40, 600)) < difficulty).astype(np.int64)
    assert named(reads, classes=2) == set()


def test_the_evidence_is_in_numbers(honest: dict[str, Array]) -> None:
    reads = np.concatenate([honest["digits"], honest["digits"][:1]])
    (pair,) = shared_mistakes(reads, np.zeros(reads.shape[1], np.int64), 10)
    count = int((reads[0] != 0).sum())
    assert pair.evidence.startswith(f"{count} of {count} mistakes are the same; ")
    assert pair.share == 1.0
    assert pair.chance < 1e-9


@pytest.mark.parametrize("cohort", ["cars", "hasty_cars"])
def test_a_hundred_honest_forecasters_make_no_pair(honest: dict[str, Array], cohort: str) -> None:
    errors = honest[cohort]
    assert len(errors) == 100
    assert shared_errors(errors, np.zeros(errors.shape[1:])) == ()


def test_nor_do_they_where_some_trained_longer_than_others(honest: dict[str, Array]) -> None:
    errors = np.concatenate([honest["cars"][:50], honest["hasty_cars"][:50]])
    assert shared_errors(errors, np.zeros(errors.shape[1:])) == ()


@pytest.mark.parametrize("cohort", ["cars", "hasty_cars"])
def test_numbers_with_a_little_noise_are_found_to_be_the_same(honest: dict[str, Array], cohort: str) -> None:
    errors = honest[cohort].astype(np.float64)
    noise = np.random.default_rng(3).normal(0, 0.02 * errors[5].std(), errors[5].shape)
    found = shared_errors(np.concatenate([errors, (errors[5] + noise)[None]]), np.zeros(errors.shape[1:]))
    assert [(pair.first, pair.second) for pair in found] == [(5, 100)]


# A cohort


def test_a_fingerprint_of_an_earlier_version_tells_only_what_is_the_same() -> None:
    now = drawn(weights(1))
    before = f"1;{now.split(';')[1]};30x40,{'b' * 8},{base64.b64encode(bytes(200)).decode()}"
    found = cohort(
        record(1, "ann", "a", weight_fingerprint=before),
        record(2, "bob", "b", weight_fingerprint=now),
        record(3, "cyd", "c", weight_fingerprint=before.replace(now.split(";")[1], "c" * 64)),
    )
    assert pairs(found) == [(("ann", "bob"), [Similarity.WEIGHTS])]
    assert count_older(found) == 2


def record(number: int, learner: str, content: str, **more: Any) -> Record:
    digest = hashlib.sha256(content.encode()).hexdigest()
    card = ScoreCard(
        "problem2",
        "package",
        Verdict.PARTIAL,
        "Said why.",
        score=3,
        fingerprints=Fingerprints(digest, "data", "grader", "environment"),
    )
    when = START + timedelta(minutes=number)
    return Record(number, learner, "mymodel.h5", "h5", digest, len(content), when, card, **more)


def cohort(*records: Record) -> Cohort:
    theirs: dict[str, list[Record]] = {}
    for each in records:
        theirs.setdefault(each.learner, []).append(each)
    return Cohort(
        "spring",
        ("problem2",),
        (1.0,),
        tuple(
            LearnerResult(Learner(name), (Result("problem2", tried[-1], tuple(tried)),), 60.0)
            for name, tried in theirs.items()
        ),
    )


def pairs(found: Cohort) -> list[tuple[tuple[str, str], list[Similarity]]]:
    given = find_similar(found, lambda number: None, lambda record: None)
    return [(pair.learners, [evidence.kind for evidence in pair.evidence]) for pair in given]


@pytest.mark.parametrize("graded", [(1, 2, 3, 4, 5), (5, 4, 3, 2, 1), (3, 1, 5, 2, 4)])
def test_the_same_file_is_found_in_any_attempt_whichever_was_graded_first(graded: tuple[int, ...]) -> None:
    handed_in = (("ann", "model"), ("bob", "other"), ("cyd", "model"), ("ann", "better"), ("dan", "model"))
    records = [record(number, *each) for number, each in zip(graded, handed_in, strict=True)]
    found = [frozenset(learners) for learners, kinds in pairs(cohort(*records)) if kinds == [Similarity.FILE]]
    # Whose file is compared with whose depends on the order; that all three have it does not.
    assert set().union(*found) == {"ann", "cyd", "dan"}
    assert len(set(found)) == 2


def handed_in_first(found: Cohort, *learners: str) -> Cohort:
    """The cohort with hand-in times: a day apart, in this order, whenever each was graded."""
    days = {learner: START - timedelta(days=30 - day) for day, learner in enumerate(learners)}
    return replace(
        found,
        learners=tuple(
            replace(
                each,
                results=tuple(replace(one, handed_in=days[each.learner.id]) for one in each.results),
            )
            for each in found.learners
        ),
    )


def test_whoever_handed_in_first_is_named_first_where_it_was_graded_first() -> None:
    found = cohort(record(1, "zoe", "model"), record(2, "ann", "model"))
    assert pairs(handed_in_first(found, "zoe", "ann")) == [(("zoe", "ann"), [Similarity.FILE])]


def test_whoever_handed_in_first_is_named_first_whichever_was_graded_first() -> None:
    found = cohort(record(1, "ann", "model"), record(2, "zoe", "model"))
    assert pairs(handed_in_first(found, "zoe", "ann")) == [(("zoe", "ann"), [Similarity.FILE])]


def test_a_learner_is_not_compared_with_themselves() -> None:
    assert pairs(cohort(record(1, "ann", "model"), record(2, "ann", "model"))) == []


def test_empty_files_are_nobodys_work() -> None:
    assert pairs(cohort(record(1, "ann", ""), record(2, "bob", ""))) == []


def test_the_same_weights_in_another_file_are_found() -> None:
    text = drawn(weights(1))
    found = cohort(
        record(1, "ann", "a", weight_fingerprint=text), record(2, "bob", "b", weight_fingerprint=text)
    )
    assert pairs(found) == [(("ann", "bob"), [Similarity.WEIGHTS])]


def test_the_same_file_is_not_reported_twice_as_the_same_weights() -> None:
    text = drawn(weights(1))
    found = cohort(
        record(1, "ann", "a", weight_fingerprint=text), record(2, "bob", "a", weight_fingerprint=text)
    )
    assert pairs(found) == [(("ann", "bob"), [Similarity.FILE])]


def test_weights_and_mistakes_are_both_reported_of_a_pair(digits: Dataset) -> None:
    truth = np.arange(400) % 10
    wrong = np.where(np.random.default_rng(0).random(400) < 0.2, (truth + 3) % 10, truth)
    labels = {1: np.eye(10)[wrong], 2: np.eye(10)[with_changes(wrong, 0.01, 1)], 3: np.eye(10)[truth]}
    blurred = [array * np.float32(1.01) for array in weights(1)]
    fingerprints = {1: drawn(weights(1)), 2: drawn([blurred[0] + 0.001, *blurred[1:]]), 3: drawn(weights(2))}
    records = [
        replace(record(number, name, name, weight_fingerprint=fingerprints[number]))
        for number, name in ((1, "ann"), (2, "bob"), (3, "cyd"))
    ]
    (pair,) = find_similar(cohort(*records), labels.get, lambda record: digits)
    assert pair.learners == ("ann", "bob")
    assert pair.numbers == (1, 2)
    assert [evidence.kind for evidence in pair.evidence] == [Similarity.NEAR, Similarity.MISTAKES]


def test_predictions_that_cannot_be_read_are_left_out(digits: Dataset) -> None:
    labels = {1: np.full((400, 10), np.nan), 2: np.zeros((3, 3)), 3: None}
    records = [record(number, f"learner{number}", str(number)) for number in labels]
    assert find_similar(cohort(*records), labels.__getitem__, lambda record: digits) == ()


# Real models

BUILD = """
import keras, numpy as np
L = keras.layers
random = np.random.default_rng(0)
pixels = random.random((2000, 28, 28), dtype=np.float32) * 0.9
labels = np.arange(2000) % 10
pixels[:, 0, :] = 0
pixels[np.arange(2000), 0, labels] = 1

def train(seed, model=None, epochs=3):
    keras.utils.set_random_seed(seed)
    if model is None:
        layers = [L.Flatten(), L.Dense(32, "relu"), L.Dropout(0.1), L.Dense(10, "softmax")]
        model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pixels, labels, epochs=epochs, verbose=0)
    return model

first, second = train(1), train(2)
first.save("ann.h5")
first.save("renamed.keras")
first.export("exported", verbose=False)
second.save("bob.h5")
train(7, first, epochs=1).save("trained_on.h5")
"""


@pytest.mark.slow
def test_real_models_are_distinguished_whatever_they_were_saved_as(digits: Dataset, tmp_path: Path) -> None:
    ended = warm_python.run(["-c", BUILD], cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    files = {
        "ann": "ann.h5",
        "bob": "bob.h5",
        "cyd": "renamed.keras",
        "dan": "exported",
        "eve": "trained_on.h5",
    }
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        with LocalSandbox() as sandbox:
            for learner, name in files.items():
                ledger.record(grade(read_submission(tmp_path / name, "problem2", learner), digits, sandbox))
        found = find_similar(cohort(*ledger.history()), ledger.predictions, lambda record: digits)
        assert all("fingerprint" not in each.card.model for each in ledger.history())
    assert strongest(found) == {
        frozenset(("ann", "cyd")): Similarity.WEIGHTS,
        frozenset(("ann", "dan")): Similarity.WEIGHTS,
        frozenset(("ann", "eve")): Similarity.NEAR,
    }


def strongest(found: Sequence[Pair]) -> dict[frozenset[str], Similarity]:
    return {frozenset(pair.learners): pair.evidence[0].kind for pair in found}
