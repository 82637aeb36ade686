"""Findings say what was seen, with numbers, and one thing to try; an honest good model raises none."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.grader import Finding, diagnose, grade
from tfprep.grader.diagnosis import FINDINGS, FindingCheck, GradedRun
from tfprep.problems import Dataset, Split
from tfprep.sandbox import Ending, ModelFacts, Outcome, Refusal

from .examples import Scripted, make_mnist, predicted, probabilities, submitted


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


def findings(dataset: Dataset, predictions: NDArray[np.float32]) -> tuple[Finding, ...]:
    return grade(submitted(), dataset, Scripted(predicted(predictions))).card.findings


def one_hot(chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[chosen]


@pytest.mark.parametrize("right", [200, 197])
def test_an_honest_model_at_full_marks_raises_no_alarm(mnist: Dataset, right: int) -> None:
    assert findings(mnist, probabilities(right)) == ()


def test_nan_predictions_are_named_without_their_count(mnist: Dataset) -> None:
    predictions = probabilities(200)
    predictions[:3] = np.nan
    (found,) = findings(mnist, predictions)
    assert found.code == "predictions_not_finite"
    assert found.evidence == "Some of the 200 predictions are not finite."
    assert "learning rate" in found.try_next


def test_one_prediction_for_everything_is_named_first(mnist: Dataset) -> None:
    found = findings(mnist, one_hot(np.full(200, 4)))
    assert found[0].code == "constant_predictions"
    assert "200 inputs" in found[0].evidence
    assert [finding.code for finding in found] == ["constant_predictions"]


def test_predictions_that_are_nearly_all_one_class_are_named(mnist: Dataset) -> None:
    chosen = np.full(200, 4)
    chosen[:6] = [0, 1, 2, 3, 5, 6]
    found = findings(mnist, one_hot(chosen))
    assert found[0].code == "collapsed_predictions"
    assert "97%" in found[0].evidence


def test_a_class_that_is_never_predicted_is_named(mnist: Dataset) -> None:
    chosen = np.arange(200) % 10
    chosen[chosen == 7] = 1
    found = findings(mnist, one_hot(chosen))
    assert found[0].code == "class_never_predicted"
    assert (
        found[0].evidence == "Never predicted: 7. On the others alone, the accuracy is 1.00 instead of 0.90."
    )


def test_a_threshold_inside_the_interval_is_barely_missed(mnist: Dataset) -> None:
    (found,) = findings(mnist, probabilities(193))
    assert found.code == "barely_missed"
    assert "0.975" in found.evidence


def test_a_model_far_from_the_threshold_has_not_barely_missed_it(mnist: Dataset) -> None:
    assert "barely_missed" not in [found.code for found in findings(mnist, probabilities(120))]


def test_a_wrong_output_says_how_many_numbers_to_give(mnist: Dataset) -> None:
    found = findings(mnist, np.zeros((200, 9), dtype=np.float32))
    assert found[0].code == "output_shape"
    assert "10 numbers" in found[0].try_next


@pytest.mark.parametrize(
    ("found", "layers", "change"),
    [
        ("(n, 9)", ("Flatten", "Dense", "Dense"), 'Make the last Dense a Dense(10, activation="softmax").'),
        ("(n, 28, 10)", ("Dense", "Dense"), "put Flatten() before the last Dense"),
        ("(n, 28, 10)", ("LSTM", "Dense"), "take return_sequences=True out of the last LSTM"),
        ("(n, 9)", ("Dense", "Softmax"), ""),
        ("(n, 9)", (), ""),
    ],
)
def test_a_wrong_output_says_which_layer_to_change_where_the_layers_tell(
    mnist: Dataset, found: str, layers: tuple[str, ...], change: str
) -> None:
    refusal = Refusal("output_shape", "No.", found=found)
    outcome = Outcome(Ending.REFUSED, refusal=refusal, facts=ModelFacts(layers=layers))
    (finding,) = diagnose(GradedRun(mnist, outcome, mnist.labels(Split.HIDDEN), fault="output_shape"))
    assert finding.try_next.startswith("The last layer must give 10 numbers for each input.")
    assert change in finding.try_next
    assert bool(change) == (len(finding.try_next) > 60)


def test_for_a_refused_output_the_finding_says_what_the_worker_found(mnist: Dataset) -> None:
    outcome = Outcome(
        Ending.REFUSED, refusal=Refusal("output_shape", "No."), facts=ModelFacts(output_shape="(None, 9)")
    )
    (found,) = diagnose(GradedRun(mnist, outcome, mnist.labels(Split.HIDDEN), fault="output_shape"))
    assert "Found: (None, 9)." in found.evidence


def test_several_outputs_say_nothing_against_the_shape_of_one(mnist: Dataset) -> None:
    refusal = Refusal("output_shape", "No.", expected="1 output", found="2 outputs")
    outcome = Outcome(Ending.REFUSED, refusal=refusal)
    assert not diagnose(GradedRun(mnist, outcome, mnist.labels(Split.HIDDEN), fault="output_shape"))


@pytest.mark.parametrize(
    "told", ["the first review reads: a fine film", "(n, 9) and 0.25, 0.75", "(n, 1234567)"]
)
def test_nothing_but_a_shape_is_repeated_from_a_worker(mnist: Dataset, told: str) -> None:
    outcome = Outcome(Ending.REFUSED, refusal=Refusal("output_shape", "No.", found=told))
    for found in grade(submitted(), mnist, Scripted(outcome)).card.findings:
        assert told not in found.evidence


def test_every_check_has_a_sentence_for_the_learner() -> None:
    checks = [check for check in FINDINGS if isinstance(check, FindingCheck)]
    for check in checks:
        assert check.sentence.endswith(".")
        assert check.sentence.startswith(("Your", "You"))
        assert check.code.isidentifier()
    assert len({check.code for check in checks}) > 20


@pytest.mark.parametrize("right", [0, 60, 150, 185, 193])
def test_no_finding_quotes_a_single_example(mnist: Dataset, right: int, tmp_path: Path) -> None:
    """The same predictions and labels in another order give the same words."""
    order = np.random.default_rng(right).permutation(200)
    predictions = probabilities(right)
    labels = mnist.labels(Split.HIDDEN).values
    turned = make_mnist(tmp_path / "turned")
    np.save(turned.folder / "labels/hidden/values.npy", labels[order])
    first, second = findings(mnist, predictions), findings(turned, predictions[order])
    assert [(found.code, found.what) for found in first] == [(found.code, found.what) for found in second]
