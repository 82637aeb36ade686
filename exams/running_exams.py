"""The machine's clocks, and a small file in the home that says which exams run and how far their clocks are.

Every command asks the file whether an exam is over. The ledger is what counts; the file only says when to
read it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..errors import HomeUnavailable, explained
from ..files.atomic import write_whole
from ..grader.records.exam import Clock, ClockReading, ExamSession
from ..home import RUNNING_EXAMS

_UPTIME: Final = Path("/proc/uptime")
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


def due(home: Path, now: ClockReading) -> tuple[int, ...]:
    """The numbers of the exams whose time is up."""
    return tuple(number for number, clock in read_running(home).items() if clock.at(now).over)


def read_clock() -> ClockReading:
    """All clocks at once: the calendar, this start of the machine, and the seconds since."""
    return ClockReading(datetime.now(UTC), _boot(), _steady())


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
