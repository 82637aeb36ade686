"""How much of a job's time counts: not what it spent ready to run while another program had the core.

A learner's score must not depend on how busy the grader's machine is. The kernel keeps, for each thread, how
long it waited for a core. What the thread that waited longest lost is taken off, up to a bound, so that a job
which starts many threads to wait for one another gains a little time and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

MOST: Final = 3.0
"""So many times its limit a job may take by the clock, however busy the machine is."""
_NANOSECONDS: Final = 1e-9


def is_late(passed: float, limit: float, processes: Iterable[int]) -> bool:
    """Whether a job of these processes, running for `passed` seconds, has used the `limit` it was given."""
    if passed <= limit:
        return False
    return passed > MOST * limit or passed - waited(processes) > limit


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
