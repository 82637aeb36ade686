"""A large hidden test set is divided: alike halves, no example in both, the same ones every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.problems import Dataset, Labels, Split, find
from tfprep.problems.halves import SMALLEST, divide

from ..grader import made

RANDOM = np.random.default_rng(8)


def inputs_of(count: int) -> dict[str, Any]:
    return {"features": RANDOM.random((count, 9), dtype=np.float32)}


def halves_of(labels: Labels, inputs: Any, classes: int = 0, apart: int = 1) -> tuple[Any, Any]:
    halves = divide(labels, inputs, classes, apart)
    assert halves is not None
    return halves


def test_classes_are_alike_in_both_halves_and_no_example_is_in_both() -> None:
    values = RANDOM.choice(10, 1001, p=np.arange(1, 11) / 55)
    halves = halves_of(Labels(values), inputs_of(1001), 10)
    assert sorted(np.concatenate(halves)) == list(range(1001))
    counts = [np.bincount(values[half], minlength=10) for half in halves]
    assert np.abs(counts[0] - counts[1]).max() <= 1


def test_numbers_are_alike_in_both_halves() -> None:
    values = RANDOM.lognormal(3, 1, 1000)
    one, other = (values[half] for half in halves_of(Labels(values), inputs_of(1000)))
    assert len(one) == len(other) == 500
    assert np.quantile(one, 0.1) == pytest.approx(np.quantile(other, 0.1), rel=0.1)
    assert one.mean() == pytest.approx(other.mean(), rel=0.1)


def test_fewer_than_four_hundred_are_not_divided() -> None:
    values = RANDOM.random(SMALLEST)
    assert divide(Labels(values[1:]), inputs_of(SMALLEST - 1), 0, 1) is None
    assert divide(Labels(values), inputs_of(SMALLEST), 0, 1) is not None


def test_what_would_leave_a_half_without_a_class_is_not_divided() -> None:
    values = np.append(np.zeros(500, np.int64), 1)
    assert divide(Labels(values), inputs_of(501), 2, 1) is None


def test_inputs_that_are_the_same_are_in_one_half() -> None:
    """Else a label that is learned in one half is known in the other."""
    inputs = {name: np.repeat(each, 3, axis=0) for name, each in inputs_of(200).items()}
    inputs["text"] = [f"review {place}" for place in range(600)]
    one, other = halves_of(Labels(RANDOM.integers(0, 2, 600)), inputs, 2)
    assert not {*(one // 3)} & {*(other // 3)}
    assert min(len(one), len(other)) > 200


def test_no_window_of_a_series_overlaps_one_of_the_other_half() -> None:
    """Of problem 5: two days are seen and half a day is forecast, and days are the labels' groups."""
    from tfprep.problems.problem5_forecast.data import DAY, DEMAND

    starts = np.sort(RANDOM.choice(73 * 48, 500, replace=False))
    labels = Labels(np.zeros((500, 24)), groups=(starts + DEMAND.window) // DAY)
    one, other = halves_of(labels, {"window": np.zeros((500, 96, 3))}, 0, find("forecast").groups_apart)
    assert np.abs(starts[one][:, None] - starts[other][None, :]).min() >= DEMAND.reach
    assert min(len(one), len(other)) > 180
    assert len(one) + len(other) > 400


def test_a_data_set_and_its_halves_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    digits = made.digits(tmp_path / "digits", count=600)
    feedback, final = digits.feedback, digits.final
    assert (feedback.half, final.half, feedback.counts.hidden, final.counts.hidden) == (
        *("feedback", "final"),
        *(300, 300),
    )
    assert len({digits.fingerprint, feedback.fingerprint, final.fingerprint}) == 3
    assert [digits.scored_as(each.fingerprint) for each in (digits, feedback, final)] == [
        *(digits, feedback, final)
    ]
    assert digits.scored_as("another") is None
    assert final.final is final, "a half is not divided again"


def test_a_half_has_its_own_hidden_inputs_and_labels_and_everything_else_is_the_same(tmp_path: Path) -> None:
    digits = made.digits(tmp_path / "digits", count=600)
    pixels = [pictures(part) for part in (digits.feedback, digits.final)]
    labels = [part.labels(Split.HIDDEN).values for part in (digits.feedback, digits.final)]
    for seen, answers in zip(pixels, labels, strict=True):
        assert (seen[:, 0].argmax(axis=1) == answers).all(), "each input has its own label"
    together = np.concatenate(pixels).reshape(600, -1)
    assert len(np.unique(together, axis=0)) == 600
    assert len(digits.feedback.labels(Split.VALIDATION).values) == len(digits.labels(Split.VALIDATION).values)
    again = made.digits(tmp_path / "again", count=600)
    assert (pictures(again.final) == pixels[1]).all(), "the same data is divided the same"


def test_a_small_hidden_test_set_is_its_own_half(tmp_path: Path) -> None:
    cars = made.cars(tmp_path / "cars")
    assert cars.feedback is cars
    assert cars.final is cars


def pictures(dataset: Dataset) -> Any:
    return np.asarray(dataset.inputs(Split.HIDDEN)["pixels"])
