"""A model is probed only below full marks, a few times, in little time, and it changes no verdict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.grader import ScoreCard, Timings, Verdict, grade
from tfprep.grader.diagnosis import probes
from tfprep.grader.diagnosis.probes import MAX_EXAMPLES, MAX_PERTURBATIONS
from tfprep.grader.evaluation import make_evaluation_set
from tfprep.problems import CommonMistakes, Dataset, Split
from tfprep.sandbox import Ending, ModelFacts, Outcome

from . import made
from .examples import submitted
from .made import Array, Modelled
from .test_diagnosis_causes import reading


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made.digits(tmp_path_factory.mktemp("data") / "digits", count=1_200, training=600)


def guessing(pixels: Array) -> Array:
    return np.random.default_rng(0).random((len(pixels), 10))


def one_in_five_wrong(pixels: Array) -> Array:
    right = reading(pixels)
    wrong = np.random.default_rng(0).random(len(pixels)) < 0.2
    right[wrong] = np.roll(right[wrong], 3, axis=1)
    return right


def without_findings(card: ScoreCard) -> ScoreCard:
    return replace(card, findings=(), timings=Timings())


def test_a_model_at_full_marks_is_not_probed(digits: Dataset) -> None:
    sandbox = Modelled(reading)
    assert grade(submitted(), digits, sandbox).card.verdict is Verdict.PASSED
    assert len(sandbox.jobs) == 1


def test_a_model_is_probed_with_few_inputs_a_few_times(digits: Dataset) -> None:
    sandbox = Modelled(guessing, ModelFacts(layers=("Rescaling",)))
    grade(submitted(), digits, sandbox)
    first, again = sandbox.jobs
    assert first.inputs.count == 1_200
    assert first.extra_inputs == ()
    counts = [each.count for each in (again.inputs, *again.extra_inputs)]
    assert len(counts) == MAX_PERTURBATIONS + 1
    # A perturbation that changes little takes more inputs: here, all.
    assert sorted(counts) == [MAX_EXAMPLES] * (len(counts) - 2) + [1_200] * 2
    assert (again.model, again.kind, again.outputs) == ((first.model, first.kind, first.outputs))


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes so large that each gets a job of its own."""
    monkeypatch.setattr(probes, "MAX_BYTES", 1)


@pytest.mark.usefixtures("one_by_one")
def test_all_probes_together_get_the_time_that_the_first_job_left(digits: Dataset) -> None:
    sandbox = Modelled(guessing, seconds=25.0)
    grade(submitted(), digits, sandbox)
    assert [job.limits.seconds for job in sandbox.jobs] == [60, 35, 10]


def test_probes_are_packed_once_for_many_models(digits: Dataset) -> None:
    sandbox, evaluation_set = Modelled(guessing), make_evaluation_set(digits, Split.HIDDEN)
    for _ in range(2):
        grade(submitted(), evaluation_set, sandbox)
    first, again = sandbox.jobs[1], sandbox.jobs[3]
    assert all(one is other for one, other in zip(first.extra_inputs, again.extra_inputs, strict=True))


def test_training_data_is_probed_first(digits: Dataset) -> None:
    sandbox = Modelled(guessing)
    grade(submitted(), digits, sandbox)
    hidden, training = (made.unpacked(job.inputs) for job in sandbox.jobs[:2])
    assert reading(training).argmax(axis=1).tolist()[:3] == [0, 1, 2]
    assert not np.isin(
        training.reshape(len(training), -1)[:, 100], hidden.reshape(len(hidden), -1)[:, 100]
    ).all()


@pytest.mark.parametrize("together", [True, False])
def test_the_first_perturbation_that_explains_everything_is_the_last_that_counts(
    digits: Dataset, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not together:
        monkeypatch.setattr(probes, "MAX_BYTES", 1)
    sandbox = Modelled(lambda pixels: reading(pixels / 255))
    card = grade(submitted(), digits, sandbox).card
    assert card.findings[0].code == "forgot_to_rescale"
    assert len(sandbox.jobs) == (2 if together else 4)


def test_a_perturbation_that_the_model_fails_on_does_not_hide_the_others(digits: Dataset) -> None:
    sandbox = Modelled(lambda pixels: reading(pixels / 255), unanswered=frozenset({0}))
    assert grade(submitted(), digits, sandbox).card.findings[0].code == "forgot_to_rescale"


@pytest.mark.parametrize(
    "end",
    [
        Outcome(Ending.CRASHED),
        Outcome(Ending.TIMED_OUT),
        Outcome(Ending.COMPLETED, predictions=np.full((MAX_EXAMPLES, 10), np.nan)),
        Outcome(Ending.COMPLETED, predictions=np.zeros((3, 3))),
        SandboxUnavailable("Gone."),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_failing_probe_changes_no_verdict(
    digits: Dataset, end: Outcome | SandboxUnavailable, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not together:
        monkeypatch.setattr(probes, "MAX_BYTES", 1)
    honest = grade(submitted(), digits, Modelled(guessing)).card
    failing = Modelled(guessing, ends=dict.fromkeys(range(1, MAX_PERTURBATIONS + 4), end))
    card = grade(submitted(), digits, failing).card
    assert without_findings(card) == without_findings(honest)
    one_try = isinstance(end, SandboxUnavailable) or (together and end.ending is Ending.COMPLETED)
    assert len(failing.jobs) == (2 if one_try else MAX_PERTURBATIONS + 2)


@pytest.mark.parametrize("end", [Outcome(Ending.TIMED_OUT), SandboxUnavailable("Gone.")])
def test_where_probes_did_not_end_the_finding_does_not_say_that_all_was_tried(
    digits: Dataset, end: Outcome | SandboxUnavailable
) -> None:
    failing = Modelled(one_in_five_wrong, ends=dict.fromkeys(range(1, MAX_PERTURBATIONS + 4), end))
    (first,) = grade(submitted(), digits, failing).card.findings
    assert (first.code, "Not everything could be tried" in first.evidence) == ("more_to_learn", True)
    whole = grade(submitted(), digits, Modelled(one_in_five_wrong)).card.findings
    assert not any("Not everything" in each.evidence for each in whole)


def test_a_model_that_takes_another_form_is_not_probed_with_perturbations(tmp_path: Path) -> None:
    reviews = made.reviews(tmp_path / "reviews")
    sandbox = Modelled(lambda tokens: np.full((len(tokens), 1), 0.9), ModelFacts(form="text"))
    grade(submitted(), reviews, sandbox)
    assert len(sandbox.jobs) == 1


def test_a_form_that_does_not_exist_fools_nobody(digits: Dataset) -> None:
    sandbox = Modelled(guessing, ModelFacts(form="../answers"))
    assert grade(submitted(), digits, sandbox).card.verdict is Verdict.PARTIAL


def test_a_problem_without_declared_mistakes_is_explained_all_the_same(digits: Dataset) -> None:
    bare = replace(digits, problem=replace(digits.problem, common_mistakes=CommonMistakes()))
    sandbox = Modelled(lambda pixels: np.roll(reading(pixels), 1, axis=1))
    assert [each.code for each in grade(submitted(), bare, sandbox).card.findings] == ["labels_off_by_one"]
    assert len(sandbox.jobs) == 2
