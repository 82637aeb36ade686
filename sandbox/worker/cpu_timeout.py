"""How much of a job's time counts: not what it waited for a core or for the disk, on a busy machine.

A learner's score must not depend on how busy the grader's machine is. The kernel keeps, for each thread, how
long it waited for a core; what the thread that waited longest lost is taken off. So is the time in which a
process of the job was seen waiting for the disk, as it is while a machine short of memory reads its libraries
again. Both up to a bound: a job that makes itself wait gains a little time and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from ..protocol.contract import LONGEST_WAIT
from .processes import Process

_NANOSECONDS: Final = 1e-9


class Stopwatch:
    """Runs from its making on; each look tells it what the job was doing."""

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._began = self._looked = clock()
        self._blocked = 0.0

    def is_late(self, living: Sequence[Process]) -> bool:
        """Whether the job of these processes has used the time it was given."""
        now = self._clock()
        since, self._looked = now - self._looked, now
        if any(process.blocked for process in living):
            self._blocked += since
        passed = now - self._began
        if passed <= self._limit:
            return False
        lost = self._blocked + waited(process.number for process in living)
        return passed > LONGEST_WAIT * self._limit or passed - lost > self._limit


def waited(processes: Iterable[int]) -> float:
    """The seconds for which the thread that waited longest for a core did so; 0.0 where nobody tells."""
    return max((_delay(told) for number in processes for told in _schedules(number)), default=0.0)


def _schedules(process: int) -> Iterable[str]:
    """Of each thread: nanoseconds on a core, nanoseconds waiting for one, and how often it ran."""
    for schedule in Path(f"/proc/{process}/task").glob("*/schedstat"):
        try:
            yield schedule.read_text()
        except OSError:
            continue  # It ended while we looked.


def _delay(told: str) -> float:
    fields = told.split()
    return int(fields[1]) * _NANOSECONDS if len(fields) == 3 else 0.0
