"""The time limit of a job, without the time that a busy machine made it wait for a core or for the disk.

A learner's score must not depend on how busy the grader's machine is. Linux counts for each thread how long
it waited for a core: the longest such time is taken off, as far as other programs had the cores meanwhile. A
job that starts a hundred threads makes itself wait, and gains nothing. Taken off is also the time in which a
process of the job was seen waiting for the disk, as happens while a machine short of memory reads its
libraries again. However long a job waits, it ends at so many times its limit as the host is patient.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..protocol.contract import MAX_WALL_CLOCK_FACTOR
from .processes import Process

_NANOSECONDS: Final = 1e-9


class Stopwatch:
    """Runs from when it is made.

    Args:
        limit: seconds.
        clock: in seconds.
        wall_clock_factor: the job may take this times the limit by the clock.
        running: processes of the job that run already: what they waited before does not count.
        cores: that the job may use.
    """

    def __init__(
        self,
        limit: float,
        clock: Callable[[], float] = time.monotonic,
        wall_clock_factor: float = MAX_WALL_CLOCK_FACTOR,
        running: Sequence[Process] = (),
        cores: int | None = None,
    ) -> None:
        self._limit, self._clock, self._wall_clock_factor = limit, clock, wall_clock_factor
        self._cores = cores or _usable_cores()
        self._began = self._last = clock()
        self._disk = 0.0
        self._before = _core_times(process.pid for process in running)
        self._used = 0.0
        self.kept_waiting = False
        """Of a job that is late: it has not had the time that it may take, for the machine was busy."""

    def is_late(self, processes: Sequence[Process]) -> bool:
        """Whether the job of these running processes has used up its limit. To be called often."""
        now = self._clock()
        since, self._last = now - self._last, now
        if any(process.waits_for_disk for process in processes):
            self._disk += since
        passed = now - self._began
        if passed <= self._limit:
            return False
        self.kept_waiting = passed - self._lost(passed, processes) <= self._limit
        return passed > self._wall_clock_factor * self._limit or not self.kept_waiting

    def _lost(self, passed: float, processes: Sequence[Process]) -> float:
        """Seconds that the job waited for others."""
        used, longest = _core_times(process.pid for process in processes)
        self._used = max(self._used, used - self._before[0])
        had_by_others = max(0.0, passed - self._used / self._cores)
        return self._disk + min(max(0.0, longest - self._before[1]), had_by_others)


def _core_times(processes: Iterable[int]) -> tuple[float, float]:
    """Seconds that all threads of these processes had a core together, and the longest wait for one."""
    used = longest = 0.0
    for ran, waited_for in (times for pid in processes for times in _threads(pid)):
        used += ran
        longest = max(longest, waited_for)
    return used, longest


def _threads(pid: int) -> Iterator[tuple[float, float]]:
    for schedule in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # The thread has ended.
            # Nanoseconds on a core, nanoseconds waiting for one, and how often it ran.
            fields = schedule.read_text().split()
            if len(fields) == 3:
                yield int(fields[0]) * _NANOSECONDS, int(fields[1]) * _NANOSECONDS


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
