"""A mentor's terms: Lambda layers, scripts and time limits."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Submission, SubmissionPolicy, Verdict, grade, read_submission
from tfprep.problems import Dataset
from tfprep.sandbox import ArtifactKind, Ending, Outcome, PredictJob, Refusal, Sandbox, TrainJob
from tfprep.sandbox.host.worker_sandbox import WorkerSandbox

from .examples import Scripted, make_mnist, predicted, probabilities, submitted

LAMBDA = Outcome(Ending.REFUSED, refusal=Refusal("lambda_layer", "The layer 'scale' is a Lambda."))


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


@dataclass
class Choosy(Scripted):
    """Refuses a model for its Lambda layer unless that is allowed."""

    wish: Outcome = field(default_factory=lambda: predicted(probabilities(200)))

    def predict(self, job: PredictJob) -> Outcome:
        self.jobs.append(job)
        return self.wish if job.allow_lambda else LAMBDA


def test_by_default_a_lambda_layer_is_refused_and_not_run_again(mnist: Dataset) -> None:
    sandbox = Choosy()
    card = grade(submitted(), mnist, sandbox).card
    assert card.verdict is Verdict.INVALID
    assert "'scale' is a Lambda" in card.reason
    assert [job.allow_lambda for job in sandbox.jobs if isinstance(job, PredictJob)] == [False]


def test_where_lambda_layers_are_allowed_such_a_model_is_run_again_and_the_card_says_so(
    mnist: Dataset,
) -> None:
    sandbox = Choosy()
    card = grade(submitted(), mnist, sandbox, policy=SubmissionPolicy(allow_lambda=True)).card
    assert card.verdict is Verdict.PASSED
    assert "worker used once" in card.model["adaptations"]
    assert [job.allow_lambda for job in sandbox.jobs if isinstance(job, PredictJob)] == [False, True]


def test_other_models_stay_in_the_warm_worker_where_lambda_layers_are_allowed(mnist: Dataset) -> None:
    for outcome in (
        predicted(probabilities(200)),
        Outcome(Ending.REFUSED, refusal=Refusal("truncated", "x")),
    ):
        sandbox = Scripted(outcome)
        grade(submitted(), mnist, sandbox, policy=SubmissionPolicy(allow_lambda=True))
        assert [job.allow_lambda for job in sandbox.jobs if isinstance(job, PredictJob)] == [False]


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
        (SubmissionPolicy(answer_seconds=5, train_seconds=70), (70, 5)),
    ):
        sandbox = Scripted(predicted(probabilities(200)), trained)
        grade(submitted(ArtifactKind.SCRIPT), mnist, sandbox, policy=policy)
        assert isinstance(sandbox.jobs[0], TrainJob)
        assert tuple(job.limits.seconds for job in sandbox.jobs) == wanted


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_a_time_limit_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        SubmissionPolicy(answer_seconds=seconds)


def models_with_and_without(folder: Path) -> tuple[Submission, Submission]:
    """A model with a Lambda layer and one without; both are right about everything."""
    subprocess.run([sys.executable, str(Path(__file__).with_name("brighten.py")), str(folder)], check=True)
    made = [read_submission(folder / f"{name}.keras", "problem2", "ann") for name in ("with", "plain")]
    return made[0], made[1]


def check_in(sandbox: Sandbox, mnist: Dataset, folder: Path) -> None:
    """Refused by name, then allowed with the right answers; models before and after are not disturbed."""
    programmed, plain = models_with_and_without(folder)
    refused = grade(programmed, mnist, sandbox).card
    assert refused.verdict is Verdict.INVALID
    assert "'brighten' is a Lambda" in refused.reason
    assert "Rescaling" in refused.reason
    assert isinstance(sandbox, WorkerSandbox)
    warm = sandbox._warm
    allowed = grade(programmed, mnist, sandbox, policy=SubmissionPolicy(allow_lambda=True))
    assert allowed.card.verdict is Verdict.PASSED, allowed.card.reason
    assert sandbox._warm is warm, "its code never came near the worker that serves the others"
    after = grade(plain, mnist, sandbox, policy=SubmissionPolicy(allow_lambda=True))
    assert after.card.verdict is Verdict.PASSED
    assert sandbox._warm is warm
    assert allowed.predictions is not None
    assert after.predictions is not None
    np.testing.assert_allclose(allowed.predictions, after.predictions, atol=1e-6)


@pytest.mark.slow
def test_a_local_worker_runs_a_lambda_layer_only_where_it_is_allowed(mnist: Dataset, tmp_path: Path) -> None:
    from tfprep.sandbox.host.local import LocalSandbox

    with LocalSandbox() as sandbox:
        check_in(sandbox, mnist, tmp_path)


@pytest.mark.slow
@pytest.mark.docker
def test_a_container_runs_a_lambda_layer_only_where_it_is_allowed(mnist: Dataset, tmp_path: Path) -> None:
    from tfprep.sandbox.host.container import DockerSandbox

    with DockerSandbox() as sandbox:
        check_in(sandbox, mnist, tmp_path)
