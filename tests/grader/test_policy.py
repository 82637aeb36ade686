"""A mentor's policy: scripts and time limits."""

from __future__ import annotations

import pytest

from tfprep.grader import SubmissionPolicy, Verdict, grade
from tfprep.problems import Dataset
from tfprep.sandbox import ArtifactKind, Ending, Outcome, TrainJob

from .examples import Scripted, make_mnist, predicted, probabilities, submitted


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


def test_a_script_is_not_run_where_only_models_are_accepted(mnist: Dataset) -> None:
    sandbox = Scripted()
    card = grade(
        submitted(ArtifactKind.SCRIPT), mnist, sandbox, policy=SubmissionPolicy(allow_scripts=False)
    ).card
    assert card.verdict is Verdict.INVALID
    assert "only trained models are accepted here" in card.reason
    assert sandbox.jobs == []


def test_time_limits_are_the_policy_s_or_else_the_problem_s(mnist: Dataset) -> None:
    trained = Outcome(Ending.COMPLETED, model=b"m", model_kind=ArtifactKind.KERAS)
    for policy, wanted in (
        (SubmissionPolicy(), (mnist.problem.train_seconds, mnist.problem.predict_seconds)),
        (SubmissionPolicy(predict_seconds=5, train_seconds=70), (70, 5)),
    ):
        sandbox = Scripted(predicted(probabilities(200)), trained)
        grade(submitted(ArtifactKind.SCRIPT), mnist, sandbox, policy=policy)
        assert isinstance(sandbox.jobs[0], TrainJob)
        assert tuple(job.limits.seconds for job in sandbox.jobs) == wanted


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_a_time_limit_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        SubmissionPolicy(predict_seconds=seconds)
