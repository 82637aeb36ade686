"""Everyone's hidden examples differ, and one band means the same for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.classroom.exam_pool import (
    LEAST_WINDOWS,
    draw_examples,
    for_exam,
    for_problems,
    overlapping,
    variant_of,
)
from tfprep.problems import Dataset, LabelledSet, Labels, Split

from ..grader.examples import make_mnist
from ..grader.made import make, series

LABELS = Labels(np.repeat(np.arange(10), 40).astype(np.int64))
NUMBERS = Labels(np.linspace(0, 100, 400).astype(np.float32))
DAYS = Labels(np.random.default_rng(0).random((400, 24)).astype(np.float32), np.arange(400) // 8)
keys = st.binary(min_size=32, max_size=32)


@settings(max_examples=20)
@given(keys)
def test_every_class_has_the_same_share_for_everyone(key: bytes) -> None:
    chosen = draw_examples(LABELS, key, 0.7)
    assert np.bincount(LABELS.values[chosen], minlength=10).tolist() == [28] * 10


@settings(max_examples=20)
@given(keys)
def test_every_tenth_of_a_quantity_has_the_same_share_for_everyone(key: bytes) -> None:
    chosen = draw_examples(NUMBERS, key, 0.5)
    assert np.bincount(chosen // 40, minlength=10).tolist() == [20] * 10


@settings(max_examples=20)
@given(keys)
def test_examples_of_one_group_stay_together(key: bytes) -> None:
    assert DAYS.groups is not None
    chosen = draw_examples(DAYS, key, 0.6)
    assert set(np.bincount(DAYS.groups[chosen], minlength=50).tolist()) == {0, 8}


def test_the_same_key_draws_the_same_and_another_key_others() -> None:
    first, again, other = (draw_examples(LABELS, bytes([each]) * 32, 0.7) for each in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert set(first.tolist()) != set(other.tolist())
    assert len(set(first.tolist())) == len(first)


def test_a_variant_s_mean_is_close_to_the_pool_s() -> None:
    means = [NUMBERS.values[draw_examples(NUMBERS, bytes([key]) * 32, 0.7)].mean() for key in range(50)]
    assert np.abs(np.array(means) - NUMBERS.values.mean()).max() < 1.0


@pytest.mark.parametrize("share", [0, -1, 1.1])
def test_a_share_is_above_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        draw_examples(LABELS, b"k", share)


def make_key(purpose: str) -> bytes:
    return b"a mentor's secret " + purpose.encode()


def test_an_exam_asks_no_example_that_the_cohort_s_problems_ask(tmp_path: Path) -> None:
    whole = make_mnist(tmp_path / "digits")
    for_them, for_it = for_problems(whole, make_key), for_exam(whole, make_key)
    both = np.concatenate([for_them.places, for_it.places])  # type: ignore[arg-type]
    assert sorted(both.tolist()) == list(range(200))
    assert len({each.fingerprint for each in (whole, for_them, for_it)}) == 3
    labels = for_it.labels(Split.HIDDEN).values
    assert np.bincount(labels, minlength=10).tolist() == [10] * 10
    pixels = np.asarray(for_it.inputs(Split.HIDDEN)["pixels"])
    assert np.argmax(pixels[:, 0, :10], axis=1).tolist() == labels.tolist()
    assert len(for_it.labels(Split.VALIDATION).values) == 50


def test_another_secret_divides_otherwise(tmp_path: Path) -> None:
    whole = make_mnist(tmp_path / "digits")
    other = for_exam(whole, lambda purpose: b"another " + purpose.encode())
    assert other.fingerprint != for_exam(whole, make_key).fingerprint


def test_everybody_is_asked_examples_of_their_own_where_there_are_enough(tmp_path: Path) -> None:
    pool = for_exam(make_mnist(tmp_path / "digits", hidden=400), make_key)
    ada, bob, again = (variant_of(pool, "e", learner, 0.5, make_key) for learner in ("ada", "bob", "ada"))
    assert len(ada) == len(bob) == 100
    assert set(ada.tolist()) != set(bob.tolist())
    assert ada.tolist() == again.tolist()
    assert variant_of(pool, "another exam", "ada", 0.5, make_key).tolist() != ada.tolist()
    few = for_exam(make_mnist(tmp_path / "few", hidden=60), make_key)
    assert len(variant_of(few, "e", "ada", 0.5, make_key)) == 30


def by_days(folder: Path, days: int, windows: int) -> Dataset:
    """A series of so many days, each with so many windows that begin on it."""
    made = series(folder / "plain", days * windows)
    labels = Labels(made.labels(Split.HIDDEN).values, np.repeat(np.arange(days), windows))
    return make(folder / "days", "forecast", LabelledSet({**made.inputs(Split.HIDDEN)}, labels))


@pytest.mark.parametrize(("days", "windows"), [(200, 3), (70, 4), (30, 5), (24, 3)])
def test_no_window_of_an_exam_shares_time_with_one_of_the_cohort_s_problems(
    days: int, windows: int, tmp_path: Path
) -> None:
    whole = by_days(tmp_path, days, windows)
    for_them, for_it = for_problems(whole, make_key), for_exam(whole, make_key)
    asked, left = (each.labels(Split.HIDDEN).groups for each in (for_it, for_them))
    assert asked is not None
    assert left is not None
    assert np.abs(asked[:, None] - left).min() >= whole.problem.groups_apart
    assert min(len(asked), len(left)) >= LEAST_WINDOWS
    assert overlapping(whole, make_key) == 0


def test_where_a_series_is_too_short_to_cut_it_is_counted_how_much_is_shared(tmp_path: Path) -> None:
    whole = by_days(tmp_path, 10, 3)
    for_it, for_them = for_exam(whole, make_key), for_problems(whole, make_key)
    left = for_them.labels(Split.HIDDEN).groups
    asked = for_it.labels(Split.HIDDEN).groups
    assert asked is not None
    assert left is not None
    near = [min(abs(int(one) - int(other)) for other in left) < 4 for one in asked]
    assert overlapping(whole, make_key) == sum(near) > 0
    assert overlapping(make_mnist(tmp_path / "digits"), make_key) == 0
