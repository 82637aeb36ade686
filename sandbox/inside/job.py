"""One job: a fork of the worker with its own session, directory, limits and pipes."""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from . import kernel
from .devices import SHARE
from .frames import pack_head
from .refused import Refused
from .tenant import Tenant
from .wire import write_all

REPLY: Final = 3
"""The descriptor that a job's one frame goes to."""
_OPEN_FILES: Final = 4096
_SLACK: Final = 2 * 2**30
"""Address space beyond the memory limit that thread stacks and arenas reserve and never touch."""
_KEPT: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", SHARE)


@dataclass(frozen=True)
class Limits:
    """What one job may use, as the host sent it."""

    seconds: float
    memory_bytes: int
    disk_bytes: int
    reply_bytes: int
    log_bytes: int
    processes: int


class Reply:
    """A job's way to answer: one frame, then silence."""

    def send(self, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Sends the frame and closes the pipe."""
        write_all(REPLY, memoryview(pack_head(header, len(payload))))
        write_all(REPLY, memoryview(payload))
        os.close(REPLY)


Work = Callable[[Reply], None]


@dataclass(frozen=True)
class Child:
    """A running job, seen from the worker: its process, and where its frame and its output arrive."""

    number: int
    reply: int
    log: int


def start(work: Work, tenant: Tenant, folder: Path, limits: Limits) -> Child:
    """Forks a job that does `work` in `folder` as `tenant`."""
    reply, reply_end = os.pipe()
    log, log_end = os.pipe()
    worker = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    number = os.fork()
    if number == 0:

        def prepare() -> None:
            _connect(reply_end, log_end)
            _confine(tenant, limits, worker)
            _furnish(folder)

        _run(prepare, work)
    os.close(reply_end)
    os.close(log_end)
    os.set_blocking(reply, False)
    os.set_blocking(log, False)
    return Child(number, reply, log)


def _run(prepare: Callable[[], None], work: Work) -> NoReturn:
    try:
        prepare()
        _answer(work)
    except BaseException as error:  # noqa: BLE001 - nothing may return into the worker's loop
        os.write(2, f"The job could not start: {error!r}\n".encode())
        os._exit(70)
    os._exit(0)


def _answer(work: Work) -> None:
    """Does the work, and turns what it raises into the job's frame."""
    reply = Reply()
    try:
        work(reply)
    except Refused as refused:
        reply.send(refused.as_header())
    except MemoryError:
        reply.send({"reply": "out_of_memory"})
    except RecursionError:
        reply.send({"reply": "raised", "message": "It calls itself without end (RecursionError)."})
    except Exception as error:  # noqa: BLE001 - a stranger's code raises what it likes
        if type(error).__name__ == "ResourceExhaustedError":
            reply.send({"reply": "out_of_memory"})
        else:
            reply.send({"reply": "raised", "message": f"{type(error).__name__}: {error}"[:2000]})
    _flush()


def _connect(reply: int, log: int) -> None:
    """Leaves the job its two pipes and nothing of the worker's: no frame of its own reaches the host."""
    os.setsid()
    reply, log = os.dup(reply), os.dup(log)  # Both now stand above 3 whatever they were.
    nothing = os.open(os.devnull, os.O_RDWR)
    kept = [_move_up(descriptor) for descriptor in (nothing, log, log, reply)]
    for wanted, descriptor in enumerate(kept):
        os.dup2(descriptor, wanted)
    os.closerange(REPLY + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    sys.stdin = io.TextIOWrapper(io.FileIO(0, "r", closefd=False))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.FileIO(number, "w", closefd=False), "utf-8", "replace", line_buffering=True, write_through=True
        )
        for number in (1, 2)
    )


def _move_up(descriptor: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16)


def _confine(tenant: Tenant, limits: Limits, worker: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    kernel.limit(
        {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: _OPEN_FILES,
            resource.RLIMIT_FSIZE: max(limits.disk_bytes, limits.reply_bytes),
        }
    )
    _limit_memory(limits.memory_bytes)
    kernel.show_memory()
    kernel.offer_to_memory_killer()
    tenant.enter(limits.processes)
    kernel.show_memory()
    kernel.gain_nothing()
    kernel.die_with_parent(worker)


def _limit_memory(most: int) -> None:
    # A GPU's driver reserves address space far beyond any memory; there the worker's watch is the only limit.
    if kernel.ON_LINUX and not Path("/dev/nvidiactl").exists():
        status = Path("/proc/self/status").read_text()
        used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
        kernel.limit({resource.RLIMIT_DATA: used * 1024 + most + _SLACK})


def _furnish(folder: Path) -> None:
    """The job's directory is its home, and its environment says nothing of anybody else."""
    os.chdir(folder)
    os.umask(0o077)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(
        kept,
        HOME=str(folder),
        TMPDIR=str(folder),
        KERAS_HOME=str(folder / ".keras"),
        MPLCONFIGDIR=str(folder / ".matplotlib"),
        MPLBACKEND="Agg",
        TF_CPP_MIN_LOG_LEVEL="2",
        TF_FORCE_GPU_ALLOW_GROWTH="true",
        PYTHONDONTWRITEBYTECODE="1",
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
