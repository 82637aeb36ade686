"""Advice that works: findings fit layers, loss and training log, and say nothing that these contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Finding, grade
from tfprep.grader.records import Curve, Curves
from tfprep.grader.training_trend import Trend, read_trend
from tfprep.problems import Dataset, Split
from tfprep.sandbox import ModelFacts

from . import made
from .examples import submitted
from .made import Array, Modelled

DENSE = ("Dense", "Dense")


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.cars(tmp_path_factory.mktemp("data") / "cars")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits")


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.reviews(tmp_path_factory.mktemp("data") / "reviews")


def trend(loss: Sequence[float | None], val_loss: Sequence[float] = (), **more: Sequence[float]) -> Trend:
    series = {"loss": loss, **({"val_loss": val_loss} if val_loss else {}), **more}
    curves = [Curve(name, tuple(range(1, len(each) + 1)), tuple(each)) for name, each in series.items()]
    found = read_trend(Curves("history.csv", tuple(curves)))
    assert found is not None
    return found


def found(
    dataset: Dataset, model: made.Model, facts: ModelFacts | None = None, log: Trend | None = None
) -> tuple[Finding, ...]:
    facts = replace(facts or ModelFacts(), form=dataset.problem.inputs[0].name)
    return grade(submitted(), dataset, Modelled(model, facts), trend=log).card.findings


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def poor(cars: Dataset, scale: float, noise: float) -> made.Model:
    """Predictions that follow the labels loosely, on a scale of their own."""
    labels = cars.labels(Split.HIDDEN).values
    random = np.random.default_rng(0)
    predicted = scale * (labels + random.normal(0, noise, labels.shape))
    return lambda inputs: predicted[: len(inputs), None].astype(np.float32)


# What the layers and the repaired score speak against


def looks_scaled(inputs: Array) -> Array:
    """Better on standardised cars, and worth nothing on them either."""
    spread = 5.0 if abs(float(inputs.mean())) < 1 else 60.0
    return (25 + np.random.default_rng(1).normal(0, spread, (len(inputs), 1))).astype(np.float32)


def test_a_scaling_that_leaves_the_model_worth_nothing_is_no_cause(cars: Dataset) -> None:
    assert "forgot_to_rescale" not in codes(found(cars, looks_scaled, ModelFacts(layers=DENSE)))


def scaled_outside(cars: Dataset) -> made.Model:
    """Right on standardised cars alone."""
    labels = cars.labels(Split.HIDDEN).values[:, None].astype(np.float32)

    def model(inputs: Array) -> Array:
        is_scaled = len(inputs) == len(labels) and abs(float(inputs.mean())) < 1
        return labels if is_scaled else np.full((len(inputs), 1), 400.0, np.float32)

    return model


def test_a_model_that_begins_with_an_adapted_normalization_is_not_told_to_add_one(cars: Dataset) -> None:
    model = scaled_outside(cars)
    assert codes(found(cars, model, ModelFacts(layers=DENSE)))[0] == "forgot_to_rescale"
    adapted = ModelFacts(layers=("Normalization", *DENSE))
    assert "forgot_to_rescale" not in codes(found(cars, model, adapted))


@pytest.mark.parametrize(("scale", "noise"), [(0.5, 6.0), (0.6, 8.0), (0.3, 7.0)])
def test_a_poor_model_of_a_target_that_never_was_scaled_is_not_told_to_scale_it_back(
    cars: Dataset, scale: float, noise: float
) -> None:
    assert "target_not_rescaled" not in codes(found(cars, poor(cars, scale, noise)))


def test_a_model_that_never_learned_and_happens_to_follow_one_input_is_not_told_so(cars: Dataset) -> None:
    labels = cars.labels(Split.HIDDEN).values
    noise = np.random.default_rng(0).normal(0, 8, labels.shape)
    far = (-511 + 10 * (labels + noise)).astype(np.float32)
    assert "target_not_rescaled" not in codes(found(cars, lambda inputs: far[: len(inputs), None]))


@pytest.mark.parametrize("scale", [0.01, 0.425, 2.5])
def test_a_good_model_on_another_scale_is_still_told_so(cars: Dataset, scale: float) -> None:
    assert codes(found(cars, poor(cars, scale, 0.05)))[0] == "target_not_rescaled"


def test_a_standardised_target_is_told_even_of_a_poor_model(cars: Dataset) -> None:
    labels = cars.labels(Split.HIDDEN).values
    exact = (labels - labels.mean()) / labels.std() + np.random.default_rng(0).normal(0, 0.02, labels.shape)
    assert "target_not_rescaled" in codes(found(cars, lambda x: exact[: len(x), None].astype(np.float32)))


def test_an_inverse_target_is_named(cars: Dataset) -> None:
    labels = cars.labels(Split.HIDDEN).values[:, None]
    first = found(cars, lambda inputs: (235 / (labels[: len(inputs)] + 1)).astype(np.float32))[0]
    assert first.code == "target_inverted"


# What the layers show


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", "tanh"])
def test_an_activation_that_keeps_numbers_small_is_named(cars: Dataset, activation: str) -> None:
    facts = ModelFacts(layers=DENSE, activations=("relu", activation))
    random = np.random.default_rng(0)
    first = found(cars, lambda inputs: random.random((len(inputs), 1), dtype=np.float32), facts)[0]
    assert first.code == "bounded_output"
    assert activation in first.evidence


def test_a_relu_that_died_is_named_and_one_that_works_is_not(cars: Dataset) -> None:
    facts = ModelFacts(layers=DENSE, activations=("relu", "relu"))
    random = np.random.default_rng(0)
    dead = found(
        cars, lambda x: np.where(random.random((len(x), 1)) < 0.6, 0, 30.0).astype(np.float32), facts
    )
    assert "bounded_output" in codes(dead)
    assert "bounded_output" not in codes(found(cars, poor(cars, 1.0, 8.0), facts))


def test_a_sigmoid_behind_which_a_layer_scales_up_is_no_fault(cars: Dataset) -> None:
    facts = ModelFacts(layers=("Dense", "Dense", "Rescaling"), activations=("relu", "sigmoid"))
    assert "bounded_output" not in codes(found(cars, poor(cars, 1.0, 8.0), facts))


def test_a_classifier_that_ends_in_a_relu_is_named(digits: Dataset) -> None:
    facts = ModelFacts(layers=DENSE, activations=("relu", "relu"), loss="sparse_categorical_crossentropy")
    random = np.random.default_rng(0)
    first = found(digits, lambda x: np.maximum(0, random.normal(0, 1, (len(x), 10))), facts)[0]
    assert first.code == "relu_at_the_end"


@pytest.mark.parametrize(("loss", "named"), [("mse", True), ("mae (from_logits=True)", False)])
def test_logits_are_no_fault_where_the_loss_takes_them(digits: Dataset, loss: str, named: bool) -> None:
    random = np.random.default_rng(0)

    def logits(pixels: Array) -> Array:
        weak = random.random((len(pixels), 1)) < 0.6
        right = 9.0 * np.eye(10)[np.argmax(pixels[:, 0, :10], axis=1)]
        return np.where(weak, right, random.normal(0, 4, (len(pixels), 10)))

    findings = found(digits, logits, ModelFacts(layers=DENSE, loss=loss))
    assert ("logits_for_probabilities" in codes(findings)) is named


def test_a_logit_that_is_read_as_a_probability_is_named_though_its_loss_took_logits(reviews: Dataset) -> None:
    facts = ModelFacts(layers=DENSE, loss="binary_crossentropy (from_logits=True)")
    first = found(reviews, lambda tokens: np.where(tokens[:, :1] == 100, 0.3, -2.0), facts)[0]
    assert first.code == "logits_for_probabilities"


def test_a_recurrent_layer_that_reads_the_padding_is_named_first(reviews: Dataset) -> None:
    facts = ModelFacts(layers=("Embedding", "LSTM", "Dense"), unmasked="LSTM")
    random = np.random.default_rng(0)
    first = found(reviews, lambda tokens: 0.5 + 0.1 * random.random((len(tokens), 1)), facts)[0]
    assert first.code == "unmasked_padding"
    assert "mask_zero=True" in first.try_next


# What the training log says

STILL_FALLING = trend([0.5, 0.2, 0.1], [0.16, 0.11, 0.093])
TOO_LONG = trend([0.5, 0.2, 0.1, 0.05, 0.02], [0.4, 0.3, 0.5, 0.7, 0.9])


def knows_training_data(digits: Dataset, right: float) -> made.Model:
    """All of the training data right, and this share of other pictures."""
    seen = {picture.tobytes() for picture in np.asarray(digits.inputs(Split.TRAINING)["pixels"])}
    random = np.random.default_rng(0)

    def model(pixels: Array) -> Array:
        sure = np.array([picture.tobytes() in seen for picture in pixels]) | (
            random.random(len(pixels)) < right
        )
        read = np.eye(10, dtype=np.float32)[np.argmax(np.isclose(pixels[:, 0, :10], 1), axis=1)]
        return np.where(sure[:, None], read, np.roll(read, 5, axis=1))

    return model


def test_a_loss_that_still_falls_is_no_overfitting_and_asks_for_more_epochs(
    digits: Dataset,
) -> None:
    findings = found(digits, knows_training_data(digits, 0.9), log=STILL_FALLING)
    assert "overfitting" not in codes(findings)
    assert "the loss was lowest in epoch 3 of 3" in findings[0].try_next


def test_overfitting_says_which_epoch_to_stop_at_and_advises_no_flips_of_digits(digits: Dataset) -> None:
    first = found(digits, knows_training_data(digits, 0.6), log=TOO_LONG)[0]
    assert first.code == "overfitting"
    assert "epoch 2 of 5" in first.try_next
    assert "no flips" in first.try_next


def test_texts_are_told_neither_flips_nor_shifts(reviews: Dataset) -> None:
    assert "flip" not in reviews.problem.common_mistakes.regularise.lower()


@pytest.mark.parametrize("log", [None, STILL_FALLING, TOO_LONG])
def test_all_findings_speak_with_one_voice(digits: Dataset, log: Trend | None) -> None:
    findings = found(digits, knows_training_data(digits, 0.9), log=log)
    assert findings
    assert [finding.follows for finding in findings] == [False, *[True] * (len(findings) - 1)]
    assert [bool(finding.try_next) for finding in findings] == [True, *[False] * (len(findings) - 1)]


def test_an_unstable_loss_asks_for_a_lower_learning_rate_and_nothing_for_a_higher(cars: Dataset) -> None:
    findings = found(cars, poor(cars, 3.0, 20.0), log=trend([5000.0, 297.0, 4070.0, 1032.0]))
    assert "unstable_training" in codes(findings)
    assert not any("higher learning rate" in finding.try_next for finding in findings)


def test_a_model_that_was_trained_too_briefly_is_not_told_that_it_answers_the_same(cars: Dataset) -> None:
    random = np.random.default_rng(0)
    flat = (12 + random.normal(0, 0.1, (200, 1))).astype(np.float32)
    log = trend([900.0, 700.0, 500.0, 350.0])
    assert "flat_predictions" in codes(found(cars, lambda x: flat[: len(x)]))
    assert "flat_predictions" not in codes(found(cars, lambda x: flat[: len(x)], log=log))


def test_what_needs_no_learning_is_named_where_it_is_as_good(cars: Dataset, digits: Dataset) -> None:
    worse = found(cars, poor(cars, 3.0, 20.0))[0]
    assert "Predicting the mean every time is off by" in worse.evidence
    random = np.random.default_rng(0)
    guessing = found(digits, lambda pixels: random.random((len(pixels), 10)))[0]
    assert "Always predicting the most frequent class gets 0.10" in guessing.evidence
    better = found(digits, knows_training_data(digits, 0.6))[0]
    assert "Always predicting" not in better.evidence


def test_of_baselines_the_weakest_that_is_not_beaten_is_named(tmp_path: Path) -> None:
    series = made.series(tmp_path / "series")
    labels = series.labels(Split.HIDDEN).values
    random = np.random.default_rng(0)
    noisy = (labels + random.normal(0, 3, labels.shape)).astype(np.float32)
    first = found(series, lambda windows: noisy[: len(windows)])[0]
    names = [baseline.name for baseline in series.problem.common_mistakes.baselines]
    assert any(f"Predicting {name} is off by" in first.evidence for name in names)
