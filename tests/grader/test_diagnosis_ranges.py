"""What a model's predictions show by their range and sureness; one that has learned little shows none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Finding, grade
from tfprep.problems import Dataset, Split
from tfprep.problems.perturb_images import standardised, standardised_alone, unit_length
from tfprep.problems.problem1_regression.data import FEATURES
from tfprep.sandbox import Ending, ModelFacts, Outcome, Refusal

from . import made
from .examples import Scripted, submitted
from .made import Array, Modelled
from .test_diagnosis_causes import cars, digits, found, reading, reviews, series  # noqa: F401


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x, np.float64))), np.float32)


def softmax(x: Array) -> Array:
    powers = np.exp(np.asarray(x, np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def liked(tokens: Array) -> Array:
    """The logit of an honest model of the reviews."""
    return np.where(tokens[:, :1] == 100, 4.0, -4.0)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


# An activation too many


def test_a_sigmoid_around_a_sigmoid_is_told_alone_and_needs_no_training(reviews: Dataset) -> None:  # noqa: F811
    (first,) = found(reviews, lambda tokens: sigmoid(sigmoid(liked(tokens))))
    assert first.code == "sigmoid_twice"
    assert "from 0.50 to 0.73" in first.evidence
    assert "the accuracy is 1.00 instead of 0.50" in first.evidence
    assert "no new training" in first.try_next


@pytest.mark.parametrize(
    "predictions",
    [
        lambda tokens: 0.6 + 0.01 * np.sin(np.arange(len(tokens)))[:, None],
        lambda tokens: sigmoid(sigmoid(np.random.default_rng(0).normal(0, 3, (len(tokens), 1)))),
        lambda tokens: np.full((len(tokens), 1), 0.7),
        lambda tokens: sigmoid(np.random.default_rng(1).normal(0.5, 0.1, (len(tokens), 1))),
    ],
)
def test_answers_in_that_range_that_know_nothing_are_no_doubled_sigmoid(
    reviews: Dataset,  # noqa: F811
    predictions: Callable[[Array], Array],
) -> None:
    assert "sigmoid_twice" not in codes(found(reviews, predictions))


def nearly(pixels: Array) -> Array:
    """Logits of a model that is right six times in seven."""
    wrong = np.arange(len(pixels))[:, None] % 7 == 0
    return np.where(wrong, np.roll(reading(pixels), 3, axis=1), reading(pixels)) * 9


@pytest.mark.parametrize(
    "twice",
    [
        lambda pixels: softmax(softmax(nearly(pixels))),
        lambda pixels: sigmoid(softmax(nearly(pixels))),
        lambda pixels: sigmoid(sigmoid(nearly(pixels) * 2 - 9)),
    ],
)
def test_a_second_activation_is_told_by_the_range_of_the_predictions(
    digits: Dataset,  # noqa: F811
    twice: Callable[[Array], Array],
) -> None:
    assert "activation_twice" in codes(found(digits, twice))


@pytest.mark.parametrize(
    "once",
    [
        lambda pixels: softmax(nearly(pixels)),
        lambda pixels: softmax(
            nearly(pixels) / 9 + 0.1 * np.sin(np.arange(len(pixels) * 10).reshape(-1, 10))
        ),
        lambda pixels: softmax(nearly(pixels) / 20),
        lambda pixels: softmax(np.random.default_rng(0).normal(0, 0.2, (len(pixels), 10))),
        lambda pixels: np.full((len(pixels), 10), 0.1),
        lambda pixels: nearly(pixels) - 20,
    ],
)
def test_one_softmax_however_unsure_is_not_taken_for_two(
    digits: Dataset,  # noqa: F811
    once: Callable[[Array], Array],
) -> None:
    assert "activation_twice" not in codes(found(digits, once))


def test_a_softmax_over_one_number_is_told(reviews: Dataset, cars: Dataset) -> None:  # noqa: F811
    for dataset, instead in ((reviews, "sigmoid"), (cars, "no activation")):
        (first,) = found(dataset, lambda x: np.ones((len(x), 1), np.float32))
        assert first.code == "softmax_over_one"
        assert instead in first.try_next


# Sure and wrong


def sure_of_nothing_known(inputs: Array, classes: int) -> Array:
    """Predictions of a model that was trained on something else: sure, and unrelated to the labels."""
    random = np.random.default_rng(len(inputs))
    return softmax(random.normal(0, 6, (len(inputs), classes)))


def test_a_model_of_other_pictures_is_told_which_and_not_to_train_longer(digits: Dataset) -> None:  # noqa: F811
    (first,) = found(digits, lambda pixels: sure_of_nothing_known(pixels, 10))
    assert first.code == "trained_on_other_inputs"
    assert "Fashion-MNIST" in first.try_next
    assert "confidence is 0.8" in first.evidence


@pytest.fixture(scope="module")
def trained_reviews(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The reviews, with a sample of training data."""
    folder = tmp_path_factory.mktemp("data")
    plain = made.reviews(folder / "plain")
    inputs, labels = plain.inputs(Split.HIDDEN), plain.labels(Split.HIDDEN)
    from tfprep.problems import LabelledSet

    both = LabelledSet(inputs, labels)
    return made.make(folder / "trained", "imdb", both, both, ("negative", "positive"))


