"""The machine's clocks, and a small file in the home that says which exams run and how far their clocks are.

Every command asks the file whether an exam is over. The ledger is what counts; the file only says when to
read it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ..errors import HomeUnavailable, explained
from ..files.atomic import write_whole
from ..grader.records.exam import Clock, ClockReading, ExamSession
from ..home import RUNNING_EXAMS

logger = logging.getLogger(__name__)

_UPTIME: Final = Path("/proc/uptime")
_STAT: Final = Path("/proc/stat")
_THREAD: Final = Path("/proc/thread-self/stat")
_STARTED: Final = 19
"""Of what stands after a thread's name: when it started, in ticks since the machine did; see proc(5)."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def write_running(home: Path, running: Iterable[ExamSession]) -> None:
    """Write down which exams of this home run; with none, the file goes. Raises HomeUnavailable."""
    clocks = {str(session.number): session.clock.to_values() for session in running}
    path = home / RUNNING_EXAMS
    try:
        if clocks:
            write_whole(path, json.dumps(clocks))
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HomeUnavailable(
            f"The clocks of the exams that run here cannot be written down: {explained(error)}.",
            "Make room or give yourself access, then run `tfprep exam status`: no time is lost by that.",
        ) from error


def read_running(home: Path) -> dict[int, Clock]:
    """The clocks of the exams that run here, by number; none where the file is missing or damaged."""
    try:
        clocks = json.loads((home / RUNNING_EXAMS).read_text("utf-8"))
        return {int(number): Clock.from_values(values) for number, values in clocks.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def overdue(home: Path, now: ClockReading) -> tuple[int, ...]:
    """The numbers of the exams whose time is up."""
    return tuple(number for number, clock in read_running(home).items() if clock.at(now).over)


def cannot_end(error: Exception) -> str:
    """What to say where an exam whose time is up could not be ended; the error is logged."""
    logger.error("the exam cannot be ended yet", exc_info=error)
    why = f"{explained(error)}." if isinstance(error, OSError) else str(error)
    return (
        f"The exam cannot be ended yet: {why} This costs no points. The next command tries again; "
        "`tfprep exam finish --abandon` ends it with what was submitted."
    )


def read_clock() -> ClockReading:
    """All clocks at once: the calendar, this start of the machine, and the seconds since."""
    now = datetime.now(UTC)
    kernels = _kernels_calendar()
    return ClockReading(now, _boot(), _steady(), off=timedelta() if kernels is None else now - kernels)


def _kernels_calendar() -> datetime | None:
    """The calendar by the kernel's own files, to a second; None where it tells none.

    No library before the program's clocks changes these: when the machine started, and how long after that a
    thread did, which has just begun. (`/proc/uptime` is a container's own under LXC, and the start is not.)
    """
    found: list[datetime] = []

    def read() -> None:
        with suppress(OSError, ValueError, IndexError, StopIteration):
            ticks = int(_THREAD.read_text("ascii").rpartition(")")[2].split()[_STARTED])
            lines = _STAT.read_text("ascii").splitlines()
            booted = int(next(line.split()[1] for line in lines if line.startswith("btime ")))
            if booted > 0:
                found.append(datetime.fromtimestamp(booted + ticks / os.sysconf("SC_CLK_TCK"), UTC))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return found[0] if found else None


def _steady() -> float:
    """Seconds since the machine started, with those in which it slept where it tells.

    On Linux from a file: a library that stands before the program's clocks (libfaketime) changes these only.
    """
    try:
        return float(_UPTIME.read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):  # not a Linux kernel
        return time.monotonic()


def _boot() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:  # not a Linux kernel
        return ""
