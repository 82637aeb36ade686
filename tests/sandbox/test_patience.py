"""What a busy machine takes from a job is not held against it; what a job sleeps or computes is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tfprep.sandbox.inside.patience import MOST, is_late, waited

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a thread waited")

FIRST_CORE = min(os.sched_getaffinity(0)) if sys.platform == "linux" else 0
ON_ONE_CORE = f"import os; os.sched_setaffinity(0, {{{FIRST_CORE}}})\n"
COMPUTE = ON_ONE_CORE + "while True: pass"
SLEEP = "import time; time.sleep(60)"


def started(stack: ExitStack, code: str) -> int:
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code]))
    stack.callback(process.kill)
    return process.pid


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


def test_time_without_a_core_does_not_count(stack: ExitStack) -> None:
    rivals = [started(stack, COMPUTE) for _ in range(4)]
    assert wait_until_waited(rivals[0], 0.5) >= 0.5
    lost = waited(rivals[:1])
    assert not is_late(passed=2.0 + 0.9 * lost, limit=2.0, processes=rivals[:1])


def test_time_asleep_counts(stack: ExitStack) -> None:
    sleeper = started(stack, SLEEP)
    time.sleep(1.0)
    before = waited([sleeper])
    time.sleep(1.0)
    assert waited([sleeper]) - before < 0.1
    assert is_late(passed=60.0, limit=1.0, processes=[sleeper])


def test_however_busy_the_machine_is_there_is_an_end(stack: ExitStack) -> None:
    rivals = [started(stack, COMPUTE) for _ in range(4)]
    wait_until_waited(rivals[0], 0.5)
    assert is_late(passed=MOST * 0.1 + 0.01, limit=0.1, processes=rivals)


def test_nothing_is_late_within_its_limit() -> None:
    assert not is_late(passed=1.0, limit=1.0, processes=[os.getpid()])


def test_a_process_that_is_gone_waited_for_nothing() -> None:
    assert waited([2**22 + 1]) == 0.0
