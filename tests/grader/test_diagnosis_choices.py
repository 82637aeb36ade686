"""Advice on what a learner chose: scaling, layers, activations, optimizer; and what a training log denies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tfprep.problems import Dataset, Split
from tfprep.sandbox import ModelFacts

from . import made
from .made import Array
from .test_diagnosis_advice import codes, found, knows_training_data, poor, trend

PLAIN = ModelFacts(layers=("Dense", "Dense"), activations=("relu", "linear"))
CONVOLVED = ModelFacts(layers=("Conv2D", "Flatten", "Dense"), activations=("relu", "softmax"))
SCALED = replace(PLAIN, layers=("Normalization", "Dense", "Dense"))


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.cars(tmp_path_factory.mktemp("data") / "cars")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits")


def knows(digits: Dataset, right: float) -> made.Model:
    """This share of all pictures right, those of the training data too."""
    random = np.random.default_rng(0)

    def model(pixels: Array) -> Array:
        read = np.eye(10, dtype=np.float32)[np.argmax(np.isclose(pixels[:, 0, :10], 1), axis=1)]
        return np.where(random.random((len(pixels), 1)) < right, read, np.roll(read, 5, axis=1))

    return model


def standardised_looking(cars: Dataset) -> made.Model:
    """Small numbers that follow the labels, as of a standardised target or of a training that just began."""
    labels = cars.labels(Split.HIDDEN).values
    small = (labels - labels.mean()) / labels.std()
    return lambda inputs: small[: len(inputs), None].astype(np.float32)


# What the training log denies


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_target_is_not_called_scaled_where_the_validation_error_in_the_log_is_that_of_the_score(
    cars: Dataset, epochs: int
) -> None:
    value = float(np.abs(cars.labels(Split.HIDDEN).values - 0).mean())
    log = trend([900.0] * epochs, [880.0] * epochs, val_mae=[value] * epochs)
    assert "target_not_rescaled" not in codes(found(cars, standardised_looking(cars), SCALED, log))


def test_a_target_is_not_called_scaled_where_only_the_training_loss_is_small(cars: Dataset) -> None:
    """As with batch normalisation and dropout, which work in another way while a model is trained."""
    value = float(np.abs(cars.labels(Split.HIDDEN).values).mean())
    log = trend([4.0, 2.0], [800.0, 700.0], val_mae=[value, value])
    assert "target_not_rescaled" not in codes(found(cars, standardised_looking(cars), SCALED, log))


def test_a_target_is_called_scaled_where_the_validation_error_in_the_log_is_small(
    cars: Dataset,
) -> None:
    log = trend([0.2, 0.1], [0.3, 0.2], val_mae=[0.4, 0.3])
    assert codes(found(cars, standardised_looking(cars), SCALED, log))[0] == "target_not_rescaled"


def test_pixels_are_not_called_scaled_where_the_validation_accuracy_in_the_log_is_that_of_the_score(
    digits: Dataset,
) -> None:
    def bright(pixels: Array) -> Array:
        """Right on pixels up to 255 alone."""
        read = np.eye(10, dtype=np.float32)[np.argmax(pixels[:, 0, :10], axis=1)]
        return read if pixels.max() > 2 else random.permutation(read)

    random = np.random.default_rng(0)
    assert codes(found(digits, bright))[0] == "forgot_to_rescale"
    poor_too = trend([2.3, 2.2], [2.3, 2.2], val_accuracy=[0.1, 0.1])
    assert "forgot_to_rescale" not in codes(found(digits, bright, log=poor_too))


# Scaling


def test_columns_of_different_size_that_nothing_scales_are_named_first(
    cars: Dataset,
) -> None:
    first = found(cars, poor(cars, 1.0, 8.0), PLAIN)[0]
    assert first.code == "inputs_not_scaled"
    assert "Normalization layer, adapted" in first.try_next


@pytest.mark.parametrize(
    "layers", [("Normalization", "Dense"), ("BatchNormalization", "Dense"), ("Functional", "Dense"), ()]
)
def test_what_is_scaled_or_may_be_is_not_told_to_scale(cars: Dataset, layers: tuple[str, ...]) -> None:
    facts = ModelFacts(layers=layers)
    assert "inputs_not_scaled" not in codes(found(cars, poor(cars, 1.0, 8.0), facts))


def test_batch_normalization_behind_the_first_dense_layer_scales_no_inputs(cars: Dataset) -> None:
    facts = ModelFacts(layers=("Dense", "BatchNormalization", "Dense"))
    assert codes(found(cars, poor(cars, 1.0, 8.0), facts))[0] == "inputs_not_scaled"


def test_a_loss_that_became_nan_on_plain_columns_is_told_to_scale_them(cars: Dataset) -> None:
    def nan(inputs: Array) -> Array:
        return np.full((len(inputs), 1), np.nan, np.float32)

    assert "Normalization layer, adapted" in found(cars, nan, PLAIN)[0].try_next
    assert "lower the learning rate" in found(cars, nan, SCALED)[0].try_next


def test_pixels_that_are_rescaled_once_more_are_named(digits: Dataset) -> None:
    facts = ModelFacts(layers=("Rescaling", "Conv2D", "Flatten", "Dense"))
    first = found(digits, knows(digits, 0.5), facts)[0]
    assert first.code == "rescaled_already"
    assert "take the Rescaling layer away" in first.try_next


# Layers and activations


def test_a_model_without_a_hidden_layer_is_told_to_add_one(cars: Dataset) -> None:
    facts = ModelFacts(layers=("Normalization", "Dense"), activations=("linear",))
    assert codes(found(cars, poor(cars, 1.0, 8.0), facts))[0] == "no_hidden_layer"
    assert "no_hidden_layer" not in codes(found(cars, poor(cars, 1.0, 8.0), SCALED))


def test_a_dense_layer_behind_a_recurrent_or_an_unknown_one_is_not_alone(cars: Dataset) -> None:
    for layer in ("LSTM", "Embedding", "Functional", "Own"):
        facts = ModelFacts(layers=(layer, "Dense"))
        assert "no_hidden_layer" not in codes(found(cars, poor(cars, 1.0, 8.0), facts))


def test_hidden_layers_that_end_in_a_sigmoid_are_told_to_use_relu(digits: Dataset) -> None:
    facts = replace(CONVOLVED, activations=("sigmoid", "softmax"))
    assert codes(found(digits, knows(digits, 0.5), facts))[0] == "saturating_layers"


def test_the_tanh_of_a_recurrent_layer_is_no_fault(cars: Dataset) -> None:
    facts = ModelFacts(layers=("Normalization", "LSTM", "Dense"), activations=("tanh", "linear"))
    assert "saturating_layers" not in codes(found(cars, poor(cars, 1.0, 8.0), facts))


def test_pictures_are_told_to_be_convolved_once_a_model_without_it_knows_something(digits: Dataset) -> None:
    dense = ModelFacts(layers=("Flatten", "Dense", "Dense"), activations=("relu", "softmax"))
    assert "no_convolution" in codes(found(digits, knows(digits, 0.97), dense))
    assert "no_convolution" not in codes(found(digits, knows(digits, 0.3), dense))
    by_heart = found(digits, knows_training_data(digits, 0.93), dense)
    assert codes(by_heart)[0] == "overfitting"
    convolved = replace(dense, layers=("Conv2D", *dense.layers))
    assert "no_convolution" not in codes(found(digits, knows(digits, 0.97), convolved))


# Optimizer and epochs


@pytest.mark.parametrize(
    ("optimizer", "rate", "code"),
    [
        ("Adam", "1", "learning_rate_too_large"),
        ("Adam", "0.1", "learning_rate_too_large"),
        ("Adam", "1e-05", "learns_slowly"),
        ("SGD", "1e-06", "learns_slowly"),
        ("SGD", "0.01", "learns_slowly"),
        ("Adadelta", "0.001", "learns_slowly"),
    ],
)
def test_a_learning_rate_far_from_the_optimizers_own_is_named_and_not_more_epochs(
    digits: Dataset, optimizer: str, rate: str, code: str
) -> None:
    facts = replace(CONVOLVED, optimizer=optimizer, learning_rate=rate)
    first = found(digits, knows(digits, 0.5), facts, trend([9.0, 8.0, 7.0], [9.0, 8.0, 7.0]))[0]
    assert first.code == code
    assert 'optimizer="adam"' in first.try_next


def test_ten_times_the_usual_rate_is_named_only_of_a_model_that_was_trained_for_some_epochs(
    digits: Dataset,
) -> None:
    facts = replace(CONVOLVED, optimizer="Adam", learning_rate="0.01")
    level = [0.3] * 6
    trained = found(digits, knows(digits, 0.5), facts, trend(level, level))
    assert trained[0].code == "learning_rate_too_large"
    for log in (None, trend([0.3], [0.3])):
        assert "learning_rate_too_large" not in codes(found(digits, knows(digits, 0.5), facts, log))


@pytest.mark.parametrize("rate", ["0.001", "0.0005", "0.003", "CosineDecay", ""])
def test_a_usual_learning_rate_or_a_schedule_is_no_fault(digits: Dataset, rate: str) -> None:
    facts = replace(CONVOLVED, optimizer="Adam", learning_rate=rate)
    named = codes(found(digits, knows(digits, 0.5), facts))
    assert not {"learns_slowly", "learning_rate_too_large"} & set(named)


def test_a_learning_rate_that_a_callback_lowered_is_not_called_too_small(digits: Dataset) -> None:
    facts = replace(CONVOLVED, optimizer="Adam", learning_rate="1e-05")
    log = trend([9.0, 8.0], [9.0, 8.0], learning_rate=[0.001, 1e-5])
    assert "learns_slowly" not in codes(found(digits, knows(digits, 0.5), facts, log))


@pytest.mark.parametrize("epochs", [1, 2, 4])
def test_a_training_of_a_few_epochs_is_told_how_many_to_train_for(digits: Dataset, epochs: int) -> None:
    facts = CONVOLVED
    level = [0.3] * epochs
    first = found(digits, knows(digits, 0.9), facts, trend(level, level))[0]
    assert "Train for up to" in first.try_next


# Classes


@pytest.mark.parametrize(("probability", "named"), [(0.0, True), (0.01, True), (0.08, False)])
def test_a_class_that_gets_some_probability_was_in_the_training_data(
    digits: Dataset, probability: float, named: bool
) -> None:
    """A model of few epochs that never predicts it is not told to look for the class in its data."""

    def model(pixels: Array) -> Array:
        read = np.argmax(np.isclose(pixels[:, 0, :10], 1), axis=1)
        one = np.eye(10, dtype=np.float32)[np.where(read == 7, 1, read)]
        return (1 - probability) * one + probability * np.eye(10, dtype=np.float32)[7]

    assert ("class_never_predicted" in codes(found(digits, model))) is named
