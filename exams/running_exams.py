"""A small file in the home that says an exam runs, so that every command can ask cheaply whether it is over.

The ledger is what counts; the file only tells when to look into it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..files.atomic import write_whole
from ..grader.records.exam import Clock, ClockReading, ExamSession
from ..home import RUNNING_EXAMS

FILE: Final = RUNNING_EXAMS
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def mark(home: Path, running: Iterable[ExamSession]) -> None:
    """Writes down which sittings of this home run; with none, the file goes."""
    clocks = {str(sitting.number): sitting.clock.to_values() for sitting in running}
    path = home / FILE
    if not clocks:
        path.unlink(missing_ok=True)
        return
    write_whole(path, json.dumps(clocks))


def marked(home: Path) -> dict[int, Clock]:
    """The clocks of the sittings that run here, by number. A file that cannot be understood names none."""
    try:
        told = json.loads((home / FILE).read_text("utf-8"))
        return {int(number): Clock.from_values(values) for number, values in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def due(home: Path, now: ClockReading) -> tuple[int, ...]:
    """The numbers of the sittings whose time is up."""
    return tuple(number for number, clock in marked(home).items() if clock.at(now).over)


def look() -> ClockReading:
    """All clocks at once."""
    return ClockReading(datetime.now(UTC), _boot(), _steady())


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:  # not a Linux kernel
        return ""


def _steady() -> float:
    # Linux has a counter that also runs while the machine sleeps.
    kind = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if kind is None else time.clock_gettime(kind)
