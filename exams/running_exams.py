"""The machine's clocks, and a small file in the home that says which exams run and how far their clocks are.

Every command asks the file whether an exam is over. The ledger is what counts; the file only says when to
read it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import struct
import time
from collections.abc import Iterable, Iterator
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
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_STAMPED: Final = 35
"""SO_TIMESTAMPNS of Linux: with each datagram comes the moment of its arrival; see socket(7)."""
_FOLDERS: Final = ("", "logs")
"""Of the home: what lies there was changed by commands before."""


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


def read_clock(home: Path) -> ClockReading:
    """All clocks at once: the calendar, this start of the machine, and the seconds since.

    Args:
        home: what was changed in it tells which moments have been.
    """
    now, boot, steady = datetime.now(UTC), _boot(), _steady()
    off = [now - stamp for stamp in _stamps_of_the_kernel()]
    off += [now - changed for changed in _last_changes(home) if changed > now]
    return ClockReading(now, boot, steady, off=max(off, key=abs, default=timedelta()))


def _stamps_of_the_kernel() -> Iterator[datetime]:
    """Now, as the kernel writes it on a datagram; none where it does not.

    Neither a library before the program's clocks nor a file that is covered by another one changes it.
    """
    with suppress(OSError, AttributeError, struct.error):
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with here, there:
            there.setsockopt(socket.SOL_SOCKET, _STAMPED, 1)
            here.send(b"?")
            for _, kind, stamp in there.recvmsg(1, socket.CMSG_SPACE(16))[1]:
                if kind == _STAMPED:
                    yield datetime.fromtimestamp(struct.unpack("@ll", stamp)[0], UTC)


def _last_changes(home: Path) -> Iterator[datetime]:
    """When the files of the home were changed last, as the kernel wrote it: a calendar that was set back is
    behind them."""
    for name in _FOLDERS:
        with suppress(OSError), os.scandir(home / name) as found:
            for each in found:
                with suppress(OSError, ValueError, OverflowError):
                    yield datetime.fromtimestamp(each.stat(follow_symlinks=False).st_ctime, UTC)


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
