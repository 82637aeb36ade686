from __future__ import annotations

import numpy as np
import pytest

from tfprep.problems import Band, find
from tfprep.problems.metrics import (
    accuracy,
    at_half,
    last_step,
    log10_error,
    mean_absolute_error,
    most_likely,
)


def test_accuracy_is_one_number_per_example() -> None:
    hits = accuracy.per_example(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
    assert hits.tolist() == [1.0, 1.0, 0.0, 1.0]
    assert hits.dtype == np.float64


def test_the_error_of_a_forecast_is_the_mean_over_its_steps() -> None:
    metric = mean_absolute_error("GW")
    errors = metric.per_example(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.5, 1.5], [4.0, 0.0]]))
    assert errors.tolist() == [0.5, 2.0]
    assert (metric.unit, metric.higher_is_better) == ("GW", False)


def test_the_error_of_half_precision_predictions_is_not_rounded_to_half_precision() -> None:
    predictions, labels = np.array([2000.0], dtype=np.float16), np.array([2000.4], dtype=np.float64)
    assert mean_absolute_error("mpg").per_example(predictions, labels)[0] == pytest.approx(0.4)


def test_a_tenth_too_much_is_the_same_error_for_a_cheap_and_a_dear_thing() -> None:
    metric = log10_error(1.0, "USD")
    errors = metric.per_example(np.array([440.0, 11_000.0]), np.array([400.0, 10_000.0]))
    np.testing.assert_allclose(errors, np.log10(1.1))
    assert (metric.unit, metric.higher_is_better) == ("log10(USD)", False)


def test_a_price_below_the_least_counts_as_the_least() -> None:
    errors = log10_error(1.0, "USD").per_example(np.array([-50.0, 0.0, 0.1]), np.array([100.0] * 3))
    assert errors.tolist() == [2.0, 2.0, 2.0]


def test_logits_and_probabilities_name_the_same_class() -> None:
    assert most_likely(np.array([[0.2, 0.7, 0.1], [0.9, 0.05, 0.05]])).tolist() == [1, 0]
    assert most_likely(np.array([[-3.0, 5.0, 1.0], [9.0, 8.0, 7.0]])).tolist() == [1, 0]


def test_a_probability_of_one_half_means_class_one_in_both_shapes() -> None:
    assert at_half(np.array([[0.49], [0.5], [0.51]])).tolist() == [0, 1, 1]
    assert at_half(np.array([0.49, 0.5, 0.51])).tolist() == [0, 1, 1]


def test_a_forecast_at_every_step_is_read_at_the_last() -> None:
    labels = np.arange(2 * 96 * 24).reshape(2, 96, 24)
    assert np.array_equal(last_step(labels), labels[:, 95])


@pytest.mark.parametrize("name", ["regression", "mnist", "imdb", "forecast", "cells", "diamonds"])
def test_every_way_to_predict_rightly_earns_the_full_metric(name: str) -> None:
    def two_classes(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        v = rng.integers(0, 2, 20)
        return v, np.eye(2)[v] if shape == (2,) else (v * 0.8 + 0.1).reshape(20, *shape)

    problem = find(name)
    rng = np.random.default_rng(0)
    for output in problem.outputs:
        right, given = {
            "regression": lambda shape: (v := rng.uniform(9, 45, 20), v.reshape(20, *shape)),
            "diamonds": lambda shape: (v := rng.uniform(300, 9000, 20), v.reshape(20, *shape)),
            "mnist": lambda shape: (v := rng.integers(0, 10, 20), np.eye(10)[v]),
            "imdb": two_classes,
            "cells": two_classes,
            "forecast": lambda shape: (
                v := rng.uniform(3, 9, (20, 24)),
                np.repeat(v[:, None], 96, axis=1) if shape == (96, 24) else v.reshape(20, *shape),
            ),
        }[name](output.shape)
        assert given.shape[1:] == output.shape
        value = problem.metric.per_example(output.read(given), right).mean()
        assert value == (1.0 if problem.metric.higher_is_better else 0.0)


def test_a_band_needs_exactly_one_line() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Band(5)
    with pytest.raises(ValueError, match="exactly one"):
        Band(5, at_least=1.0, at_most=2.0)


def test_a_band_holds_from_its_line_on_and_never_for_nan() -> None:
    assert Band(5, at_least=0.9).holds(0.9)
    assert not Band(5, at_least=0.9).holds(0.8999)
    assert Band(5, at_most=2.0).holds(2.0)
    assert not Band(5, at_most=2.0).holds(float("nan"))
    assert not Band(5, at_least=0.9).holds(float("nan"))
