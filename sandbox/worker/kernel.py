"""Linux system calls that Python does not have. On other systems each of them does nothing."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_IPC_RMID: Final = 0
_NO_LIMIT: Final = 2**60
"""Bytes. Control groups of version 1 report about so much where they have no limit."""
ON_LINUX: Final = sys.platform.startswith("linux")


def die_with_parent(parent: int) -> None:
    """This process is killed when its parent ends, also when the parent is killed."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Descendants whose parents end become this process's children, instead of escaping to init."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Processes of the same user can neither trace this one nor read its memory or descriptors."""
    _prctl(_PR_SET_DUMPABLE, 0)


def show_memory() -> None:
    """Undoes `hide_memory`: a job may look at itself, as numerical libraries do."""
    _prctl(_PR_SET_DUMPABLE, 1)


def forbid_new_privileges() -> None:
    """No program started from here can gain privileges."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def be_killed_first() -> None:
    """When memory runs out, the kernel kills this process first."""
    if ON_LINUX:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


def limit(limits: Mapping[int, int]) -> None:
    """Lowers resource limits (by their `resource.RLIMIT_…` number), never above what is allowed already."""
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (most, most))


def container_memory() -> int | None:
    """Bytes of memory that all processes in this container hold, with files in a tmpfs and no others.

    None where there is no control group, or one without a limit, which is not this container's.
    """
    with contextlib.suppress(OSError, ValueError, KeyError):
        int(Path("/sys/fs/cgroup/memory.max").read_text())
        return _group_memory(Path("/sys/fs/cgroup/memory.stat"), "anon")
    with contextlib.suppress(OSError, ValueError, KeyError):
        if int(Path("/sys/fs/cgroup/memory/memory.limit_in_bytes").read_text()) < _NO_LIMIT:
            return _group_memory(Path("/sys/fs/cgroup/memory/memory.stat"), "rss")
    return None


def memory_kills() -> int | None:
    """How many processes the system has ended because memory ran out, a container's limit included.

    None where it does not count them (not Linux, or a Linux in user space such as gVisor).
    """
    with contextlib.suppress(OSError, ValueError, KeyError):
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts["oom_kill"])
    return None


def _group_memory(stat: Path, anonymous: str) -> int:
    fields = dict(line.split() for line in stat.read_text().splitlines())
    return int(fields[anonymous]) + int(fields["shmem"])


def remove_shared_memory(user: int) -> None:
    """Removes System V segments, queues and semaphores that belong to a user."""
    if not ON_LINUX:
        return
    library = ctypes.CDLL(None)
    for number in _segments("shm", user):
        library.shmctl(number, _IPC_RMID, None)
    for number in _segments("msg", user):
        library.msgctl(number, _IPC_RMID, None)
    for number in _segments("sem", user):
        library.semctl(number, 0, _IPC_RMID)


def holds_shared_memory(user: int) -> bool:
    """Whether any of these belongs to a user."""
    return any(_segments(kind, user) for kind in ("shm", "msg", "sem"))


def _segments(kind: str, user: int) -> list[int]:
    try:
        names, *rows = [line.split() for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()]
    except (OSError, ValueError):
        return []
    return [int(row[1]) for row in rows if row[names.index("uid")] == str(user)]


def _prctl(option: int, value: int) -> None:
    if ON_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
