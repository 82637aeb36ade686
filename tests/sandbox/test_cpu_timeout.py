"""A job's time limit counts what it sleeps or computes, not what a busy machine makes it wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from tfprep.sandbox.protocol.contract import MAX_WALL_CLOCK_FACTOR as MOST
from tfprep.sandbox.worker.cpu_timeout import Stopwatch, _core_times
from tfprep.sandbox.worker.processes import Process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts how long a thread waited")

FIRST_CORE = min(os.sched_getaffinity(0)) if sys.platform == "linux" else 0
ON_ONE_CORE = f"import os; os.sched_setaffinity(0, {{{FIRST_CORE}}})\n"
COMPUTE = ON_ONE_CORE + "print(flush=True); input()\nwhile True: pass"
GONE = 2**22 + 1
"""No process has this number: the kernel gives out smaller ones."""
SLEEP = "import time; time.sleep(60)"


def waited(processes: Iterable[int]) -> float:
    """The longest time in seconds that a thread of these processes waited for a core."""
    return _core_times(processes)[1]


def started(stack: ExitStack, code: str) -> int:
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code]))
    stack.callback(process.kill)
    return process.pid


def rivals_for_a_core(stack: ExitStack) -> list[int]:
    """Four processes that compute on the same core, from the same moment on: none had it alone."""
    processes = [
        stack.enter_context(
            subprocess.Popen([sys.executable, "-c", COMPUTE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )
        for _ in range(4)
    ]
    for process in processes:
        stack.callback(process.kill)
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    return [process.pid for process in processes]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def wait_until_waited(process: int, seconds: float) -> float:
    """What `process` waited for a core, once it is that much; or after a while."""
    end = time.monotonic() + 60
    while waited([process]) < seconds and time.monotonic() < end:
        time.sleep(0.05)
    return waited([process])


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def seen(pid: int, *, waits_for_disk: bool = False) -> Process:
    return Process(pid, threads=1, memory_bytes=0, waits_for_disk=waits_for_disk)


def is_late(passed: float, limit: float, pid: int) -> bool:
    clock = HandClock()
    stopwatch = Stopwatch(limit, clock)
    clock.now = passed
    return stopwatch.is_late([seen(pid)])


def test_time_without_a_core_does_not_count(stack: ExitStack) -> None:
    rivals = rivals_for_a_core(stack)
    assert wait_until_waited(rivals[0], 0.5) >= 0.5
    lost = waited(rivals[:1])
    assert not is_late(2.0 + 0.9 * lost, 2.0, rivals[0])


def test_time_asleep_counts(stack: ExitStack) -> None:
    sleeper = started(stack, SLEEP)
    time.sleep(1.0)
    before = waited([sleeper])
    time.sleep(1.0)
    assert waited([sleeper]) - before < 0.5
    assert is_late(2.9, 1.0, sleeper)


def test_time_waiting_for_the_disk_does_not_count() -> None:
    clock = HandClock()
    stopwatch = Stopwatch(10.0, clock)
    for second in range(1, 16):
        clock.now = float(second)
        assert not stopwatch.is_late([seen(GONE, waits_for_disk=second % 3 == 0)])
    clock.now = 16.0
    assert stopwatch.is_late([seen(GONE)])


def test_however_busy_the_machine_is_there_is_an_end(stack: ExitStack) -> None:
    rivals = rivals_for_a_core(stack)
    wait_until_waited(rivals[0], 0.5)
    assert is_late(MOST * 0.1 + 0.01, 0.1, rivals[0])


def test_nothing_is_late_within_its_limit() -> None:
    assert not is_late(1.0, 1.0, os.getpid())


def test_a_process_that_is_gone_waited_for_nothing() -> None:
    assert waited([GONE]) == 0.0


def test_threads_that_wait_for_each_other_gain_no_time(stack: ExitStack) -> None:
    """Four processes on one core: others' cost one of them its time, a job's own do not."""
    together = rivals_for_a_core(stack)
    wait_until_waited(together[0], 0.8)
    for each in together:
        os.kill(each, signal.SIGSTOP)
    time.sleep(0.1)
    used = [_core_times([each])[0] for each in together]
    passed = used[0] + waited(together[:1])
    clock = HandClock()
    limit = (used[0] + min(sum(used), passed)) / 2
    alone, all_four = Stopwatch(limit, clock, cores=1), Stopwatch(limit, clock, cores=1)
    clock.now = min(passed, MOST * limit)
    assert not alone.is_late([seen(together[0])])
    assert all_four.is_late([seen(each) for each in together])
    assert not all_four.kept_waiting


def test_what_a_job_waited_before_does_not_count(stack: ExitStack) -> None:
    rivals = rivals_for_a_core(stack)
    lost = wait_until_waited(rivals[0], 0.5)
    clock = HandClock()
    stopwatch = Stopwatch(0.1, clock, running=[seen(rivals[0])])
    clock.now = min(0.29, 0.1 + 0.4 * lost)
    assert stopwatch.is_late([seen(rivals[0])]) or waited(rivals[:1]) > lost + 0.1


def test_a_job_that_was_kept_from_its_time_says_so(stack: ExitStack) -> None:
    rivals = rivals_for_a_core(stack)
    lost = wait_until_waited(rivals[0], 0.5)
    clock = HandClock()
    stopwatch = Stopwatch(lost, clock, wall_clock_factor=1.2)
    clock.now = 1.1 * lost
    assert not stopwatch.is_late([seen(rivals[0])])
    clock.now = 1.25 * lost
    assert stopwatch.is_late([seen(rivals[0])])
    assert stopwatch.kept_waiting
