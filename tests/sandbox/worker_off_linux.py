"""The worker as it is on macOS, as far as Linux can be made to look like it. Run in place of `worker`.

Nothing of Linux's own is there: no prctl, no /proc (psutil has it, whose way on macOS is its own), no pidfd,
no limit on open files; and poll(2) tells the end of a pipe only to those who ask for input or the end: XNU's
`poll_nocancel` (bsd/kern/sys_generic.c) watches for nothing where no event is asked for.
"""

from __future__ import annotations

import importlib
import os
import resource
import select
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


class PollOfXnu:
    """poll(2), which watches for nothing where nothing is asked for."""

    def __init__(self) -> None:
        self._poll = REAL_POLL()
        self.unregister = self._poll.unregister
        self.poll = self._poll.poll

    def register(self, descriptor: int, events: int = select.POLLIN) -> None:
        if events:
            self._poll.register(descriptor, events)


REAL_POLL = select.poll
REAL_LIMIT = resource.getrlimit
REAL_READ = Path.read_text
REAL_GLOB = Path.glob


def look_like_macos() -> None:
    def read_text(self: Path, *arguments: Any, **more: Any) -> str:
        if str(self).startswith(("/proc/", "/sys/")):
            raise FileNotFoundError(2, os.strerror(2), str(self))
        return REAL_READ(self, *arguments, **more)

    def getrlimit(limit: int) -> tuple[int, int]:
        endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        return endless if limit == resource.RLIMIT_NOFILE else REAL_LIMIT(limit)

    Path.read_text = read_text  # type: ignore[method-assign]
    Path.glob = lambda self, *a, **k: (  # type: ignore[method-assign]
        iter(()) if str(self).startswith("/proc/") else REAL_GLOB(self, *a, **k)
    )
    select.poll = PollOfXnu  # type: ignore[misc]
    resource.getrlimit = getrlimit
    for name in ("pidfd_open", "setresuid", "setresgid", "memfd_create", "sched_getaffinity"):
        if hasattr(os, name):
            delattr(os, name)


def main() -> None:
    look_like_macos()
    package = ModuleType("sandbox")
    package.__path__ = [str(Path(__file__).resolve().parents[2] / "sandbox")]
    sys.modules["sandbox"] = package
    kernel: Any = importlib.import_module("sandbox.worker.kernel")
    kernel.ON_LINUX = False
    # Only now, because other modules import the constant.
    worker: Any = importlib.import_module("sandbox.worker.worker")
    assert not importlib.import_module("sandbox.worker.processes").ON_LINUX
    load_tensorflow = worker.load_tensorflow
    worker.load_tensorflow = lambda: load_tensorflow() | {"platform": "off Linux"}
    worker.main(sys.argv[1:])


if __name__ == "__main__":
    main()
