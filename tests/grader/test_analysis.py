"""What all predictions together show."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.grader.scoring.analysis import (
    MIN_WINDOWS,
    NumberAnalysis,
    SeriesAnalysis,
    analyse_numbers,
    analyse_series,
    compare_with_labels,
)
from tfprep.grader.scoring.class_analysis import MAX_MATRIX_CLASSES, ClassAnalysis, analyse_classes
from tfprep.grader.scoring.disclosure import MIN_GROUP, STEP

RANDOM = np.random.default_rng(7)


def numbers_in(value: Any) -> set[float]:
    """Every number an analysis tells, as deep as it goes."""
    if isinstance(value, dict):
        return set().union(*map(numbers_in, value.values()), set())
    if isinstance(value, list | tuple):
        return set().union(*map(numbers_in, value), set())
    return {float(value)} if isinstance(value, int | float) else set()


def classes_of(predicted: list[int], true: list[int], names: str) -> ClassAnalysis:
    made = analyse_classes(np.eye(len(names))[predicted], np.array(predicted), np.array(true), tuple(names))
    assert made is not None
    return made


def repeated(values: list[int], times: int = 200) -> list[int]:
    return [value for value in values for _ in range(times)]


def test_the_confusion_matrix_counts_by_true_and_predicted_class() -> None:
    made = classes_of(predicted=repeated([0, 1, 1, 2, 0]), true=repeated([0, 1, 0, 2, 2]), names="abc")
    matrix = np.array(made.confusion_matrix)
    np.testing.assert_allclose(matrix, [[200, 200, 0], [0, 200, 0], [200, 0, 200]], atol=20)
    assert not (matrix % STEP).any()
    assert [result.recall for result in made.classes] == pytest.approx([0.5, 1.0, 0.5], abs=0.1)
    assert [result.precision for result in made.classes] == pytest.approx([0.5, 0.5, 1.0], abs=0.1)


def test_the_most_confused_pair_comes_first_with_its_share() -> None:
    made = classes_of(predicted=repeated([1, 1, 0, 0, 2]), true=repeated([0, 0, 0, 1, 2]), names="abc")
    assert [(pair.true, pair.predicted) for pair in made.confusions] == [("a", "b"), ("b", "a")]
    assert made.confusions[0].count == pytest.approx(400, abs=20)
    assert made.confusions[0].share == pytest.approx(2 / 3, abs=0.1)


def test_perfect_predictions_have_no_confusions() -> None:
    assert classes_of(repeated([0, 1, 2]), repeated([0, 1, 2]), "abc").confusions == ()


def test_a_class_without_examples_has_no_recall() -> None:
    made = classes_of(predicted=[0, 1], true=[0, 0], names="abc")
    assert made.classes[1].recall is None
    assert made.classes[2].precision is None


def test_very_many_classes_get_no_matrix_but_their_hardest_ones() -> None:
    size = MAX_MATRIX_CLASSES + 10
    true = np.repeat(np.arange(size), 120)
    predicted = np.where(true == size - 1, 0, true)
    made = analyse_classes(np.eye(size)[predicted], predicted, true, tuple(map(str, range(size))))
    assert made is not None
    assert made.confusion_matrix == ()
    assert made.classes[0].name == str(size - 1)


def test_labels_that_are_no_classes_are_not_analysed() -> None:
    assert analyse_classes(np.eye(3), np.arange(3), np.arange(3), ("a", "b")) is None


def test_the_area_under_the_curve_is_about_the_share_of_pairs_in_order() -> None:
    true = RANDOM.integers(0, 2, 4000)
    numbers = np.clip(RANDOM.normal(0.4 + 0.2 * true, 0.2), 0, 1)
    made = analyse_classes(numbers, (numbers >= 0.5).astype(int), true, ("no", "yes"))
    assert made is not None
    assert made.roc is not None
    above = (numbers[true == 1][:, None] > numbers[true == 0][None, :]).mean()
    assert made.roc.auc == pytest.approx(above, abs=0.01)
    assert made.roc.points[0][0] == 0.0
    assert made.roc.points[-1] == (1.0, 1.0)
    assert sum(made.roc.positive.counts) == pytest.approx((true == 1).sum(), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_two_probabilities_one_probability_and_two_logits_rank_alike(seed: int) -> None:
    random = np.random.default_rng(seed)
    logits, true = random.normal(size=(60, 2)) * 3, random.integers(0, 2, 60)
    true[:2] = (0, 1)
    both = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    areas = set()
    for raw in (logits, both, both[:, 1:], both[:, 1]):
        made = analyse_classes(raw, both.argmax(axis=1), true, ("no", "yes"))
        assert made is not None
        assert made.roc is not None
        areas.add(round(made.roc.auc, 9))
    assert len(areas) == 1


def test_one_true_class_alone_cannot_be_ranked() -> None:
    made = analyse_classes(np.array([0.1, 0.9]), np.array([0, 1]), np.array([1, 1]), ("no", "yes"))
    assert made is not None
    assert made.roc is None


def test_a_prediction_that_is_always_two_too_high_has_a_bias_of_two() -> None:
    true = RANDOM.normal(20, 5, 100)
    made = analyse_numbers(true + 2, true)
    assert made.bias == pytest.approx(2)
    assert made.median_error == pytest.approx(2)
    assert made.r2 == pytest.approx(1 - 4 * 100 / np.square(true - true.mean()).sum(), abs=0.005)
    assert all(group.median > group.true for group in made.groups)


def test_errors_beyond_the_bars_are_counted_in_the_last_one() -> None:
    true = np.zeros(100)
    predicted = np.append(np.linspace(-1, 1, 99), 1000.0)
    made = analyse_numbers(predicted, true)
    assert sum(made.errors.counts) == pytest.approx(100, abs=30)
    assert made.errors.edges[-1] < 10


def test_a_constant_prediction_of_a_constant_truth_can_be_drawn() -> None:
    made = analyse_numbers(np.ones(50), np.ones(50))
    assert made.r2 is None
    assert sum(made.errors.counts) == pytest.approx(50, abs=10)


def test_the_error_is_reported_step_by_step() -> None:
    true = RANDOM.normal(size=(80, 3))
    made = analyse_series(true + np.array([0.0, 1.0, -2.0]), true)
    assert [step.step for step in made.steps] == [1, 2, 3]
    assert [step.mean_error for step in made.steps] == pytest.approx([0, 1, 2])
    assert [step.bias for step in made.steps] == pytest.approx([0, 1, -2])


def test_windows_are_averaged_by_how_far_the_truth_rose() -> None:
    true = RANDOM.normal(size=(100, 6)).cumsum(axis=1)
    made = analyse_series(np.zeros_like(true), true)
    changes = [movement.change for movement in made.movements]
    assert changes == sorted(changes)
    assert sum(movement.windows for movement in made.movements) == 100
    assert all(set(movement.predicted) == {0.0} for movement in made.movements)


@pytest.mark.parametrize("count", [1, 9, 10, 62, 500])
def test_no_reported_number_is_one_hidden_example_s(count: int) -> None:
    true = RANDOM.normal(size=(count, 5)) * 7
    predicted = true + RANDOM.normal(size=true.shape)
    reported = numbers_in(asdict(analyse_series(predicted, true)))
    reported |= numbers_in(asdict(analyse_numbers(predicted[:, 0], true[:, 0])))
    if count > 1:
        assert not reported & set(true.ravel())
    for group in analyse_numbers(predicted[:, 0], true[:, 0]).groups:
        assert group.examples >= MIN_GROUP
    for movement in analyse_series(predicted, true).movements:
        assert movement.windows >= MIN_WINDOWS


def test_the_kind_of_data_decides_the_kind_of_analysis() -> None:
    flat, rows = RANDOM.normal(size=40), RANDOM.normal(size=(40, 4))
    labels = RANDOM.integers(0, 3, 40)
    assert isinstance(compare_with_labels(np.eye(3)[labels], labels, labels, ("a", "b", "c")), ClassAnalysis)
    assert isinstance(compare_with_labels(flat, flat, flat, ()), NumberAnalysis)
    assert isinstance(compare_with_labels(rows, rows, rows, ()), SeriesAnalysis)
    assert compare_with_labels(rows, rows, rows, ("a", "b")) is None
    assert compare_with_labels(rows, rows, flat, ()) is None
