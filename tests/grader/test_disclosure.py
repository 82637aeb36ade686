"""What a page tells of predictions tells no label, whoever chooses them all."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.grader.diagnosis.finding import rounded
from tfprep.grader.scoring.analysis import analyse_numbers, compare_with_labels, places_told
from tfprep.grader.scoring.class_analysis import ClassAnalysis, analyse_classes
from tfprep.grader.scoring.disclosure import STEP, differs_measurably, rounded_figure
from tfprep.grader.scoring.reasons import decimals_of, with_decimals
from tfprep.problems import Split

from . import made

KEY = b"the home's own"
NAMES = tuple("0123456789")
RANDOM = np.random.default_rng(15)


def told_of(predicted: Any, true: Any, key: bytes = KEY) -> ClassAnalysis:
    found = analyse_classes(np.eye(10)[predicted], predicted, true, NAMES, key)
    assert found is not None
    return found


def counts_in(analysis: ClassAnalysis) -> list[int]:
    each = [(one.examples, one.predicted, one.correct) for one in analysis.classes]
    pairs = [pair.count for pair in analysis.confusions]
    return [*np.ravel(analysis.confusion_matrix), *np.ravel(each), *pairs]


def test_every_count_is_in_steps_of_five_and_small_ones_are_not_told() -> None:
    for count in (20, 67, 200, 2000):
        true, predicted = RANDOM.integers(0, 10, (2, count))
        assert all(told % STEP == 0 for told in counts_in(told_of(predicted, true)))


def test_nine_labels_of_one_s_choice_are_not_read_from_the_confusion_matrix() -> None:
    """A model that answers each other class for one chosen example: nine labels, once told exactly."""
    right = tries = 0
    for seed in range(40):
        true = np.random.default_rng(seed).integers(0, 10, 67)
        predicted = np.zeros(67, np.int64)
        predicted[1:10] = np.arange(1, 10)
        matrix = np.array(told_of(predicted, true).confusion_matrix)
        for example in range(1, 10):
            column = matrix[:, example]
            # Where nothing is told, any class is as good a guess.
            guess = int(column.argmax()) if column.any() else 0
            right, tries = right + int(guess == true[example]), tries + 1
    assert right / tries < 0.2, "one in ten is guessing"


def test_changing_one_answer_after_the_other_tells_no_label(tmp_path: Path) -> None:
    """Each submission changes one example's answer to one class; its figures are those of the first."""
    data = made.digits(tmp_path / "data")
    labels = np.asarray(data.labels(Split.HIDDEN).values)
    base = np.where(RANDOM.random(len(labels)) < 0.7, labels, (labels + 1) % 10)
    attempts = [np.eye(10, dtype=np.float32)[base]]
    for example in range(20):
        for answer in range(10):
            changed = base.copy()
            changed[example] = answer
            attempts.append(np.eye(10, dtype=np.float32)[changed])
    assert set(places_told(attempts, data)) == {0}


def test_a_better_model_gets_figures_of_its_own() -> None:
    true = RANDOM.integers(0, 10, 500)
    half, most = (np.where(RANDOM.random(500) < share, true, (true + 1) % 10) == true for share in (0.5, 0.9))
    assert differs_measurably(half.astype(float), most.astype(float))
    assert not differs_measurably(half.astype(float), half.astype(float))


@pytest.mark.parametrize("changed", [1, 2, 3])
def test_three_changed_answers_are_never_enough(changed: int) -> None:
    right = np.append(np.zeros(changed), np.ones(400))
    assert not differs_measurably(right, np.ones(400 + changed))


def test_a_histogram_with_an_example_of_one_s_choice_in_each_bar_tells_no_label() -> None:
    right = tries = 0
    for seed in range(40):
        true = np.random.default_rng(seed).integers(0, 2, 200)
        outputs = np.full(200, 0.01)
        outputs[:19] = (np.arange(19) + 1.5) / 20
        roc = compare_with_labels(outputs, (outputs >= 0.5).astype(int), true, ("no", "yes"), KEY).roc  # type: ignore[union-attr]
        for example in range(19):
            bar = example + 1
            yes, no = roc.positive.counts[bar], roc.negative.counts[bar]
            guess = int(yes > no) if yes != no else 0
            right, tries = right + int(guess == true[example]), tries + 1
    assert right / tries < 0.6, "one in two is guessing"


def test_no_error_of_one_s_choice_is_told_of_a_number() -> None:
    """A median is one example's error: a model can choose whose. Told is a mean over ten or more."""
    true = RANDOM.uniform(5, 50, 99)
    predicted = np.full(99, 25.0)
    predicted[49:] = 1e9
    predicted[7] = 1e6
    found = analyse_numbers(predicted, true, KEY)
    told = [value for value in asdict(found).values() if isinstance(value, float)]
    assert not [value for value in told if abs(abs(value) - abs(1e6 - true[7])) < 100]


def test_a_page_s_numbers_cannot_spell_an_input() -> None:
    """A model may predict what it read: no number of the page has more than three digits."""
    found = analyse_numbers(np.full(99, 0.7937554e6), RANDOM.uniform(5, 50, 99), KEY)
    groups = [value for group in found.groups for value in (group.true, group.p10, group.median, group.p90)]
    told = [found.bias, found.median_error, found.p90_error, *groups, *found.errors.edges[:1]]
    assert [rounded_figure(value) for value in told] == told
    assert max(groups) < 100, "a plot's axes are the labels' own"


def test_without_the_home_s_key_the_noise_is_another() -> None:
    true, predicted = RANDOM.integers(0, 10, (2, 2000))
    assert counts_in(told_of(predicted, true)) == counts_in(told_of(predicted, true))
    assert counts_in(told_of(predicted, true)) != counts_in(told_of(predicted, true, b"another"))


def test_a_metric_out_of_every_range_is_told_to_three_digits() -> None:
    """The error of a number is what a model likes it to be: 793755.4 would be a hidden pixel, 0.7937554."""
    assert with_decimals(793755.4, decimals_of(793755.4, None)) == "794000"
    assert with_decimals(7.937554, decimals_of(7.937554, None)) == "7.938"
    assert rounded(793755.4) == "794000"
    assert rounded(0.7937554) == "0.79"


def test_a_class_of_few_examples_has_no_recall_of_zero_for_being_small() -> None:
    true = np.repeat(np.arange(10), 9)
    found = told_of(true, true)
    assert {one.recall for one in found.classes} <= {None, 1.0}
    never = told_of(np.repeat([1, 1], 500), np.repeat([0, 1], 500))
    assert never.classes[0].recall == 0


@pytest.mark.parametrize("count", [67, 1000])
def test_of_a_thousand_random_submissions_a_handful_gets_figures_of_its_own(count: int) -> None:
    """So noise cannot be averaged away: two or three in simulations of 1,000."""
    random = np.random.default_rng(count)
    true = random.integers(0, 2, count)
    told: list[Any] = []
    for _ in range(1000):
        right = (random.integers(0, 2, count) == true).astype(float)
        if all(differs_measurably(before, right) for before in told):
            told.append(right)
    assert len(told) < 8
