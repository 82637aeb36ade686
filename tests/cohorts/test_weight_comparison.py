"""Weights tell copies apart from honest work: also of people who begin with one published base.

honest_weights.npz holds fingerprints of real models, trained apart, and of copies of the first one of each
cohort: `measure_honest` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.cohorts.integrity.weight_comparison import NearPair, near_pairs
from tfprep.cohorts.integrity.weight_fingerprints import read_weight_fingerprint
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

from .planted import blurred, in_float16, in_int8, pruned, reorder_chain

Array = NDArray[Any]
MEASURED = Path(__file__).with_name("honest_weights.npz")
COHORTS = (
    "cars, 64-64, short course",
    "digits, reference CNN",
    "reviews, reference LSTM",
    "flowers, MobileNetV2 frozen, two layers",
    "flowers, MobileNetV2 trained",
)


@pytest.fixture(scope="module")
def measured() -> dict[str, list[str]]:
    with np.load(MEASURED, allow_pickle=False) as stored:
        return {name: [text.decode() for text in stored[name]] for name in stored}


def near(texts: Sequence[str]) -> list[NearPair]:
    fingerprints = {index: read_weight_fingerprint(text) for index, text in enumerate(texts)}
    found = {index: each for index, each in fingerprints.items() if each is not None and each.comparable}
    assert len(found) == len(texts)
    return list(near_pairs(found))


def named(*models: Sequence[Array]) -> set[tuple[int, int]]:
    return {(each.first, each.second) for each in near([fingerprint_weights(lambda m=m: m) for m in models])}


@pytest.mark.parametrize("cohort", COHORTS)
@pytest.mark.parametrize("size", [2, 4, 8, 50])
def test_real_models_that_were_trained_apart_are_no_copies(
    measured: dict[str, list[str]], cohort: str, size: int
) -> None:
    assert near(measured[f"{cohort}: honest"][:size]) == []


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_kind_of_copy_of_a_real_model_is_found_and_nobody_else(
    measured: dict[str, list[str]], cohort: str
) -> None:
    honest = measured[f"{cohort}: honest"]
    kinds = dict(zip(measured[f"{cohort}: kinds"], measured[f"{cohort}: copies"], strict=True))
    same = {kind for kind, text in kinds.items() if text.split(";")[1] == honest[0].split(";")[1]}
    assert same <= {"as it is"}
    found = {
        kind
        for kind, text in kinds.items()
        if [(each.first, each.second) for each in near([*honest, text])] == [(0, len(honest))]
    }
    assert set(kinds) - same == found - same


def drawn(seed: int, *shapes: tuple[int, ...]) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]


BASE = ((3, 3, 3, 16), (16,), (3, 3, 16, 32), (32,), (3, 3, 32, 64), (64,), (3, 3, 64, 128), (128,))


@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("learners", [2, 4, 12])
def test_learners_who_train_one_base_further_each_with_a_last_layer_of_their_own_are_no_copies(
    learners: int, outputs: int
) -> None:
    """With noise of a tenth of each weight's spread, and a last layer that is the smallest array of all."""
    base = drawn(0, *BASE)
    models = []
    for seed in range(1, learners + 1):
        noise = drawn(seed, *BASE)
        body = [array + np.float32(0.1) * other for array, other in zip(base, noise, strict=True)]
        models.append([*body, *drawn(100 + seed, (128, outputs), (outputs,))])
    assert named(*models) == set()


@pytest.mark.parametrize("learners", [1, 12])
def test_a_copy_of_a_model_on_a_common_base_is_found_by_its_last_layer_too(learners: int) -> None:
    base = drawn(0, *BASE)
    models = [[*blurred_with(base, seed), *drawn(100 + seed, (128, 10), (10,))] for seed in range(learners)]
    assert named(*models, blurred(models[0], 0.02)) == {(0, learners)}


def test_what_a_whole_class_began_with_accuses_nobody_even_if_it_has_a_last_layer() -> None:
    given = drawn(0, *BASE, (128, 5), (5,))
    assert named(*(blurred_with(given, seed) for seed in range(8))) == set()


def test_a_frozen_base_and_a_last_layer_that_converged_accuse_nobody() -> None:
    """Two who trained for long end near one solution; the others are still on their way there."""
    base, solution = drawn(0, *BASE), drawn(1, (128, 5))[0]
    far = [[*base, solution + 1.0 * drawn(seed, (128, 5))[0]] for seed in range(2, 10)]
    near_it = [[*base, solution + np.float32(0.2) * drawn(seed, (128, 5))[0]] for seed in (20, 21)]
    assert np.corrcoef(near_it[0][-1].ravel(), near_it[1][-1].ravel())[0, 1] > 0.95
    assert named(*far, *near_it) == set()


