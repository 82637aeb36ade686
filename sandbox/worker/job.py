"""One job: a fork of the worker with its own session, directory, limits and pipes.

It replies once and ends. A job that keeps its model loaded waits after its reply for further requests: each
arrives by a socket, together with a pipe for its reply.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from ..protocol.contract import GPU_SHARE, SETTINGS, THREADS, Limits
from ..protocol.frames import pack_head, split_frame
from . import kernel
from .blame import fault_header
from .job_user import JobUser
from .reply import Refused, ReplyPipe, is_out_of_memory

REPLY: Final = 3
"""The descriptor of the pipe that a job's first reply goes to."""
_REQUESTS: Final = 4
"""The descriptor of the socket that further requests arrive by."""
INPUTS: Final = 5
"""The descriptor of the first set of inputs of a job; those of further sets follow."""
_MOST_SETS: Final = 200
"""Sets of inputs in one request: fewer than the descriptors that the kernel passes at once."""
_LONGEST_REQUEST: Final = 2**16
_OPEN_FILES: Final = 4096
_HIGHEST_DESCRIPTOR: Final = 2**16
"""The worker opens few files, so none has a higher number; the system's own limit may be infinite."""
_SLACK: Final = 2 * 2**30
"""Bytes of address space beyond the memory limit, which thread stacks and arenas reserve and never use."""
_PASSED_ON: Final = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    GPU_SHARE,
    THREADS,
    *SETTINGS,
)


class JobFunction(Protocol):
    """What a job does for one request."""

    def __call__(self, reply: ReplyPipe, /) -> PredictAgain | None:
        """Sends the reply. Returns what does further requests; None where the job must end."""


PredictAgain = Callable[[Mapping[str, Any], Sequence[int]], JobFunction]
"""From the header of a `predict_again` frame, and descriptors of its inputs, to the work to be done."""


@dataclass(frozen=True)
class JobProcess:
    """A running job, seen from the worker: its process, and where its reply and its output arrive."""

    pid: int
    reply: int
    """Descriptor that the first reply is read from; it does not block, nor does `log`."""
    log: int
    requests: socket.socket | None
    """Where further requests go; None for a job that ends with its first reply."""


def start(  # noqa: PLR0913 - what a job has
    work: JobFunction,
    user: JobUser,
    folder: Path,
    limits: Limits,
    *,
    inputs: Sequence[int] = (),
    keep_loaded: bool,
) -> JobProcess:
    """Forks a job that does `work` in `folder` as `user`; one to `keep_loaded` waits for further requests.

    It gets these descriptors of inputs, from INPUTS on, and no other of the worker's.
    """
    reply, reply_end = os.pipe()
    log, log_end = os.pipe()
    requests, requests_end = socket.socketpair() if keep_loaded else (None, None)
    worker = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:

        def prepare() -> None:
            if requests is not None:
                requests.close()
            _connect(reply_end, log_end, requests_end, inputs)
            _confine(user, limits, worker)
            _set_environment(folder)

        _run(prepare, work, keep_loaded)
    os.close(reply_end)
    os.close(log_end)
    os.set_blocking(reply, False)
    os.set_blocking(log, False)
    if requests is not None and requests_end is not None:
        requests_end.close()
        requests.setblocking(False)
    return JobProcess(pid, reply, log, requests)


def discard_output(*descriptors: int) -> None:
    """Sends what is written to these descriptors nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor)
    os.close(nothing)


def send_request(
    requests: socket.socket, request: Mapping[str, Any], reply_end: int, inputs: Sequence[int]
) -> None:
    """Sends a job a further request, with the end of a pipe for its reply, and its inputs. Raises OSError."""
    socket.send_fds(requests, [pack_head(request, 0)], [reply_end, *inputs])


def _run(prepare: Callable[[], None], work: JobFunction, keep_loaded: bool) -> NoReturn:
    try:
        if not _prepared(prepare):
            os._exit(0)
        predict_again = _do(work, ReplyPipe(REPLY))
        if keep_loaded and predict_again is not None:
            _serve_requests(predict_again)
    except BaseException:  # noqa: BLE001 - nothing may return into the worker's loop
        os._exit(70)
    os._exit(0)


def _prepared(prepare: Callable[[], None]) -> bool:
    """Prepares this process for the job; where that fails, replies with the fault, which is ours."""
    try:
        prepare()
    except Exception as error:  # noqa: BLE001 - whatever it is, no code of the submission has run
        ReplyPipe(REPLY).send(fault_header(error))
        return False
    return True


def _serve_requests(predict_again: PredictAgain) -> None:
    """Does one request after the other, until the worker closes the socket."""
    with socket.socket(fileno=_REQUESTS) as requests:
        while True:
            data, descriptors, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 1 + _MOST_SETS)
            if not data:
                return
            request, _ = split_frame(data, 0)
            reply, *inputs = descriptors
            _do(predict_again(request, inputs), ReplyPipe(reply))
            for descriptor in inputs:
                os.close(descriptor)


def _do(work: JobFunction, reply: ReplyPipe) -> PredictAgain | None:
    predict_again: PredictAgain | None = None
    try:
        predict_again = work(reply)
    except Refused as refused:
        reply.send(refused.as_header())
    except RecursionError:
        reply.send({"reply": "raised", "message": "It calls itself without end (RecursionError)."})
    except Exception as error:  # noqa: BLE001 - what the submission raises is a Refused by now: this is ours
        reply.send({"reply": "out_of_memory"} if is_out_of_memory(error) else fault_header(error))
    _flush()
    return predict_again


def _connect(reply: int, log: int, requests: socket.socket | None, inputs: Sequence[int]) -> None:
    """Leaves the job its own pipes and inputs alone: none of the worker's descriptors leads to the host."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    asks = nothing if requests is None else requests.detach()
    wanted = [nothing, log, log, reply, asks, *inputs]
    # First they all move up, so that none is where another belongs.
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 2 * _MOST_SETS) for descriptor in wanted]
    for place, descriptor in enumerate(moved):
        os.dup2(descriptor, place)
    os.closerange(len(wanted), _HIGHEST_DESCRIPTOR)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, "r", closefd=False))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.FileIO(number, "w", closefd=False), "utf-8", "replace", line_buffering=True, write_through=True
        )
        for number in (1, 2)
    )


def _confine(user: JobUser, limits: Limits, worker: int) -> None:
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
    kernel.be_killed_first()
    user.drop_privileges(limits.processes)
    kernel.show_memory()
    kernel.forbid_new_privileges()
    kernel.die_with_parent(worker)


def _limit_memory(most: int) -> None:
    # A GPU's driver reserves address space far beyond any memory: there only the worker's watch limits it.
    if kernel.ON_LINUX and not Path("/dev/nvidiactl").exists():
        status = Path("/proc/self/status").read_text()
        used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
        kernel.limit({resource.RLIMIT_DATA: used * 1024 + most + _SLACK})


def keep_settings() -> None:
    """Of the worker's environment variables, a job gets _PASSED_ON alone."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, TF_CPP_MIN_LOG_LEVEL="2", TF_FORCE_GPU_ALLOW_GROWTH="true")


def _set_environment(folder: Path) -> None:
    """The job's directory becomes its home."""
    os.chdir(folder)
    os.umask(0o077)
    keep_settings()
    os.environ.update(
        HOME=str(folder),
        TMPDIR=str(folder),
        KERAS_HOME=str(folder / ".keras"),
        MPLCONFIGDIR=str(folder / ".matplotlib"),
        MPLBACKEND="Agg",
        PYTHONDONTWRITEBYTECODE="1",
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # A script may have put anything there, and None.
            stream.flush()
