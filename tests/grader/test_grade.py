"""From a submission to a card: every way a job can end has its verdict and its reason."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.grader import Timings, Verdict, grade, read_submission
from tfprep.grader.evaluation import make_evaluation_set
from tfprep.grader.scoring.reasons import explain_score
from tfprep.grader.scoring.score import score
from tfprep.grader.scoring.specification import ScoringSpec, environment_fingerprint
from tfprep.problems import Band, Dataset, Labels, Output, Split
from tfprep.problems.metrics import accuracy, mean_absolute_error
from tfprep.sandbox import (
    ArtifactKind,
    Ending,
    JobTimings,
    ModelFacts,
    Outcome,
    PredictJob,
    Refusal,
    TrainJob,
)

from .examples import ENVIRONMENT, Scripted, make_mnist, predicted, probabilities, submitted
from .made import Modelled, reviews, series


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


# Scored


def test_a_right_model_passes(mnist: Dataset) -> None:
    graded = grade(submitted(), mnist, Scripted(predicted(probabilities(200))))
    assert graded.card.verdict is Verdict.PASSED
    assert (graded.card.score, graded.card.value, graded.card.margin) == (5, 1.0, None)
    assert graded.card.reason == "Accuracy 1.000 on 200 hidden examples: 5 of 5."
    assert graded.predictions is not None
    assert graded.submission == submitted()


def test_inputs_packed_before_are_used_as_they_are(mnist: Dataset) -> None:
    sandbox, evaluation_set = (
        Scripted(predicted(probabilities(200))),
        make_evaluation_set(mnist, Split.HIDDEN),
    )
    assert grade(submitted(), evaluation_set, sandbox).card.score == 5
    jobs = sandbox.jobs[0]
    assert isinstance(jobs, PredictJob)
    assert jobs.inputs is evaluation_set.inputs


def test_copies_get_time_of_their_own_and_change_no_score(mnist: Dataset) -> None:
    model = Modelled(lambda pixels: pixels[:, 0, :10])
    plain, among_copies = (
        grade(submitted(), make_evaluation_set(mnist, Split.HIDDEN, key), model).card
        for key in (None, b"key")
    )
    alone, among = model.jobs
    assert alone.limits.seconds == mnist.problem.predict_seconds
    assert among.limits.seconds / alone.limits.seconds == among.inputs.count / alone.inputs.count
    assert (among_copies.score, among_copies.value) == (plain.score, plain.value)
    assert "changed copies" in among_copies.model["on_copies"]
    assert "on_copies" not in plain.model


@pytest.mark.parametrize("ending", [Ending.CRASHED, Ending.OUT_OF_MEMORY])
def test_a_model_that_breaks_among_copies_is_asked_without_them(mnist: Dataset, ending: Ending) -> None:
    sandbox = Modelled(lambda pixels: pixels[:, 0, :10], ends={0: Outcome(ending), 2: Outcome(ending)})
    card = grade(submitted(), make_evaluation_set(mnist, Split.HIDDEN, b"key"), sandbox).card
    assert card.score == 5
    assert [finding.code for finding in card.findings] == ["copies_unanswered"]
    assert card.findings[0].evidence.startswith("It failed twice where")
    assert [job.inputs.count > 200 for job in sandbox.jobs] == [True, False, True]


@pytest.mark.parametrize("ending", [Ending.CRASHED, Ending.OUT_OF_MEMORY])
def test_a_model_that_broke_once_and_then_answers_copies_too_is_told_nothing(
    mnist: Dataset, ending: Ending
) -> None:
    sandbox = Modelled(lambda pixels: pixels[:, 0, :10], ends={0: Outcome(ending)})
    card = grade(submitted(), make_evaluation_set(mnist, Split.HIDDEN, b"key"), sandbox).card
    assert (card.score, "changed copies" in card.model["on_copies"]) == (5, True)
    assert "copies_unanswered" not in [finding.code for finding in card.findings]


def test_where_the_second_try_tells_nothing_only_one_failure_is_told(mnist: Dataset) -> None:
    ends = {0: Outcome(Ending.CRASHED), 2: Outcome(Ending.TIMED_OUT)}
    sandbox = Modelled(lambda pixels: pixels[:, 0, :10], ends=ends)
    card = grade(submitted(), make_evaluation_set(mnist, Split.HIDDEN, b"key"), sandbox).card
    assert card.score == 5
    assert card.findings[0].evidence.startswith("It failed once where")


def test_a_model_that_takes_too_long_is_not_asked_again(mnist: Dataset) -> None:
    sandbox = Modelled(lambda pixels: pixels[:, 0, :10], ends={0: Outcome(Ending.TIMED_OUT)})
    card = grade(submitted(), make_evaluation_set(mnist, Split.HIDDEN, b"key"), sandbox).card
    assert (card.score, len(sandbox.jobs)) == (None, 1)


def test_a_model_below_full_marks_is_told_how_far_it_is(mnist: Dataset) -> None:
    card = grade(submitted(), mnist, Scripted(predicted(probabilities(193)))).card
    assert (card.verdict, card.score) == (Verdict.PARTIAL, 4)
    assert card.reason == "Accuracy 0.965 on 200 hidden examples: 4 of 5. 0.010 more earns 5."
    assert card.margin is not None
    assert card.margin.within_interval
    assert {4, 5} <= set(card.scores_in_interval)
    assert [finding.code for finding in card.findings] == ["barely_missed"]


def test_a_data_set_without_bands_passes_nobody(mnist: Dataset) -> None:
    bare = replace(mnist.problem, data_sources=(replace(mnist.problem.data_source("package"), bands=()),))
    card = grade(submitted(), replace(mnist, problem=bare), Scripted(predicted(probabilities(200)))).card
    assert (card.verdict, card.score) == (Verdict.PARTIAL, 0)


def test_a_score_of_zero_is_a_score(mnist: Dataset) -> None:
    card = grade(submitted(), mnist, Scripted(predicted(probabilities(100)))).card
    assert (card.verdict, card.score) == (Verdict.PARTIAL, 0)


def test_twenty_gradings_differ_in_nothing_but_time(mnist: Dataset) -> None:
    sandbox = Scripted(predicted(probabilities(190)))
    cards = [replace(grade(submitted(), mnist, sandbox).card, timings=Timings()) for _ in range(20)]
    assert all(repr(card) == repr(cards[0]) for card in cards)


def test_a_check_uses_the_validation_split(mnist: Dataset) -> None:
    sandbox = Scripted(predicted(probabilities(50, 50)))
    card = grade(submitted(), make_evaluation_set(mnist, Split.VALIDATION), sandbox).card
    assert card.reason == "Accuracy 1.000 on 50 validation examples: 5 of 5."


def test_the_sandbox_is_given_inputs_and_limits_and_no_labels(mnist: Dataset) -> None:
    sandbox = Scripted(predicted(probabilities(200)))
    grade(submitted(), mnist, sandbox)
    (job,) = sandbox.jobs
    assert isinstance(job, PredictJob)
    assert (job.kind, job.model, job.outputs) == (ArtifactKind.H5, b"model", ((10,),))
    assert job.inputs.count == 200
    assert [(form.name, form.shape, form.dtype) for form in job.inputs.forms] == [
        ("pixels", (28, 28), "float32")
    ]
    assert job.limits.seconds == mnist.problem.predict_seconds
    assert mnist.labels(Split.HIDDEN).values.tobytes() not in job.inputs.packed


def test_the_card_carries_fingerprints_facts_and_times(mnist: Dataset) -> None:
    facts = ModelFacts(
        "(28, 28)", "(10,)", 101_770, ("Flatten", "Dense"), "Keras 2.15.0", "pixels", ("Added.",), "CPU"
    )
    card = grade(submitted(), mnist, Scripted(predicted(probabilities(200), facts=facts, log="hello"))).card
    assert card.fingerprints is not None
    assert card.fingerprints.artifact == "ab" * 32
    assert card.fingerprints.data == mnist.fingerprint
    assert card.fingerprints.scoring == ScoringSpec.of(mnist).digest
    scored_with = {"scored_with": f"numpy {np.__version__}"}
    assert json.loads(card.fingerprints.environment) == ENVIRONMENT | scored_with
    assert card.model["parameters"] == "101,770"
    assert card.model["adaptations"] == "Added."
    assert (card.timings.start, card.timings.load, card.timings.predict) == (1.0, 0.25, 0.125)
    assert card.timings.total == pytest.approx(2.0 + card.timings.score)
    assert card.log == "", "a model has read the hidden inputs: what it prints is not shown"


@pytest.mark.parametrize(
    ("make_data", "shape", "note"),
    [
        (reviews, (2,), "(n, 2), taken as the probabilities of negative and positive"),
        (reviews, (), "(n,), taken as the probability that the review is positive"),
        (series, (96, 24), "(n, 96, 24), taken as such a forecast at every step, of which the last is read"),
    ],
    ids=["two outputs", "no axis", "a forecast at every step"],
)
def test_the_card_says_how_predictions_of_an_unusual_shape_were_read(
    tmp_path: Path, make_data: Callable[[Path], Dataset], shape: tuple[int, ...], note: str
) -> None:
    data = make_data(tmp_path / "data")
    card = grade(submitted(), data, Scripted(predicted(np.zeros((200, *shape), np.float32)))).card
    assert note in card.model["adaptations"]


def test_the_card_says_nothing_of_predictions_in_the_usual_shape(mnist: Dataset) -> None:
    assert "adaptations" not in grade(submitted(), mnist, Scripted(predicted(probabilities(200)))).card.model


# Not scored


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(Ending.TIMED_OUT), ("60 seconds", "smaller")),
        (Outcome(Ending.OUT_OF_MEMORY), ("4 GiB of memory", "smaller")),
        (Outcome(Ending.CRASHED), ("ended abruptly", "load_model")),
        (
            Outcome(
                Ending.REFUSED, refusal=Refusal("input_shape", "Wrong input.", "(28, 28)", "(32, 32, 3)")
            ),
            ("Wrong input.", "(28, 28)", "(32, 32, 3)"),
        ),
        (predicted(np.full((200, 10), np.nan)), ("200 of 200", "NaN")),
        (predicted(np.zeros((199, 10))), ("199 predictions for 200",)),
        (predicted(np.zeros((200, 9))), ("(10,)", "(9,)")),
    ],
)
def test_what_cannot_be_scored_is_invalid_with_its_own_reason(
    mnist: Dataset, outcome: Outcome, expected: tuple[str, ...]
) -> None:
    card = grade(submitted(), mnist, Scripted(outcome)).card
    assert card.verdict is Verdict.INVALID
    assert (card.score, card.value, card.interval) == (None, None, None)
    assert all(piece in card.reason for piece in expected)


def test_a_refused_shape_comes_with_what_to_change(mnist: Dataset) -> None:
    refusal = Refusal("input_shape", "The model takes other examples.", "(n, 28, 28)", "(n, 32, 32, 3)")
    card = grade(submitted(), mnist, Scripted(Outcome(Ending.REFUSED, refusal=refusal))).card
    (finding,) = card.findings
    assert finding.code == "input_shape"
    assert "(n, 32, 32, 3)" in finding.evidence
    assert "Input(shape=(28, 28))" in finding.try_next


def test_a_file_that_is_no_model_never_reaches_the_sandbox(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / "mymodel.h5").write_bytes(b"")
    sandbox = Scripted(predicted(probabilities(200)))
    graded = grade(read_submission(tmp_path / "mymodel.h5", "problem2", "ann"), mnist, sandbox)
    assert graded.card.verdict is Verdict.INVALID
    assert "empty" in graded.card.reason
    assert sandbox.jobs == []


def test_a_reason_from_a_strangers_side_is_shown_clean_and_short(mnist: Dataset) -> None:
    refusal = Refusal("x", "bad\x1b[31m\nlayer <b>" + "y" * 5_000)
    facts = ModelFacts(saved_by="Keras\x00\x1b[2J 9" + "z" * 5_000)
    card = grade(submitted(), mnist, Scripted(Outcome(Ending.REFUSED, refusal=refusal, facts=facts))).card
    assert card.reason.isprintable()
    assert len(card.reason) <= 1_000
    assert card.model["saved_by"].isprintable()
    assert len(card.model["saved_by"]) <= 400


# Ours


@pytest.mark.parametrize(
    "sandbox",
    [
        Scripted(SandboxUnavailable("No engine.", "Start it.")),
        Scripted(trains=SandboxUnavailable("No disk.")),
        Scripted(predicted(None)),
        Scripted(trains=Outcome(Ending.COMPLETED)),
    ],
)
def test_a_fault_of_ours_is_no_card(mnist: Dataset, sandbox: Scripted) -> None:
    script = not isinstance(sandbox.labels, SandboxUnavailable) and sandbox.labels.ending is Ending.CRASHED
    kind = ArtifactKind.SCRIPT if script else ArtifactKind.H5
    with pytest.raises(SandboxUnavailable):
        grade(submitted(kind), mnist, sandbox)


# Scripts


def test_a_script_is_trained_on_the_public_data_and_its_model_graded(mnist: Dataset) -> None:
    trained = Outcome(
        Ending.COMPLETED,
        model=b"trained",
        model_kind=ArtifactKind.KERAS,
        timings=JobTimings(start=1.0, transfer=1.0, total=12.0),
        facts=ModelFacts(adaptations=("It raised later.",)),
    )
    sandbox = Scripted(predicted(probabilities(200)), trained)
    lines: list[str] = []
    card = grade(submitted(ArtifactKind.SCRIPT, b"import os"), mnist, sandbox, watch=lines.append).card
    training, answering = sandbox.jobs
    assert isinstance(training, TrainJob)
    assert isinstance(answering, PredictJob)
    assert (training.script, training.public) == (b"import os", mnist.public)
    assert training.limits.seconds == mnist.problem.train_seconds
    assert (answering.kind, answering.model) == (ArtifactKind.KERAS, b"trained")
    assert card.verdict is Verdict.PASSED
    assert card.model["adaptations"].startswith("It raised later.")
    assert lines == ["Epoch 1"]
    assert (card.timings.train, card.timings.start) == (10.0, 2.0)
    assert card.timings.total == pytest.approx(14.0 + card.timings.score)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(Ending.TIMED_OUT), ("Training", "1,200 seconds")),
        (Outcome(Ending.OUT_OF_MEMORY), ("training script", "GiB")),
        (
            Outcome(
                Ending.CRASHED,
                refusal=Refusal("raised", "ValueError: No such column (line 12 of the script)"),
                log="ValueError: No such column\n\nHint: see the documentation",
            ),
            ("stopped with an error", "No such column (line 12 of the script)"),
        ),
        (
            Outcome(Ending.CRASHED, log="Epoch 1\nValueError: shapes differ\n"),
            ("no model was taken", "ValueError: shapes differ"),
        ),
        (
            Outcome(Ending.REFUSED, refusal=Refusal("no_model_saved", "It saved no model.")),
            ("saved no model",),
        ),
    ],
)
def test_a_script_that_fails_gets_the_reason_and_nothing_is_predicted(
    mnist: Dataset, outcome: Outcome, expected: tuple[str, ...]
) -> None:
    sandbox = Scripted(trains=outcome)
    card = grade(submitted(ArtifactKind.SCRIPT), mnist, sandbox).card
    assert card.verdict is Verdict.INVALID
    assert all(piece in card.reason for piece in expected)
    assert len(sandbox.jobs) == 1


# Sentences and fingerprints

AT_MOST = (Band(5, at_most=2.0), Band(1, at_most=4.0))


def reason_for(error: float) -> str:
    rules = ScoringSpec(mean_absolute_error("mpg"), AT_MOST, (Output((), "mpg"),))
    labels = Labels(np.zeros(50))
    return explain_score(score(np.full(50, error), labels, rules), rules.metric, 50, "hidden")


def test_an_error_is_told_in_its_unit_and_downwards() -> None:
    assert (
        reason_for(3.25)
        == "Mean absolute error 3.250 mpg on 50 hidden examples: 1 of 5. 1.250 mpg less earns 5."
    )


def test_a_value_just_past_the_threshold_is_not_shown_on_it() -> None:
    assert (
        reason_for(2.0001)
        == "Mean absolute error 2.0001 mpg on 50 hidden examples: 1 of 5. 0.0001 mpg less earns 5."
    )


def test_the_environment_is_one_line_whatever_its_order() -> None:
    turned = dict(reversed(ENVIRONMENT.items()))
    assert environment_fingerprint(ENVIRONMENT) == environment_fingerprint(turned)


def test_accuracy_is_what_the_problem_says(mnist: Dataset) -> None:
    assert mnist.problem.metric is accuracy
