"""Two people who make one error in their code make the same mistakes, and did not copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.cohorts.integrity.prediction_agreement import shared_errors, shared_mistakes

Array = NDArray[Any]
COUNT = 1_000
TRUTH = np.random.default_rng(0).integers(0, 10, COUNT)
DIFFICULTY = np.random.default_rng(1).random(COUNT) ** 4
NUMBERS = np.random.default_rng(2).normal(23, 8, COUNT)
SERIES = np.sin(np.arange(COUNT)[:, None] / 9 + np.arange(24) / 4) * 5 + 30


def classifier(seed: int) -> Array:
    """Errs on the same difficult inputs as the others, to a class of its own."""
    random = np.random.default_rng(100 + seed)
    missed = random.random(COUNT) < DIFFICULTY / 4
    return np.where(missed, (TRUTH + random.integers(1, 10, COUNT)) % 10, TRUTH)


def named(*models: Array) -> set[tuple[int, int]]:
    return {(each.first, each.second) for each in shared_mistakes(np.stack(models), TRUTH, 10)}


def answers_one_class(seed: int) -> Array:
    return np.where(np.random.default_rng(seed).random(COUNT) < 0.01, TRUTH, 7)


def counts_from_one(seed: int) -> Array:
    return np.minimum(classifier(seed) + 1, 9)


def counts_from_one_around(seed: int) -> Array:
    return (classifier(seed) + 1) % 10


def sorts_class_names(seed: int) -> Array:
    return np.array([0, 1, 9, 8, 7, 6, 5, 4, 3, 2])[classifier(seed)]


def never_saw_sevens(seed: int) -> Array:
    random = np.random.default_rng(seed)
    return np.where(TRUTH == 7, np.where(random.random(COUNT) < 0.8, 9, 2), classifier(seed))


ERRORS = [answers_one_class, counts_from_one, counts_from_one_around, sorts_class_names, never_saw_sevens]


@pytest.mark.parametrize("others", [0, 3, 12, 40])
@pytest.mark.parametrize("err", ERRORS)
def test_the_same_error_in_two_classifiers_is_no_copying(err: Any, others: int) -> None:
    honest = [classifier(seed) for seed in range(others)]
    assert named(err(70), err(71), *honest) == set()


@pytest.mark.parametrize("err", ERRORS[1:])
def test_a_copy_is_found_in_spite_of_such_an_error(err: Any) -> None:
    honest = [classifier(seed) for seed in range(12)]
    assert named(*honest, err(70), err(70)) == {(12, 13)}


def forecaster(seed: int, labels: Array = NUMBERS) -> Array:
    """Errs as the others do, and as nobody else does."""
    random = np.random.default_rng(200 + seed)
    common = np.random.default_rng(9).normal(0, 2, labels.shape)
    return np.asarray(labels + common + random.normal(0, 2, labels.shape))


def pairs(labels: Array, *models: Array) -> set[tuple[int, int]]:
    return {(each.first, each.second) for each in shared_errors(np.stack(models), labels)}


def one_number(seed: int, labels: Array = NUMBERS) -> Array:
    return np.full_like(labels, 20 + seed % 7)


def standardised(seed: int, labels: Array = NUMBERS) -> Array:
    return (forecaster(seed, labels) - 23) / 8


def in_thousands(seed: int, labels: Array = NUMBERS) -> Array:
    return forecaster(seed, labels) * 1_000


def takes_raw_inputs(seed: int, labels: Array = NUMBERS) -> Array:
    """Trained on standardised inputs, given others: one of them decides the answer."""
    largest = np.random.default_rng(8).normal(0, 1_000, labels.shape)
    return forecaster(seed, labels) + largest * (1 + seed / 1_000)


@pytest.mark.parametrize("labels", [NUMBERS, SERIES], ids=["numbers", "series"])
@pytest.mark.parametrize("others", [0, 3, 12, 40])
@pytest.mark.parametrize("err", [one_number, standardised, in_thousands, takes_raw_inputs])
def test_the_same_error_in_two_forecasters_is_no_copying(err: Any, others: int, labels: Array) -> None:
    honest = [forecaster(seed, labels) for seed in range(others)]
    assert pairs(labels, err(70, labels), err(71, labels), *honest) == set()


@pytest.mark.parametrize("err", [standardised, in_thousands])
def test_a_copied_forecaster_is_found_in_spite_of_it(err: Any) -> None:
    honest = [forecaster(seed) for seed in range(12)]
    assert pairs(NUMBERS, *honest, err(70), err(70) + 0.001) == {(12, 13)}
