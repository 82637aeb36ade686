"""Each mistake is recognised by what the model predicts, and named before what follows from it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Finding, grade
from tfprep.grader.diagnosis import GradedRun, ProbeResults
from tfprep.grader.diagnosis.probes import TrainingPredictions
from tfprep.grader.diagnosis.training import more_to_learn
from tfprep.grader.scoring.score import score
from tfprep.grader.scoring.specification import ScoringSpec
from tfprep.problems import Dataset, Split
from tfprep.sandbox import ModelFacts, Outcome, Refusal
from tfprep.sandbox.host.sandbox import Ending
from tfprep.sandbox.protocol.contract import NEVER_ADAPTED

from . import made
from .examples import Scripted, submitted
from .made import Array, Modelled

DIGIT = np.arange(10)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits")


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.series(tmp_path_factory.mktemp("data") / "series")


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.cars(tmp_path_factory.mktemp("data") / "cars")


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.reviews(tmp_path_factory.mktemp("data") / "reviews")


def found(dataset: Dataset, model: made.Model, *layers: str) -> tuple[Finding, ...]:
    form = dataset.problem.inputs[0].name
    return grade(submitted(), dataset, Modelled(model, ModelFacts(form=form, layers=layers))).card.findings


def reading(pixels: Array) -> Array:
    """An honest model of the digits: it looks for the one bright pixel."""
    return np.eye(10, dtype=np.float32)[np.argmax(np.isclose(pixels[:, 0, :10], 1), axis=1)]


# Pictures and words, put otherwise


@pytest.mark.parametrize(
    ("expects", "layers", "code"),
    [
        (lambda pixels: reading(pixels / 255), (), "forgot_to_rescale"),
        (lambda pixels: reading(pixels / 255), ("Rescaling", "Dense"), "rescaled_twice"),
        (lambda pixels: reading(pixels * 255), (), "rescaled_twice"),
        (lambda pixels: reading(pixels.swapaxes(1, 2)), (), "axes_exchanged"),
        (lambda pixels: reading(1 - pixels), (), "inverted_pixels"),
    ],
)
def test_for_a_model_trained_on_other_pixels_the_finding_says_which(
    digits: Dataset, expects: made.Model, layers: tuple[str, ...], code: str
) -> None:
    (first, *others) = found(digits, expects, *layers)
    assert first.code == code
    assert "the accuracy is 1.00 instead of 0." in first.evidence
    assert others == []


@pytest.mark.parametrize(
    ("expects", "code"),
    [
        (lambda tokens: tokens[:, 120] == 100, "padding_in_front"),
        (lambda tokens: tokens[:, 0] == 99, "shifted_token_ids"),
        (lambda tokens: tokens[:, 0] == 102, "shifted_token_ids"),
        (lambda tokens: tokens[:, -1] == 100, "reversed_in_time"),
    ],
)
def test_for_a_model_trained_on_other_tokens_the_finding_says_which(
    reviews: Dataset, expects: Callable[[Array], Array], code: str
) -> None:
    first = found(reviews, lambda tokens: expects(tokens).astype(np.float32)[:, None])[0]
    assert first.code == code
    assert "1.00 instead of 0.50" in first.evidence


def test_a_model_trained_on_blue_for_red_is_recognised(tmp_path: Path) -> None:
    pictures = made.photographs(tmp_path / "pictures")

    def honest(pixels: Array) -> Array:
        redder = pixels[..., 0].mean(axis=(1, 2)) > pixels[..., 1].mean(axis=(1, 2))
        return np.stack([redder, ~redder], axis=1).astype(np.float32)

    assert found(pictures, honest) == ()
    first = found(pictures, lambda pixels: honest(pixels[..., ::-1]))[0]
    assert first.code == "bgr_for_rgb"
    assert "the accuracy is 1.00 instead of 0." in first.evidence


def test_of_two_perturbations_that_explain_as_much_the_likelier_is_named(reviews: Dataset) -> None:
    """That reversed words are predicted a little better than words after the padding may be chance."""

    def model(tokens: Array) -> Array:
        place, mistakes = (120, 8) if tokens[0, 0] == 0 and tokens[0, 120] in (100, 200) else (-1, 9)
        right = np.where(np.arange(len(tokens)) % mistakes, tokens[:, place] == 100, tokens[:, place] == 200)
        return right.astype(np.float32)[:, None]

    assert found(reviews, model)[0].code == "padding_in_front"


def test_the_advice_for_standardised_features_is_to_scale_inside_the_model(cars: Dataset) -> None:
    features = cars.inputs(Split.HIDDEN)["features"]
    assert isinstance(features, np.ndarray)
    weight = features[:, 3]
    first = found(cars, lambda x: 50 - np.abs(x[:, 3] * weight.std() + weight.mean() - 50))[0]
    assert first.code == "forgot_to_rescale"
    assert "Normalization" in first.try_next


def test_a_normalization_layer_that_was_never_adapted_is_named_for_what_it_is(cars: Dataset) -> None:
    """Whether it was trained on features that were scaled elsewhere, or on plain ones."""
    features = cars.inputs(Split.HIDDEN)["features"]
    assert isinstance(features, np.ndarray)
    weight = features[:, 3]
    scaled = found(
        cars, lambda x: 50 - np.abs(x[:, 3] * weight.std() + weight.mean() - 50), NEVER_ADAPTED, "Dense"
    )
    plain = found(cars, lambda x: np.full(len(x), 20.0), NEVER_ADAPTED, "Dense")
    for findings in (scaled, plain):
        assert findings[0].code == "normalization_never_adapted"
        assert "adapt()" in findings[0].try_next
        assert "standardised" not in " ".join(each.what for each in findings)
    assert "instead of" in scaled[0].evidence
    assert [each.code for each in scaled].count("normalization_never_adapted") == 1


# Classes


@pytest.mark.parametrize("step", [1, -1])
def test_labels_that_are_off_by_one_are_named(digits: Dataset, step: int) -> None:
    (first,) = found(digits, lambda pixels: np.roll(reading(pixels), step, axis=1))
    assert first.code == "labels_off_by_one"
    assert "1.00 instead of 0.00" in first.evidence


def test_permuted_labels_are_named(digits: Dataset) -> None:
    order = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    (first,) = found(digits, lambda pixels: reading(pixels)[:, order])
    assert first.code == "labels_permuted"


def test_two_classes_the_wrong_way_round_are_permuted(reviews: Dataset) -> None:
    (first,) = found(reviews, lambda tokens: (tokens[:, :1] == 200).astype(np.float32))
    assert first.code == "labels_permuted"


def test_random_predictions_are_not_taken_for_permuted_labels(digits: Dataset) -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        codes = [each.code for each in found(digits, lambda pixels: random.random((len(pixels), 10)))]  # noqa: B023
        assert not {"labels_permuted", "labels_off_by_one"} & set(codes)


def test_a_logit_cut_at_one_half_is_named(reviews: Dataset) -> None:
    (first,) = found(reviews, lambda tokens: np.where(tokens[:, :1] == 100, 0.3, -2.0))
    assert first.code == "logits_for_probabilities"
    assert "sigmoid" in first.try_next


def test_logits_that_decide_as_well_as_probabilities_raise_no_alarm(digits: Dataset) -> None:
    assert found(digits, lambda pixels: reading(pixels) * 30 - 20) == ()


# Numbers and series


@pytest.mark.parametrize("scale", [(0.1, -2.0), (1000.0, 0.0), (1.0, -5.0)])
def test_a_target_on_another_scale_is_named(series: Dataset, scale: tuple[float, float]) -> None:
    right = series.labels(Split.HIDDEN).values
    (first,) = found(series, lambda _: right * scale[0] + scale[1])
    assert first.code == "target_not_rescaled"
    assert "correlation with the true values is 1.00" in first.evidence


def test_a_reversed_forecast_is_named(series: Dataset) -> None:
    right = series.labels(Split.HIDDEN).values
    assert found(series, lambda _: right[:, ::-1])[0].code == "forecast_reversed"


@pytest.mark.parametrize(("step", "word"), [(4, "early"), (-5, "late")])
def test_a_shifted_forecast_is_named_with_its_steps(series: Dataset, step: int, word: str) -> None:
    right = series.labels(Split.HIDDEN).values
    first = found(series, lambda _: np.roll(right, -step, axis=1))[0]
    assert first.code == "forecast_shifted"
    assert f"{abs(step)} steps too {word}" in first.evidence


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (lambda windows: np.repeat(windows[:, -1:, 0], 24, axis=1) + 0.01, "persistence"),
        (lambda windows: windows[:, 48:72, 0] + 0.01, "copies_yesterday"),
    ],
)
def test_a_forecast_without_learning_is_named(series: Dataset, model: made.Model, code: str) -> None:
    (first,) = found(series, model)
    assert first.code == code


def test_of_a_model_that_may_be_another_problem_s_its_shape_is_told(cars: Dataset) -> None:
    """A model of diamonds takes nine numbers as well, and predicts thousands of dollars."""
    findings = found(cars, lambda features: 3000 + 1000 * np.sin(features.sum(axis=1, keepdims=True) * 97))
    (told,) = [finding for finding in findings if finding.code == "same_shape_elsewhere"]
    assert "problem 7, Diamonds" in told.evidence
    assert "submit it to diamonds" in told.try_next


def test_one_prediction_for_all_inputs_is_no_other_problem_s(cars: Dataset) -> None:
    codes = {each.code for each in found(cars, lambda features: np.full((len(features), 1), 3000.0))}
    assert "constant_predictions" in codes
    assert "same_shape_elsewhere" not in codes


def test_hardly_any_variation_is_named(cars: Dataset) -> None:
    random = np.random.default_rng(0)
    codes = [each.code for each in found(cars, lambda x: random.normal(30, 0.1, (len(x), 1)))]
    assert codes[0] == "flat_predictions"


def test_classes_that_are_never_predicted_outweigh_a_change_of_scale_that_drowns_what_hides_them(
    digits: Dataset,
) -> None:
    """A bias against a class is small beside brighter pixels; that is not what the model was trained on."""
    against = np.where(np.arange(10) < 4, -50.0, 0.0)
    (first,) = found(digits, lambda pixels: pixels[:, 0, :10] * 10 + against)
    assert first.code == "class_never_predicted"
    assert "0, 1, 2, 3" in first.evidence


def test_a_model_that_does_not_tell_the_other_classes_apart_either_has_another_cause(digits: Dataset) -> None:
    """Asked in its own scale it knows everything; on small numbers it falls back on three classes."""

    def model(pixels: Array) -> Array:
        if pixels.max() > 100:
            return reading(pixels / 255)
        return np.eye(10, dtype=np.float32)[np.arange(len(pixels)) % 3]

    assert found(digits, model)[0].code == "forgot_to_rescale"


# Training


def test_knowing_only_the_training_data_is_overfitting(digits: Dataset) -> None:
    known = digits.inputs(Split.TRAINING)["pixels"]
    assert isinstance(known, np.ndarray)
    seen = {picture.tobytes() for picture in known}
    random = np.random.default_rng(0)

    def model(pixels: Array) -> Array:
        sure = np.array([picture.tobytes() in seen for picture in pixels]) | (
            random.random(len(pixels)) < 0.6
        )
        return np.where(sure[:, None], reading(pixels), np.roll(reading(pixels), 5, axis=1))

    first = found(digits, model)[0]
    assert first.code == "overfitting"
    assert "1.00 on training data and 0.5" in first.evidence


def test_a_little_more_on_a_small_sample_of_the_training_data_is_no_overfitting(digits: Dataset) -> None:
    """2 of 100 wrong there and 20 of 400 here: so much apart are two samples that are alike."""
    sizes = {100: 2, 400: 20}

    def model(pixels: Array) -> Array:
        wrong = np.arange(len(pixels)) < sizes.get(len(pixels), len(pixels) // 20)
        return np.where(wrong[:, None], np.roll(reading(pixels), 5, axis=1), reading(pixels))

    codes = [each.code for each in found(digits, model)]
    assert "barely_missed" in codes
    assert "overfitting" not in codes


def test_knowing_not_even_the_training_data_is_underfitting(digits: Dataset) -> None:
    random = np.random.default_rng(0)

    def model(pixels: Array) -> Array:
        return np.where(
            random.random((len(pixels), 1)) < 0.7, reading(pixels), random.random((len(pixels), 10))
        )

    assert found(digits, model)[0].code == "underfitting"


@pytest.mark.parametrize(
    ("right_of_training", "advice"), [(0.95, "more epochs"), (0.99, "Dropout")], ids=["as well", "better"]
)
def test_without_a_particular_mistake_the_finding_says_how_far_it_is_and_what_to_do(
    digits: Dataset, right_of_training: float, advice: str
) -> None:
    labels = digits.labels(Split.HIDDEN)
    one_in_twenty = np.arange(len(labels.values)) % 20 == 0
    read = np.eye(10, dtype=np.float32)[np.where(one_in_twenty, 9 - labels.values, labels.values)]
    training = TrainingPredictions(read, labels.values, right_of_training, score=5)
    earned = score(read, labels, ScoringSpec.of(digits))
    assert earned.score < 5
    run = GradedRun(
        digits,
        Outcome(Ending.COMPLETED, predictions=read),
        labels,
        earned,
        probes=ProbeResults(training=training),
    )
    (found,) = more_to_learn(run)
    assert "times what full marks allow" in found.finding.evidence
    assert advice in found.finding.try_next


def test_more_parameters_than_anyone_needs_are_named(digits: Dataset) -> None:
    facts = ModelFacts(parameters=90_000_000)

    def model(pixels: Array) -> Array:
        wrong = np.arange(len(pixels))[:, None] % 7 == 0
        return np.where(wrong, np.roll(reading(pixels), 5, axis=1), reading(pixels))

    card = grade(submitted(), digits, Modelled(model, facts)).card
    assert card.findings[0].code == "larger_than_needed"
    assert "90,000,000" in card.findings[0].evidence


# Models made for something else


@pytest.mark.parametrize(
    ("shape", "code", "word"),
    [
        ("(n, 64, 64, 3)", "made_for_another_problem", "Flowers"),
        ("(n, 9)", "made_for_another_problem", "Fuel consumption"),
        ("(n, 1, 28, 28)", "axes_in_another_order", "channels_first"),
        ("(n, 20, 20)", "input_shape", "Input(shape=(28, 28))"),
        ("(n, any, 3)", "input_shape", "Input(shape=(28, 28))"),
    ],
)
def test_for_a_model_of_another_shape_the_finding_says_where_it_belongs(
    digits: Dataset, shape: str, code: str, word: str
) -> None:
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "No.", "(n, 28, 28)", shape))
    first = grade(submitted(), digits, Scripted(outcome)).card.findings[0]
    assert first.code == code
    assert word in first.evidence + first.try_next


def test_an_embedding_smaller_than_the_vocabulary_is_named(reviews: Dataset) -> None:
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("model_raised", "No.", found="input_dim=1000"))
    (first,) = grade(submitted(), reviews, Scripted(outcome)).card.findings
    assert first.code == "unseen_token_ids"
    assert "1,000 rows" in first.evidence


@pytest.mark.parametrize("ending", [Ending.TIMED_OUT, Ending.OUT_OF_MEMORY])
def test_a_giant_that_never_predicts_is_too_large(digits: Dataset, ending: Ending) -> None:
    giant = submitted(artifact=bytes(30 * 2**20))
    (first,) = grade(giant, digits, Scripted(Outcome(ending))).card.findings
    assert first.code == "too_large_to_run"
    assert "30 MiB" in first.evidence
    assert grade(submitted(), digits, Scripted(Outcome(ending))).card.findings == ()


# Honest models


def test_an_honest_model_of_any_problem_raises_no_alarm(
    digits: Dataset, series: Dataset, cars: Dataset, reviews: Dataset
) -> None:
    assert found(digits, reading) == ()
    for dataset in (series, cars, reviews):
        right = dataset.labels(Split.HIDDEN).values
        assert found(dataset, lambda _: right.astype(np.float32)) == ()  # noqa: B023
