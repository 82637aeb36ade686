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
    return _running(_owned_by(user))


def threads_of_user(user: int) -> int:
    """How many threads a user id has, in all of its processes."""
    return sum(process.threads for process in processes_of_user(user))


def own_memory() -> int:
    """Bytes of memory of this process, which every fork of it shares until it writes."""
    return sum(process.memory_bytes for process in _running([psutil.Process()]))


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
    return _sum_of(text, "Pss_Anon", "Pss_Shmem")


def _owned_by(user: int) -> Iterable[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == user:
                yield process


def _running(processes: Iterable[psutil.Process]) -> list[Process]:
    found = []
    for process in processes:
        try:
            with process.oneshot():
                status = process.status()
                if status not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                    waits = status == psutil.STATUS_DISK_SLEEP
                    found.append(Process(process.pid, process.num_threads(), _memory(process), waits))
        except psutil.AccessDenied:
            # It runs, whatever it uses: nobody may take it for ended.
            found.append(Process(process.pid, threads=1, memory_bytes=0))
        except (psutil.NoSuchProcess, OSError):
            continue  # It has ended.
    return found


def _memory(process: psutil.Process) -> int:
    memory = process.memory_info()
    if not ON_LINUX:
        return int(memory.rss)
    # psutil's `shared` is files and shared memory together; only the latter is the job's own.
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(memory.rss - memory.shared) + _sum_of(status, "RssShmem")


def _sum_of(text: str, *names: str) -> int:
    """The bytes that lines such as "RssShmem:  12 kB" give, of these names together."""
    fields = (line.partition(":") for line in text.splitlines())
    return sum(int(value.split()[0]) * _KIB for name, _, value in fields if name in names)
