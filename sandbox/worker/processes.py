"""Which processes there are, whose they are and how much memory they hold: from /proc, or from `ps`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .kernel import ON_LINUX

_KIB: Final = 1024


@dataclass(frozen=True)
class Process:
    """One process. `memory` is what it alone would free, in bytes: anonymous and shared memory, no files."""

    number: int
    parent: int
    user: int
    memory: int
    threads: int
    dead: bool
    """Ended and not yet waited for."""
    blocked: bool = False
    """Waits for the disk, and cannot be interrupted."""


def list_processes() -> list[Process]:
    """Every process that can be seen from here."""
    return _from_proc() if ON_LINUX else list_with_ps()


def shared_fairly(process: Process) -> int:
    """Its memory in bytes, where a page that several processes share counts in part for each.

    As much as `process.memory` where that cannot be told: outside Linux, or of a process that hides.
    """
    try:
        told = Path(f"/proc/{process.number}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0 if ON_LINUX else process.memory  # It ended while we looked.
    except OSError:
        return process.memory
    fields = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
    return _size(fields.get("Pss_Anon")) + _size(fields.get("Pss_Shmem"))


def descendants(processes: Iterable[Process], ancestor: int) -> list[Process]:
    """The processes that `ancestor` started, and those that they started, and so on."""
    by_parent: dict[int, list[Process]] = {}
    for process in processes:
        by_parent.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [ancestor]
    while waiting:
        children = by_parent.pop(waiting.pop(), [])
        found += children
        waiting += [child.number for child in children]
    return found


def list_with_ps() -> list[Process]:
    """What `ps` tells, for systems without /proc. Resident memory stands in for a process's own."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,uid=,rss=,stat="], capture_output=True, text=True, check=False
    ).stdout
    rows = [line.split() for line in table.splitlines()]
    return [
        Process(int(row[0]), int(row[1]), int(row[2]), int(row[3]) * _KIB, 1, row[4].startswith("Z"))
        for row in rows
        if len(row) >= 5
    ]


def _from_proc() -> list[Process]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found.append(_parse_status(int(folder.name), (folder / "status").read_text()))
            except (OSError, KeyError, ValueError):
                continue  # It ended while we looked.
    return found


def _parse_status(number: int, text: str) -> Process:
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return Process(
        number=number,
        parent=int(fields["PPid"]),
        user=int(fields["Uid"].split()[0]),
        memory=_size(fields.get("RssAnon")) + _size(fields.get("RssShmem")),
        threads=int(fields.get("Threads", "1")),
        dead=fields["State"].split()[0] in "ZX",
        blocked=fields["State"].split()[0] == "D",
    )


def _size(field: str | None) -> int:
    return int(field.split()[0]) * _KIB if field else 0
