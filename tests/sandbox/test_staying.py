"""A job that stays to be asked for more: whatever it does meanwhile, the next one is right and alone.

The jobs are the strangers in `guests.py`; everything around them is the real worker, launched for real.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.sandbox import ArtifactKind, Ending, InputForm, Limits, Outcome, PredictJob, Sandbox, pack_inputs
from tfprep.sandbox.host import container_config as confinement
from tfprep.sandbox.host import local

from .conftest import LAUNCHERS

pytestmark = pytest.mark.slow
INN = Path(__file__).parent / "guests.py"
COMMAND = ("-c", INN.read_text(), *confinement.COMMAND[1:])
QUESTION = pack_inputs({"x": np.zeros((1, 1), np.float32)}, (InputForm("x", (1,), "float32"),))
LIMITS = Limits(
    seconds=5, memory_bytes=2**29, disk_bytes=2**27, reply_bytes=2**20, log_bytes=2**12, processes=16
)
PAUSE = 1.5
"""Seconds in which a guest may do what it likes, and the worker looks thirty times."""
PATIENCE = 60
"""Seconds that one may take, on a busy machine, until it has done too much."""


@contextmanager
def open_inn(launcher: str) -> Iterator[Sandbox]:
    """A sandbox with one warm worker, which takes in whoever comes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_WORKER", INN)
        patch.setattr(confinement, "COMMAND", COMMAND)
        with LAUNCHERS[launcher]() as opened:
            yield opened


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def inn(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """In a subprocess, and in Docker."""
    with open_inn(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def docker_inn() -> Iterator[Sandbox]:
    """In Docker, for what a subprocess does not do."""
    with open_inn("docker") as opened:
        yield opened


def guest(name: str) -> PredictJob:
    return PredictJob(ArtifactKind.H5, name.encode(), QUESTION, ((1,),), LIMITS)


def number(outcome: Outcome) -> int:
    assert outcome.ending is Ending.COMPLETED, outcome
    return int(outcome.predictions[0, 0])


def assert_nobody_is_left(inn: Sandbox) -> None:
    assert number(inn.predict(guest("counts"))) == 0


def test_a_guest_that_is_asked_again_is_the_same_process(inn: Sandbox) -> None:
    job = guest("honest")
    first = number(inn.predict(job))
    assert [number(inn.predict(replace(job, predict_again=True))) for _ in range(3)] == [first] * 3
    assert_nobody_is_left(inn)


def test_whoever_is_not_asked_again_is_somebody_else(inn: Sandbox) -> None:
    job = guest("honest")
    same_bytes = replace(job, model=bytes(bytearray(job.model)), predict_again=True)
    assert len({number(inn.predict(each)) for each in (job, job, same_bytes)}) == 3
    assert_nobody_is_left(inn)


@pytest.mark.parametrize("name", ["dies", "grows", "fills", "spawns"])
def test_a_guest_that_misbehaves_while_it_waits_is_gone_when_it_is_asked_again(
    inn: Sandbox, name: str
) -> None:
    job = guest(name)
    number(inn.predict(job))
    deadline = time.monotonic() + PATIENCE
    time.sleep(PAUSE)
    while (outcome := inn.predict(replace(job, predict_again=True))).ending is Ending.COMPLETED:
        assert time.monotonic() < deadline
        time.sleep(PAUSE)
    # On a busy machine it may be seen in the act when it is asked.
    assert outcome.ending in (Ending.CRASHED, Ending.OUT_OF_MEMORY)
    assert outcome.predictions is None
    assert_nobody_is_left(inn)


@pytest.mark.parametrize("name", ["dies", "turns_away"])
def test_who_asks_a_guest_that_does_not_listen_is_told_so_and_the_worker_serves_on(
    inn: Sandbox, name: str
) -> None:
    job = guest(name)
    number(inn.predict(job))
    time.sleep(PAUSE)
    outcome = inn.predict(replace(job, predict_again=True))
    assert outcome.ending is Ending.CRASHED
    assert outcome.refusal.message == "It ended while nobody asked it anything."
    following = inn.predict(guest("counts"))
    assert number(following) == 0
    assert following.timings.start == 0


@pytest.mark.parametrize("name", ["dies", "grows", "fills", "spawns", "babbles", "clings", "deaf"])
def test_what_a_guest_does_while_it_waits_does_not_reach_the_next_one(inn: Sandbox, name: str) -> None:
    number(inn.predict(guest(name)))
    assert_nobody_is_left(inn)
    number(inn.predict(guest(name)))
    time.sleep(PAUSE)
    assert_nobody_is_left(inn)


def test_a_guest_that_prints_while_it_waits_is_not_heard_and_can_be_asked(inn: Sandbox) -> None:
    job = guest("babbles")
    first = inn.predict(job)
    time.sleep(PAUSE)
    again = inn.predict(replace(job, predict_again=True))
    assert number(again) == number(first)
    assert again.log == ""


def test_a_guest_that_does_not_answer_again_runs_out_of_time(inn: Sandbox) -> None:
    job = guest("deaf")
    number(inn.predict(job))
    hurried = replace(job, predict_again=True, limits=replace(LIMITS, seconds=1))
    assert inn.predict(hurried).ending is Ending.TIMED_OUT
    assert_nobody_is_left(inn)


def test_each_asking_has_time_of_its_own(inn: Sandbox) -> None:
    job = replace(guest("honest"), limits=replace(LIMITS, seconds=1))
    first = number(inn.predict(job))
    time.sleep(PAUSE)
    assert number(inn.predict(replace(job, predict_again=True))) == first


def test_a_guest_whose_reply_never_ends_runs_out_of_time(inn: Sandbox) -> None:
    job = replace(guest("shares"), limits=replace(LIMITS, seconds=1))
    assert inn.predict(job).ending is Ending.TIMED_OUT
    assert_nobody_is_left(inn)


@pytest.mark.parametrize(("name", "code"), [("hangs_up", "no_reply"), ("overdoes", "exceeded")])
def test_a_reply_that_is_none_earns_nothing(inn: Sandbox, name: str, code: str) -> None:
    outcome = inn.predict(guest(name))
    assert outcome.ending is Ending.CRASHED
    assert outcome.refusal.code == code
    assert outcome.predictions is None
    assert_nobody_is_left(inn)


def test_nobody_listens_at_the_socket_that_requests_come_by(inn: Sandbox) -> None:
    job = guest("forges")
    first = number(inn.predict(job))
    assert number(inn.predict(replace(job, predict_again=True))) == first
    assert_nobody_is_left(inn)


def test_a_guest_that_fails_once_is_told_apart_from_one_that_is_gone(inn: Sandbox) -> None:
    job = guest("errs")
    number(inn.predict(job))
    for _ in range(2):
        outcome = inn.predict(replace(job, predict_again=True))
        assert outcome.refusal.code == "raised"
        assert "as it does" in outcome.refusal.message
    assert_nobody_is_left(inn)


@pytest.mark.docker
@pytest.mark.parametrize("name", ["litters", "segments"])
def test_what_a_guest_leaves_beside_its_own_file_is_cleared_away(docker_inn: Sandbox, name: str) -> None:
    number(docker_inn.predict(guest(name)))
    assert number(docker_inn.predict(guest("finds"))) == 0
    assert number(docker_inn.predict(guest("counts"))) == 0
