"""Limits that a process which reads strangers' files sets on itself, before it reads.

Linux holds all of them. macOS holds time and file size; its kernel does not limit memory, so a thread looks
there instead, and ends the process: later than a kernel would, where one long call of C keeps it waiting.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Final

TOO_MUCH_MEMORY: Final = 77
"""The exit status with which the thread ends the process."""
_LOOK_SECONDS: Final = 0.05
_OPEN_FILES: Final = 256


class Confinement:
    """This process's limits.

    Args:
        file_bytes: the largest file that it may write.
        memory_bytes: the most that `allow` may ever allow.
    """

    def __init__(self, file_bytes: int, memory_bytes: int) -> None:
        self._most = _address_space() + memory_bytes
        self._allowed = memory_bytes
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_FSIZE, file_bytes)
        _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
        if sys.platform == "darwin":
            threading.Thread(target=self._watch, daemon=True).start()
        else:
            _lower(resource.RLIMIT_AS, self._most)

    def allow(self, memory_bytes: int, seconds: float) -> None:
        """From now on, so much more memory than it holds, and so much more time of a core.

        Beyond the memory Python raises MemoryError; beyond the time the kernel ends the process.
        """
        self._allowed = memory_bytes
        if sys.platform != "darwin":
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (min(self._most, _address_space() + memory_bytes), most))
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime + seconds) + 1
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(
            resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most)
        )

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            # The most that it ever held, in bytes on macOS.
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > self._allowed:
                os._exit(TOO_MUCH_MEMORY)


def _address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _lower(limit: int, wanted: int) -> None:
    _, most = resource.getrlimit(limit)
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(limit, (wanted, wanted))
