"""While an exam runs, only the score is shown, or the class of the fault."""

import numpy as np
import pytest

from tfprep.grader import FaultClass, Graded, ScoreCard, grade
from tfprep.grader.scoring.reasons import as_in_exam, fault_class
from tfprep.problems import Dataset
from tfprep.sandbox import ArtifactKind, Ending, ModelFacts, Outcome, Refusal

from .examples import Scripted, make_mnist, predicted, probabilities, submitted


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


def shown_in_exam(graded: Graded) -> ScoreCard:
    return as_in_exam(graded.card, graded.fault)


def test_an_exam_shows_the_score_and_nothing_else(mnist: Dataset) -> None:
    facts = ModelFacts("(n, 28, 28)", "(n, 10)", 101_770)
    sandbox = Scripted(predicted(probabilities(193), facts=facts, log="loss 0.1"))
    graded = grade(submitted(), mnist, sandbox)
    card = shown_in_exam(graded)
    assert (card.score, card.reason) == (4, "4 of 5.")
    assert (card.value, card.interval, card.margin, card.scores_in_interval) == (None, None, None, ())
    assert (card.metric, card.findings, dict(card.model), card.log) == ("", (), {}, "")
    assert graded.fault is None


def test_everything_is_graded_though_little_is_shown(mnist: Dataset) -> None:
    for right in (60, 170, 190, 200):
        graded = grade(submitted(), mnist, Scripted(predicted(probabilities(right))))
        shown = shown_in_exam(graded)
        assert (shown.score, shown.verdict) == (graded.card.score, graded.card.verdict)
        assert shown.fingerprints == graded.card.fingerprints
        assert graded.card.value is not None


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "(n, 9)")), "shape"),
        (Outcome(Ending.REFUSED, refusal=Refusal("lambda_layer", "secret")), "load"),
        (Outcome(Ending.REFUSED, refusal=Refusal("model_raised", "secret")), "values"),
        (Outcome(Ending.CRASHED), "load"),
        (Outcome(Ending.TIMED_OUT), "time"),
        (Outcome(Ending.OUT_OF_MEMORY), "time"),
        (predicted(np.full((200, 10), np.nan)), "values"),
        (predicted(np.zeros((200, 9))), "shape"),
    ],
)
def test_an_exam_shows_only_the_class_of_a_fault(mnist: Dataset, outcome: Outcome, expected: str) -> None:
    card = shown_in_exam(grade(submitted(), mnist, Scripted(outcome)))
    assert card.score is None
    assert card.reason.startswith(f"Not scored ({expected}): ")
    assert "secret" not in card.reason
    assert "9" not in card.reason
    assert card.findings == ()


def test_a_file_that_is_no_submission_is_a_fault_of_loading() -> None:
    assert fault_class(Outcome(Ending.REFUSED), "whatever comes next") is FaultClass.LOAD


def test_nothing_of_a_failing_script_s_log_is_shown(mnist: Dataset) -> None:
    outcome = Outcome(Ending.CRASHED, log="the hidden log")
    sandbox = Scripted(trains=outcome)
    card = shown_in_exam(grade(submitted(ArtifactKind.SCRIPT), mnist, sandbox))
    assert "hidden" not in card.reason + card.log
    assert card.reason.startswith("Not scored (load)")
