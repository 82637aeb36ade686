"""The time limit of a job, without the time that a busy machine made it wait for a core or for the disk.

A learner's score must not depend on how busy the grader's machine is. Linux counts for each thread how long
it waited for a core: the longest such time is taken off. So is the time in which a process of the job was
seen waiting for the disk, as happens while a machine short of memory reads its libraries again. However
long a job waits, it ends at LONGEST_WAIT times its limit.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..protocol.contract import LONGEST_WAIT
from .processes import Process

_NANOSECONDS: Final = 1e-9


class Stopwatch:
    """Runs from when it is made. `limit` and `clock` are in seconds."""

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._began = self._last = clock()
        self._disk = 0.0

    def is_late(self, processes: Sequence[Process]) -> bool:
        """Whether the job of these running processes has used up its limit. To be called often."""
        now = self._clock()
        since, self._last = now - self._last, now
        if any(process.waits_for_disk for process in processes):
            self._disk += since
        passed = now - self._began
        if passed <= self._limit:
            return False
        lost = self._disk + waited(process.pid for process in processes)
        return passed > LONGEST_WAIT * self._limit or passed - lost > self._limit


def waited(processes: Iterable[int]) -> float:
    """The longest time in seconds that a thread of these processes waited for a core; 0.0 outside Linux."""
    return max((wait for pid in processes for wait in _waits(pid)), default=0.0)


def _waits(pid: int) -> Iterator[float]:
    for schedule in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # The thread has ended.
            # Nanoseconds on a core, nanoseconds waiting for one, and how often it ran.
            fields = schedule.read_text().split()
            if len(fields) == 3:
                yield int(fields[1]) * _NANOSECONDS
