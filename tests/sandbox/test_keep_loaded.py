"""A job that keeps its model loaded: whatever it does while it waits, the next job is right and alone.

The jobs are those of `misbehaving_jobs.py`; everything around them is the real worker, really launched.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import FailedAtFile
from tfprep.sandbox import (
    ArtifactKind,
    Ending,
    InputForm,
    Limits,
    Outcome,
    PredictJob,
    Sandbox,
    pack_inputs,
)
from tfprep.sandbox.host import container_config, local, worker_sandbox

from ..conftest import COLD_START
from .conftest import LAUNCHERS

pytestmark = pytest.mark.slow
WORKER = Path(__file__).parent / "misbehaving_jobs.py"
COMMAND = ("-c", WORKER.read_text(), *container_config.COMMAND[1:])
INPUTS = pack_inputs({"x": np.zeros((1, 1), np.float32)}, (InputForm("x", (1,), "float32"),))
LIMITS = Limits(
    seconds=5, memory_bytes=2**29, disk_bytes=2**27, reply_bytes=2**20, log_bytes=2**12, processes=16
)
PAUSE = 1.5
"""Seconds in which a job may do what it likes, and the worker checks its limits thirty times."""
TIMEOUT = 60
"""Seconds that a job may take, on a busy machine, until it has exceeded a limit."""


@contextmanager
def open_sandbox(launcher: str) -> Iterator[Sandbox]:
    """A sandbox whose one warm worker runs the misbehaving jobs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_WORKER", WORKER)
        patch.setattr(local, "_start", COLD_START)  # These workers have no TensorFlow.
        patch.setattr(container_config, "COMMAND", COMMAND)
        patch.setattr(worker_sandbox, "check_canary", lambda client, kind: None)
        with LAUNCHERS[launcher]() as opened:
            yield opened


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """In a subprocess, and in Docker."""
    with open_sandbox(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def docker_sandbox() -> Iterator[Sandbox]:
    """In Docker, for what a subprocess does not do."""
    with open_sandbox("docker") as opened:
        yield opened


def job_called(name: str) -> PredictJob:
    return PredictJob(ArtifactKind.H5, name.encode(), INPUTS, ((1,),), LIMITS)


def pid_of(outcome: Outcome) -> int:
    assert outcome.ending is Ending.COMPLETED, outcome
    return int(outcome.predictions[0, 0])


def assert_no_process_is_left(sandbox: Sandbox) -> None:
    assert pid_of(sandbox.predict(job_called("counts_processes"))) == 0


def test_predicting_again_uses_the_same_process(sandbox: Sandbox) -> None:
    job = job_called("honest")
    first = pid_of(sandbox.predict(job))
    assert [pid_of(sandbox.predict(replace(job, predict_again=True))) for _ in range(3)] == [first] * 3
    assert_no_process_is_left(sandbox)


def test_without_predict_again_each_job_is_a_new_process(sandbox: Sandbox) -> None:
    job = job_called("honest")
    same_bytes = replace(job, model=bytes(bytearray(job.model)), predict_again=True)
    assert len({pid_of(sandbox.predict(each)) for each in (job, job, same_bytes)}) == 3
    assert_no_process_is_left(sandbox)


@pytest.mark.parametrize("name", ["exits", "grows", "fills", "spawns"])
def test_a_job_that_exceeds_a_limit_while_it_waits_cannot_predict_again(sandbox: Sandbox, name: str) -> None:
    job = job_called(name)
    pid_of(sandbox.predict(job))
    deadline = time.monotonic() + TIMEOUT
    time.sleep(PAUSE)
    while (outcome := sandbox.predict(replace(job, predict_again=True))).ending is Ending.COMPLETED:
        assert time.monotonic() < deadline
        time.sleep(PAUSE)
    # On a busy machine it may exceed the limit only when it is sent inputs.
    assert outcome.ending in (Ending.CRASHED, Ending.OUT_OF_MEMORY)
    assert outcome.predictions is None
    assert_no_process_is_left(sandbox)


@pytest.mark.parametrize("name", ["exits", "closes_requests"])
def test_a_job_that_cannot_be_reached_is_reported_and_the_worker_serves_on(
    sandbox: Sandbox, name: str
) -> None:
    job = job_called(name)
    pid_of(sandbox.predict(job))
    time.sleep(PAUSE)
    outcome = sandbox.predict(replace(job, predict_again=True))
    assert outcome.ending is Ending.CRASHED
    assert outcome.refusal.message == "It ended while it waited for more inputs."
    following = sandbox.predict(job_called("counts_processes"))
    assert pid_of(following) == 0
    assert following.timings.start == 0


@pytest.mark.parametrize(
    "name", ["exits", "grows", "fills", "spawns", "prints", "does_not_exit", "never_replies_again"]
)
def test_what_a_job_does_while_it_waits_does_not_reach_the_next_one(sandbox: Sandbox, name: str) -> None:
    pid_of(sandbox.predict(job_called(name)))
    assert_no_process_is_left(sandbox)
    pid_of(sandbox.predict(job_called(name)))
    time.sleep(PAUSE)
    assert_no_process_is_left(sandbox)


def test_what_a_job_prints_while_it_waits_is_dropped_and_it_predicts_again(sandbox: Sandbox) -> None:
    job = job_called("prints")
    first = sandbox.predict(job)
    time.sleep(PAUSE)
    again = sandbox.predict(replace(job, predict_again=True))
    assert pid_of(again) == pid_of(first)
    assert again.log == ""


def test_a_job_that_never_replies_again_is_timed_out(sandbox: Sandbox) -> None:
    job = job_called("never_replies_again")
    pid_of(sandbox.predict(job))
    hurried = replace(job, predict_again=True, limits=replace(LIMITS, seconds=1))
    assert sandbox.predict(hurried).ending is Ending.TIMED_OUT
    assert_no_process_is_left(sandbox)


def test_each_prediction_has_its_own_time_limit(sandbox: Sandbox) -> None:
    job = replace(job_called("honest"), limits=replace(LIMITS, seconds=1))
    first = pid_of(sandbox.predict(job))
    time.sleep(PAUSE)
    assert pid_of(sandbox.predict(replace(job, predict_again=True))) == first


def test_a_job_whose_reply_never_ends_is_timed_out(sandbox: Sandbox) -> None:
    job = replace(job_called("shares_its_pipe"), limits=replace(LIMITS, seconds=1))
    assert sandbox.predict(job).ending is Ending.TIMED_OUT
    assert_no_process_is_left(sandbox)


@pytest.mark.parametrize(
    ("name", "code"), [("closes_its_pipe", "no_reply"), ("replies_too_much", "exceeded")]
)
def test_a_reply_that_is_no_frame_gives_no_predictions(sandbox: Sandbox, name: str, code: str) -> None:
    outcome = sandbox.predict(job_called(name))
    assert outcome.ending is Ending.CRASHED
    assert outcome.refusal.code == code
    assert outcome.predictions is None
    assert_no_process_is_left(sandbox)


def test_nothing_is_read_from_the_socket_that_requests_arrive_by(sandbox: Sandbox) -> None:
    job = job_called("forges_requests")
    first = pid_of(sandbox.predict(job))
    assert pid_of(sandbox.predict(replace(job, predict_again=True))) == first
    assert_no_process_is_left(sandbox)


def test_a_job_that_raises_can_still_predict_again(sandbox: Sandbox) -> None:
    job = job_called("raises")
    pid_of(sandbox.predict(job))
    for _ in range(2):
        with pytest.raises(FailedAtFile, match=r"ValueError in worker/job\.py"):
            sandbox.predict(replace(job, predict_again=True))
    assert_no_process_is_left(sandbox)


@pytest.mark.docker
@pytest.mark.parametrize("name", ["leaves_files", "leaves_a_segment"])
def test_what_a_job_leaves_outside_its_directory_is_removed(docker_sandbox: Sandbox, name: str) -> None:
    pid_of(docker_sandbox.predict(job_called(name)))
    assert pid_of(docker_sandbox.predict(job_called("finds_leftovers"))) == 0
    assert pid_of(docker_sandbox.predict(job_called("counts_processes"))) == 0
