"""The processes of a job and what they use, from psutil; on Linux also what the kernel alone tells."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from .kernel import ON_LINUX

_KIB: Final = 1024
_FLAGS: Final = 6
"""The place of the kernel's flags in /proc/PID/stat, counted behind the process's name (proc(5): flags)."""
_EXITING: Final = 0x4
"""PF_EXITING in include/linux/sched.h."""


@dataclass(frozen=True)
class Process:
    """One running process, at one moment."""

    pid: int
    threads: int
    memory_bytes: int
    """What it holds in anonymous and shared memory, without files; outside Linux its resident memory."""
    waits_for_disk: bool = False
    """It waits for the disk, and cannot be interrupted."""


def descendants(pid: int) -> list[Process]:
    """The running processes that process `pid` started, those that they started, and so on."""
    try:
        return _running(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def processes_of_user(user: int) -> list[Process]:
    """The running processes of a user id."""
    return _running(psutil.process_iter(), user)


def threads_of_user(user: int) -> int:
    """How many threads a user id has, in all of its processes."""
    return sum(process.threads for process in processes_of_user(user))


def own_memory() -> int:
    """Bytes of memory of this process, which every fork of it shares until it writes."""
    return sum(process.memory_bytes for process in _running([psutil.Process()]))


def is_ending(pid: int) -> bool:
    """Whether the kernel takes a process apart, or it has ended and waits for its parent. False off Linux."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return bool(int(fields[_FLAGS]) & _EXITING)


def proportional_memory(process: Process) -> int:
    """Bytes of memory of a process, where a page that several processes share counts in part for each.

    As much as `process.memory_bytes` where the kernel does not tell: outside Linux, or of a process whose
    memory may not be read. 0 for one that has ended.
    """
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0 if ON_LINUX else process.memory_bytes
    except OSError:
        return process.memory_bytes
    return _field(text, "Pss_Anon") + _field(text, "Pss_Shmem")


def _running(processes: Iterable[psutil.Process], user: int | None = None) -> list[Process]:
    """Those that run, of a user id or of any."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, OSError), process.oneshot():
            if user is None or _user_of(process) == user:
                found += _look_at(process)
    return found


def _user_of(process: psutil.Process) -> int | None:
    try:
        return int(process.uids().real)
    except psutil.AccessDenied:
        return None


def _look_at(process: psutil.Process) -> list[Process]:
    """The process as it is now; none where it has ended and was not waited for yet."""
    try:
        status = process.status()
        if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return []
        waits = status == psutil.STATUS_DISK_SLEEP
        return [Process(process.pid, process.num_threads(), _memory(process), waits)]
    except psutil.AccessDenied:
        # It runs, whatever it uses: nobody may take it for ended.
        return [Process(process.pid, threads=1, memory_bytes=0)]


def _memory(process: psutil.Process) -> int:
    memory = process.memory_info()
    if not ON_LINUX:
        return int(memory.rss)
    # psutil's `shared` is files and shared memory together; only the latter is the job's own.
    # The process's name stands there too, which it may give itself in any bytes.
    status = Path(f"/proc/{process.pid}/status").read_text(errors="replace")
    return int(memory.rss - memory.shared) + _field(status, "RssShmem")


def _field(text: str, name: str) -> int:
    """The bytes that a line such as "RssShmem:  12 kB" gives; 0 where there is none."""
    value = text.partition(f"\n{name}:")[2]
    return int(value.split(maxsplit=1)[0]) * _KIB if value else 0
