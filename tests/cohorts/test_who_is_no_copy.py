"""Who would be accused without having copied, and which copies would pass: found with real Keras models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.cohorts import Cohort, Learner, LearnerResult, Result
from tfprep.cohorts.integrity.similarity import _LEARNING, Similarity, find_similar
from tfprep.grader import Fingerprints, ScoreCard, Verdict, diagnosis
from tfprep.grader.scoring.card import Finding, Record
from tfprep.problems import Dataset
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

from ..grader import made

Array = NDArray[Any]
Found = list[tuple[tuple[str, str], Similarity]]
SHAPES = ((9, 64), (64,), (64, 64), (64,), (64, 1), (1,))


def model(seed: int, shapes: Sequence[tuple[int, ...]] = SHAPES) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]


def record(number: int, learner: str, weights: Sequence[Array], findings: Sequence[str] = ()) -> Record:
    card = ScoreCard(
        "problem2",
        "package",
        Verdict.PARTIAL,
        "So it is.",
        score=3,
        findings=tuple(Finding(code, "So it is.") for code in findings),
        fingerprints=Fingerprints(f"{number:064}", "data", "scoring", "environment"),
    )
    when = datetime(2026, 6, 1, tzinfo=UTC)
    return Record(
        number,
        learner,
        "mymodel.h5",
        "h5",
        f"{number:064}",
        10,
        when,
        card,
        weight_fingerprint=fingerprint_weights(lambda: weights),
    )


def cohort(records: Sequence[Record], addresses: Mapping[str, str] | None = None) -> Cohort:
    learners = [
        LearnerResult(
            Learner(each.learner, email=(addresses or {}).get(each.learner, "")),
            (Result("problem2", each, (each,)),),
            60.0,
        )
        for each in records
    ]
    return Cohort("spring", ("problem2",), (1.0,), tuple(learners))


def asked(*models: Sequence[Array], addresses: Mapping[str, str] | None = None) -> Found:
    """Who is asked; learners are called by letters, one of each model."""
    records = [record(number, chr(97 + number), weights) for number, weights in enumerate(models)]
    found = find_similar(cohort(records, addresses), lambda number: None, lambda record: None)
    return [(pair.learners, pair.evidence[0].kind) for pair in found]


def test_models_that_diverged_to_nan_are_no_copies() -> None:
    """Two trainings at a rate that was too high end with the same weights: none."""
    nan = [np.full(shape, np.nan, np.float32) for shape in SHAPES]
    assert asked(nan, nan, model(1)) == []


@pytest.mark.parametrize("number", [0.0, 1.0])
def test_models_of_one_number_are_no_copies(number: float) -> None:
    same = [np.full(shape, number, np.float32) for shape in SHAPES]
    assert asked(same, same) == []
    assert asked(same, [*same[:-1], same[-1] + 1]) == []


def test_weights_that_people_write_by_hand_are_no_copies() -> None:
    """The last value again, for 24 hours."""
    last = np.zeros((96, 24), np.float32)
    last[-1] = 1
    assert asked([last, np.zeros(24, np.float32)], [last, np.zeros(24, np.float32)]) == []


def test_the_same_trained_weights_are_a_question_still() -> None:
    assert asked(model(1), model(1), model(2)) == [(("a", "b"), Similarity.WEIGHTS)]


def others(count: int) -> list[list[Array]]:
    return [model(seed) for seed in range(10, 10 + count)]


@pytest.mark.parametrize("count", [0, 10])
def test_a_copy_with_other_biases_or_a_layer_of_vectors_more_is_found(count: int) -> None:
    own = model(1)
    biased = [each if each.ndim > 1 else each + np.float32(0.01) for each in own]
    normalised = [*own[:2], *(np.full(64, number, np.float32) for number in (1, 0, 0, 1)), *own[2:]]
    for copy in (biased, normalised):
        assert asked(own, copy, *others(count)) == [(("a", "b"), Similarity.NEAR)]


@pytest.mark.parametrize("count", [0, 10])
def test_a_dense_layer_that_became_a_convolution_over_one_place_hides_no_copy(count: int) -> None:
    own = model(1)
    one = [*own[:-2], own[-2][None], own[-1]]
    each = [array[None] if array.ndim > 1 else array for array in own]
    for copy in (one, each):
        assert asked(own, copy, *others(count)) == [(("a", "b"), Similarity.NEAR)]


def test_a_model_that_most_of_a_class_has_but_for_its_biases_is_no_question() -> None:
    given = model(1)
    biased = [[each if each.ndim > 1 else each + number for each in given] for number in range(8)]
    assert asked(*biased, *others(3)) == []


def test_where_a_fingerprint_may_lack_the_last_layer_a_few_are_not_judged() -> None:
    """A SavedModel of Keras 2 has frozen weights behind trained ones, and so its last layer in the middle."""
    base = model(0, [(3, 3, 8, 8)] * 90)
    learners = []
    for seed in range(1, 5):
        tuned = [
            each + np.float32(0.001) * noise
            for each, noise in zip(base, model(seed, [(3, 3, 8, 8)] * 20), strict=False)
        ]
        learners.append([*tuned, *model(50 + seed, [(8, 10)]), *base[20:]])
    assert asked(*learners) == []


def test_one_person_under_two_ids_is_not_asked_about_themselves() -> None:
    own = model(1)
    addresses = {"a": "Ada@school.example", "b": "ada@school.example ", "c": "cem@school.example"}
    assert asked(own, own, addresses=addresses) == []
    assert {pair for pair, _ in asked(own, own, own, addresses=addresses)} == {("a", "c"), ("b", "c")}


def test_an_address_that_many_have_is_nobodys_own() -> None:
    own = model(1)
    office = dict.fromkeys("abcd", "office@school.example")
    assert len(asked(own, own, *others(2), addresses=office)) == 1


# The same error in the code


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits", count=400)


@pytest.mark.parametrize(
    ("one", "other", "is_asked"),
    [
        ([], [], True),
        (["underfitting"], ["underfitting"], True),
        (["persistence"], ["overfitting"], True),
        (["persistence"], ["persistence", "underfitting"], False),
        (["columns_in_another_order"], ["columns_in_another_order"], False),
    ],
)
def test_mistakes_that_follow_from_one_error_that_both_made_are_no_question(
    digits: Dataset, one: Sequence[str], other: Sequence[str], is_asked: bool
) -> None:
    truth = np.arange(400) % 10
    random = np.random.default_rng(0)
    wrong = np.where(random.random(400) < 0.2, (truth + random.integers(1, 10, 400)) % 10, truth)
    answers = np.eye(10)[wrong]
    records = [record(1, "ann", model(1), one), record(2, "bob", model(2), other)]
    found = find_similar(cohort(records), lambda number: answers, lambda record: digits)
    assert [pair.evidence[0].kind for pair in found] == [Similarity.MISTAKES] * is_asked


def test_the_findings_that_tell_how_well_a_model_learned_are_the_diagnosis_s() -> None:
    texts = [path.read_text("utf-8") for path in Path(diagnosis.__file__).parent.glob("*.py")]
    assert all(any(f"def {code}(" in text for text in texts) for code in _LEARNING)