def test_a_model_with_word_numbers_of_its_own_is_told_so(trained_reviews: Dataset) -> None:
    (first,) = found(trained_reviews, lambda tokens: sure_of_nothing_known(tokens, 2)[:, 1:])
    assert first.code == "trained_on_other_inputs"
    assert "not those of data/vocabulary.txt" in first.try_next


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5])
def test_a_model_that_has_learned_nothing_is_not_sure(digits: Dataset, spread: float) -> None:  # noqa: F811
    random = np.random.default_rng(0)
    predictions = found(digits, lambda pixels: softmax(random.normal(0, spread, (len(pixels), 10))))
    assert "trained_on_other_inputs" not in codes(predictions)


def test_a_model_that_knows_the_training_data_was_trained_on_it(digits: Dataset) -> None:  # noqa: F811
    known = digits.inputs(Split.TRAINING)["pixels"]
    assert isinstance(known, np.ndarray)
    seen = {picture.tobytes() for picture in known}

    def model(pixels: Array) -> Array:
        knows = np.array([picture.tobytes() in seen for picture in pixels])
        return np.where(knows[:, None], reading(pixels), sure_of_nothing_known(pixels, 10))

    assert "trained_on_other_inputs" not in codes(found(digits, model))


# Inputs of another scale, or in another order


@pytest.mark.parametrize(
    ("scaled", "word"),
    [
        (lambda pixels: unit_length(pixels, 1), "axis=1"),
        (lambda pixels: unit_length(pixels, -1), "axis=-1"),
        (standardised, "standardised pixels"),
        (standardised_alone, "by itself"),
    ],
)
def test_for_pixels_scaled_by_a_function_outside_the_model_it_is_named(
    digits: Dataset,  # noqa: F811
    scaled: Callable[[Array], Array],
    word: str,
) -> None:
    """A model that knows the pictures of the data under this scaling, and nothing else."""
    pictures: dict[bytes, int] = {}
    for split in (Split.HIDDEN, Split.TRAINING):
        pixels, labels = digits.inputs(split)["pixels"], digits.labels(split).values
        picked = np.linspace(0, len(labels) - 1, min(len(labels), 500)).astype(int)
        for one, label in zip(scaled(np.asarray(pixels)[picked]), labels[picked], strict=True):
            pictures[np.round(one, 3).tobytes()] = int(label)

    def model(pixels: Array) -> Array:
        return np.eye(10)[[pictures.get(np.round(one, 3).tobytes(), 0) for one in pixels]]

    first = found(digits, model)[0]
    assert first.code == "other_scale"
    assert word in first.what


@pytest.mark.parametrize(
    "order",
    [
        (*range(6), 7, 8, 6),
        (*range(6), 8, 6, 7),
        (*range(6), 6, 8, 7),
        (*range(6), 7, 6, 8),
        (*range(6), 8, 7, 6),
        (6, 7, 8, *range(6)),
    ],
)
def test_columns_in_another_order_are_named(tmp_path: Path, order: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    features = random.uniform(1, 100, (200, 9)).astype(np.float32)
    weights = np.array([1, -2, 3, -1, 2, -3, 9, -7, 1]) / 10
    from tfprep.problems import LabelledSet, Labels

    dataset = made.make(
        tmp_path / "cars", "regression", LabelledSet({"features": features}, Labels(features @ weights))
    )
    assert found(dataset, lambda x: (x @ weights)[:, None]) == ()
    first = found(dataset, lambda x: (x @ weights[list(order)])[:, None])[0]
    assert first.code == "columns_in_another_order"
    ends = [FEATURES[column] for column in (order[:3] if order[0] else order[6:])]
    assert ", ".join(ends) in first.what


# Models for another kind of input


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (ModelFacts(form="features", input_shape="(n, any)", layers=("Embedding", "LSTM", "Dense")), "imdb"),
        (ModelFacts(form="features", input_shape="(n, any, 1)", layers=("LSTM", "Dense")), "(n, any, 1)"),
    ],
)
def test_a_model_for_texts_or_series_of_any_length_is_told_so(
    cars: Dataset,  # noqa: F811
    facts: ModelFacts,
    word: str,
) -> None:
    (first,) = grade(
        submitted(), cars, Modelled(lambda x: np.random.default_rng(0).random((len(x), 1)), facts)
    ).card.findings
    assert first.code == "made_for_any_length"
    assert word in first.evidence + first.try_next


