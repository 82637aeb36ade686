"""However a job ends and whatever it leaves, it is that job's own doing: the worker serves the next one.

The jobs are those of `misbehaving_jobs.py`; everything around them is the real worker, really launched.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tfprep.errors import FailedAtFile
from tfprep.sandbox import Ending, Sandbox
from tfprep.sandbox.worker.watch import explain

from .misbehaving_jobs import LEAVINGS, SIGNALS, STATUSES
from .test_keep_loaded import job_called, open_sandbox, pid_of


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """In a subprocess, and in Docker."""
    with open_sandbox(request.param) as opened:
        pid_of(opened.predict(job_called("honest")))
        yield opened


@pytest.mark.parametrize("core", [0, 0x80])
def test_every_way_a_process_can_end_has_a_sentence(core: int) -> None:
    for number in range(1, 65):
        end = explain(number | core)
        assert end.how == "crashed"
        assert end.why.endswith(".")
    for status in range(1, 256):
        assert explain(status << 8).how == "crashed"
    assert explain(0).how == "finished"
    assert explain(40).why == "It was ended by signal 40."
    assert "compiled code" in explain(signal.SIGSEGV).why
    assert "compiled code" not in explain(signal.SIGTERM).why


@pytest.mark.parametrize(
    ("ran_out", "how", "why"),
    [
        (True, "out_of_memory", "The system ended it because memory ran out."),
        (False, "crashed", "It was ended by SIGKILL: by itself, or by another program."),
        (None, "crashed", "It was ended by SIGKILL: by itself, or by the system because memory ran out."),
    ],
)
def test_who_is_killed_has_run_out_of_memory_only_where_the_system_says_so(
    ran_out: bool | None, how: str, why: str
) -> None:
    end = explain(signal.SIGKILL, ran_out)
    assert (end.how, end.why) == (how, why)


@pytest.mark.slow
def test_a_job_that_kills_itself_is_not_told_to_need_less_memory(sandbox: Sandbox) -> None:
    outcome = sandbox.predict(job_called("signal 9"))
    assert outcome.ending is Ending.CRASHED
    assert outcome.refusal is not None
    assert "SIGKILL" in outcome.refusal.message


@pytest.mark.slow
def test_a_job_that_ends_itself_loses_no_worker(sandbox: Sandbox) -> None:
    for name in [f"signal {number}" for number in SIGNALS] + [f"exit {status}" for status in STATUSES]:
        outcome = sandbox.predict(job_called(name))
        assert outcome.ending in (Ending.CRASHED, Ending.OUT_OF_MEMORY), name
        assert outcome.timings.start == 0, f"the worker was lost before {name}"
    assert sandbox.predict(job_called("honest")).timings.start == 0


@pytest.mark.slow
def test_a_job_that_stops_itself_is_late(sandbox: Sandbox) -> None:
    job = job_called("stops")
    outcome = sandbox.predict(replace(job, limits=replace(job.limits, seconds=0.5)))
    assert outcome.ending is Ending.TIMED_OUT
    assert sandbox.predict(job_called("honest")).timings.start == 0


@pytest.mark.slow
def test_a_job_may_call_its_process_what_it_likes(sandbox: Sandbox) -> None:
    """While it runs and while it waits: the worker reads the name among other things."""
    job = job_called("renames_itself")
    pid_of(sandbox.predict(job))
    time.sleep(0.3)
    assert sandbox.predict(replace(job, predict_again=True)).timings.start == 0
    assert sandbox.predict(job_called("honest")).timings.start == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [each.__name__ for each in LEAVINGS])
def test_what_a_job_leaves_is_removed_and_costs_nobody_anything(sandbox: Sandbox, name: str) -> None:
    pid_of(sandbox.predict(job_called(name)))
    # The next job is the only one in the worker's folder of jobs, and the worker is the same.
    outcome = sandbox.predict(job_called("lists_jobs"))
    assert outcome.predictions is not None
    assert outcome.predictions.tolist() == [[1.0]]
    assert outcome.timings.start == 0


@pytest.mark.slow
def test_a_job_that_writes_more_files_than_anybody_needs_is_ended(sandbox: Sandbox) -> None:
    """Looking at them, and removing them, would take longer than the job may."""
    outcome = sandbox.predict(job_called("writes_many_files"))
    assert outcome.refusal is not None
    assert outcome.refusal.message == "It wrote more than 30,000 files and folders."
    assert sandbox.predict(job_called("honest")).timings.start == 0


@pytest.mark.slow
def test_a_hostile_job_costs_others_no_more_than_its_limit_and_a_third(sandbox: Sandbox) -> None:
    """However busy the machine is: one of three. Where others kept it from its time, it has no verdict."""
    job = job_called("loops")
    hurried = replace(job, limits=replace(job.limits, seconds=1.0, wall_clock_factor=1.2))
    took = []
    for _ in range(3):
        began = time.monotonic()
        try:
            assert sandbox.predict(hurried).ending is Ending.TIMED_OUT
        except FailedAtFile as error:
            assert "did not get the 1 second that it may take" in error.what  # noqa: PT017 either may come
        took.append(time.monotonic() - began)
    assert sandbox.predict(job_called("honest")).timings.start == 0
    assert min(took) < 4 / 3 + 0.1
