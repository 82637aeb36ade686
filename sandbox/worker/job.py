"""One job: a fork of the worker with its own session, directory, limits and pipes.

It replies once and ends. A job that may stay waits after its reply to be asked again: each further request
comes by a socket, with a pipe of its own for the reply.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from ..protocol.contract import GPU_SHARE, THREADS, Limits
from ..protocol.frames import pack_head, split_frame
from . import kernel
from .job_user import JobUser
from .pipe import write_all
from .refused import Refused

REPLY: Final = 3
"""The descriptor that a job's first frame goes to."""
_REQUESTS: Final = 4
"""The socket that further requests come by, where a job may stay."""
_MOST_REQUEST: Final = 2**16
_OPEN_FILES: Final = 4096
_SLACK: Final = 2 * 2**30
"""Address space beyond the memory limit that thread stacks and arenas reserve and never touch."""
_KEPT: Final = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    GPU_SHARE,
    THREADS,
)


class Reply:
    """A way to answer a request: one frame, then silence."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Sends the frame and closes the pipe."""
        write_all(self._descriptor, memoryview(pack_head(header, len(payload))))
        write_all(self._descriptor, memoryview(payload))
        os.close(self._descriptor)


class Work(Protocol):
    """What a job does."""

    def __call__(self, reply: Reply, /) -> Further | None:
        """Sends the reply. Returns what further requests are answered by, if there may be any."""


Further = Callable[[Mapping[str, Any]], Work]
"""The work that a further request wants done."""


@dataclass(frozen=True)
class Child:
    """A running job, seen from the worker: its process, and where its frame and its output arrive."""

    number: int
    reply: int
    log: int
    requests: socket.socket | None
    """Where further requests go; None for a job that must end with its first reply."""


def start(work: Work, tenant: JobUser, folder: Path, limits: Limits, *, may_stay: bool) -> Child:
    """Forks a job that does `work` in `folder` as `tenant`."""
    reply, reply_end = os.pipe()
    log, log_end = os.pipe()
    requests, requests_end = socket.socketpair() if may_stay else (None, None)
    worker = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    number = os.fork()
    if number == 0:

        def prepare() -> None:
            if requests is not None:
                requests.close()
            _connect(reply_end, log_end, requests_end)
            _confine(tenant, limits, worker)
            _furnish(folder)

        _run(prepare, work, may_stay)
    os.close(reply_end)
    os.close(log_end)
    os.set_blocking(reply, False)
    os.set_blocking(log, False)
    if requests is not None and requests_end is not None:
        requests_end.close()
        requests.setblocking(False)
    return Child(number, reply, log, requests)


def send_request(requests: socket.socket, request: Mapping[str, Any], reply_end: int) -> None:
    """Asks a job that stayed, and hands it the end of a pipe to reply by. Raises OSError."""
    socket.send_fds(requests, [pack_head(request, 0)], [reply_end])


def _run(prepare: Callable[[], None], work: Work, may_stay: bool) -> NoReturn:
    try:
        prepare()
        further = _answer(work, Reply(REPLY))
        if may_stay and further is not None:
            _stay(further)
    except BaseException as error:  # noqa: BLE001 - nothing may return into the worker's loop
        os.write(2, f"The job could not start: {error!r}\n".encode())
        os._exit(70)
    os._exit(0)


def _stay(further: Further) -> None:
    """Answers one request after the other, until the worker hangs up."""
    with socket.socket(fileno=_REQUESTS) as requests:
        while True:
            data, descriptors, _, _ = socket.recv_fds(requests, _MOST_REQUEST, 1)
            if not data:
                return
            request, _ = split_frame(data, 0)
            _answer(further(request), Reply(descriptors[0]))


def _answer(work: Work, reply: Reply) -> Further | None:
    """Does the work, and turns what it raises into the job's frame."""
    further: Further | None = None
    try:
        further = work(reply)
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
    return further


def _connect(reply: int, log: int, requests: socket.socket | None) -> None:
    """Leaves the job its pipes and nothing of the worker's: no frame of its own reaches the host."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    wanted = [nothing, log, log, reply] + ([] if requests is None else [requests.detach()])
    # First all of them out of the way of where they shall be.
    for place, descriptor in enumerate([_move_up(descriptor) for descriptor in wanted]):
        os.dup2(descriptor, place)
    os.closerange(len(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
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


def _confine(tenant: JobUser, limits: Limits, worker: int) -> None:
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