def test_numbers_that_an_embedding_does_not_know_are_no_words_in_a_table_of_cars(cars: Dataset) -> None:  # noqa: F811
    outcome = Outcome(
        Ending.REFUSED,
        refusal=Refusal("model_raised", "No.", found="input_dim=1000"),
        facts=ModelFacts(layers=("Embedding",)),
    )
    (first,) = grade(submitted(), cars, Scripted(outcome)).card.findings
    assert first.code == "made_for_any_length"
    assert "vocabulary" not in first.try_next


def test_an_honest_model_of_any_length_raises_no_alarm_where_it_scores(cars: Dataset) -> None:  # noqa: F811
    right = cars.labels(Split.HIDDEN).values
    facts = ModelFacts(form="features", input_shape="(n, any, 1)", layers=("LSTM", "Dense"))
    assert grade(submitted(), cars, Modelled(lambda _: right[:, None], facts)).card.findings == ()


@pytest.mark.parametrize(
    ("found_shape", "words"),
    [
        ("(n, 784)", ["Input((28, 28)), then Flatten()", "Without new training"]),
        ("(n, 784, 1)", ["Reshape((784, 1))", "Without new training"]),
        ("(n, 20, 20)", ["Input(shape=(28, 28)), train again"]),
        ("(n, 14, 56)", ["Input(shape=(28, 28)), train again"]),
    ],
)
def test_the_same_numbers_in_another_shape_need_a_layer_in_front_and_no_training(
    digits: Dataset,  # noqa: F811
    found_shape: str,
    words: list[str],
) -> None:
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "No.", "(n, 28, 28)", found_shape))
    first = grade(submitted(), digits, Scripted(outcome)).card.findings[0]
    assert first.code == "input_shape"
    assert all(word in first.try_next for word in words)


def test_a_model_for_texts_is_called_so(digits: Dataset, reviews: Dataset) -> None:  # noqa: F811
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "No.", "(n, 28, 28)", "texts"))
    first, *_ = grade(submitted(), digits, Scripted(outcome)).card.findings
    assert first.code == "made_for_another_problem"
    assert "It takes texts: those of problem 4" in first.evidence
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "No.", "", "(n, 9, 9)"))
    (first, *_) = grade(submitted(), reviews, Scripted(outcome)).card.findings
    assert "or a text (the review as it was written)" in first.evidence
    assert "() string" not in first.evidence


@pytest.mark.parametrize(("lost", "named"), [(0.02, True), (0.0, False)])
def test_a_small_loss_by_a_subtle_scaling_is_named_and_none_is_not(
    tmp_path: Path, lost: float, named: bool
) -> None:
    """A model that is right of 93 in 100 pictures as it knows them, and of fewer as they come."""
    many = made.digits(tmp_path / "many", count=3_000)

    def model(pixels: Array) -> Array:
        lengths = np.linalg.norm(pixels, axis=1)
        known = bool(np.allclose(lengths[lengths > 0], 1, atol=1e-3))
        column = np.argmax(pixels[:, 0, :10] / np.maximum(lengths[:, :10], 1e-6), axis=1)
        right = np.eye(10)[column]
        order = np.argsort(
            np.argsort(pixels.reshape(len(pixels), -1)[:, 300] / np.maximum(lengths[:, 20], 1e-6))
        )
        wrong = order < len(pixels) * (0.07 if known else 0.07 + lost)
        return np.where(wrong[:, None], np.roll(right, 3, axis=1), right)

    first = found(many, model)[0]
    assert (first.code == "other_scale") == named