@pytest.mark.parametrize("learners", [3, 12])
def test_a_small_last_layer_on_word_vectors_that_all_train_further_accuses_nobody(learners: int) -> None:
    """It has fifty weights, and converges to one solution within a few epochs."""
    vectors, solution = drawn(0, (500, 50), (50, 1))
    models = [
        [*blurred_with([vectors], seed), solution + np.float32(0.13) * drawn(50 + seed, (50, 1))[0]]
        for seed in range(learners)
    ]
    almost = np.float32(0.05)
    models += [
        [*blurred_with([vectors], 90 + seed), solution + almost * drawn(seed, (50, 1))[0]] for seed in (1, 2)
    ]
    assert named(*models) == set()


def blurred_with(weights: Sequence[Array], seed: int) -> list[Array]:
    random = np.random.default_rng(seed)
    return [each + random.normal(0, 0.02, each.shape).astype(np.float32) for each in weights]


SMALL = ((9, 8), (8,), (8, 1), (1,))


@pytest.mark.parametrize("others", [0, 10])
def test_a_copy_of_a_model_with_one_small_hidden_layer_is_found(others: int) -> None:
    models = [drawn(seed, *SMALL) for seed in range(others + 1)]
    assert named(*models) == set()
    for copy in (blurred(models[0], 0.05), in_float16(models[0]), in_int8(models[0])):
        assert named(*models, copy) == {(0, others + 1)}


CHAIN = ((3, 3, 1, 16), (16,), (3, 3, 16, 32), (32,), (800, 64), (64,), (64, 10), (10,))


@pytest.mark.parametrize("scaled", [False, True])
def test_hidden_units_in_another_order_hide_no_copy_nor_does_scaling_them(scaled: bool) -> None:
    models = [drawn(seed, *CHAIN) for seed in range(10)]
    copy = reorder_chain(0, 2, 4, 6)(models[3], np.random.default_rng(1), scaled)
    rounded = [] if scaled else [in_int8(copy), blurred(copy, 0.02)]
    for hidden in (copy, in_float16(copy), *rounded):
        assert named(*models, hidden) == {(3, 10)}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.9])
def test_a_pruned_copy_is_found_by_the_weights_that_are_left(share: float) -> None:
    models = [drawn(seed, *CHAIN) for seed in range(6)]
    assert named(*models, pruned(models[2], share)) == {(2, 6)}


def test_four_copies_of_one_model_do_not_hide_one_another() -> None:
    models = [drawn(seed, *CHAIN) for seed in range(8)]
    copies = [blurred_with(models[0], 50 + seed) for seed in range(3)]
    group = (0, 8, 9, 10)
    assert named(*models, *copies) == {(one, other) for one in group for other in group if one < other}


def test_the_evidence_says_what_was_compared_and_how_near_the_others_are() -> None:
    frozen = drawn(0, *BASE)
    models = [[*frozen, *drawn(seed, (128, 64), (64,), (64, 5), (5,))] for seed in range(1, 8)]
    texts = [fingerprint_weights(lambda m=m: m) for m in (*models, blurred_head(models[0]))]
    (pair,) = near(texts)
    assert (pair.first, pair.second, pair.compared, pair.kernels, pair.others) == (0, 7, 2, 6, 6)
    assert pair.evidence.startswith(
        "Of 6 kernels (arrays of weights) 2 were compared. The least correlation is "
    )
    assert "The others are alike in most models here, or the same in both." in pair.evidence
    assert f"The 6 others of this architecture reach at most {pair.highest:.3f}." in pair.evidence
    assert pair.highest < 0.3


def blurred_head(weights: Sequence[Array]) -> list[Array]:
    return [*weights[:-4], *blurred(weights[-4:], 0.05)]


def with_units_of_all_kinds(seed: int) -> list[Array]:
    """Each layer has units of few and of many large weights, as long training makes them in every model."""
    powers = np.linspace(1, 9, 64).astype(np.float32)
    model = drawn(seed, (9, 64), (64,), (64, 64), (64,), (64, 1), (1,))
    return [
        np.sign(each) * np.abs(each * 10) ** powers if each.shape[-1] == 64 and each.ndim > 1 else each
        for each in model
    ]


def test_units_that_are_alike_in_all_models_are_no_base_and_hide_no_reordered_copy() -> None:
    models = [with_units_of_all_kinds(seed) for seed in range(8)]
    assert named(*models) == set()
    copy = reorder_chain(0, 2, 4)(models[0], np.random.default_rng(1), True)
    assert named(*models, copy) == {(0, 8)}
