"""The worker as a plain subprocess: for a learner's own work, on a machine without Docker.

Every job is still a fork with its own session, directory and limits on time, memory and disk, and predictions
are still the only thing that comes back. What this cannot stop, because the job runs as the user's own:

    - reading any file of that user, the hidden answers and the ledger among them
    - writing and deleting any file of that user
    - using the network
    - signalling the user's other processes, the worker among them (the job then ends as our fault)
    - leaving a process behind by killing the worker first, or files outside its own directory
    - filling memory or the process table faster than the worker looks, every twentieth of a second

So it is never used for other people's work (`choice.py`).
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import site
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Final

import psutil

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .worker_client import WorkerClient
from .worker_sandbox import WorkerSandbox

_START: Final = 120.0
"""Seconds a worker may take to load TensorFlow, on a slow disk and a busy machine."""
_WORKER: Final = Path(__file__).parents[1] / "worker"
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT")
_WORDS: Final = 4096


class LocalSandbox(WorkerSandbox):
    """Runs jobs on this machine, as this user."""

    @property
    def name(self) -> str:
        """ "local"."""
        return "local"

    def launch(self, limits: Limits) -> WorkerClient:
        """A worker in a subprocess. Raises SandboxUnavailable."""
        link = WorkerClient(SubprocessTransport())
        try:
            link.await_ready(_START)
        except BaseException:
            link.close()
            raise
        return link


class SubprocessTransport:
    """A worker's process, its two pipes, and the folder its jobs live in."""

    def __init__(self) -> None:
        try:
            self._root = Path(tempfile.mkdtemp(prefix="tfprep-"))
            self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
            self._process = _start(self._root, self._errors)
        except OSError as error:
            raise SandboxUnavailable(
                f"No worker could be started: {error}", "Free some disk space or memory, and submit again."
            ) from error
        self._to, self._from = (_unblocked(pipe) for pipe in (self._process.stdin, self._process.stdout))

    @property
    def number(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends everything."""
        deadline = time.monotonic() + seconds
        while data:
            _, ready, _ = select.select([], [self._to], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._to, data[: 2**20]) :]

    def receive(self, size: int, seconds: float) -> bytes:
        """Some bytes, or none at the end."""
        ready, _, _ = select.select([self._from], [], [], seconds)
        if not ready:
            raise TimeoutError
        return os.read(self._from, size)

    def close(self) -> None:
        """Kills the worker and all that descends from it, and removes their folder."""
        if self._process.poll() is None:
            with contextlib.suppress(psutil.Error):
                for process in psutil.Process(self._process.pid).children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        process.kill()
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if not self._errors.closed:
            self._errors.close()
        shutil.rmtree(self._root, ignore_errors=True)

    def last_words(self) -> str:
        """The end of what the worker printed itself."""
        if self._errors.closed:
            return ""
        end = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, end - _WORDS))
        return self._errors.read(_WORDS).decode(errors="replace")


def _start(root: Path, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-B", str(_WORKER), "--folder", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=root,
        env=_environment(),
        bufsize=0,
        # A session of its own: Ctrl-C reaches the host only, which then ends the worker.
        start_new_session=True,
    )


def _unblocked(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise SandboxUnavailable("A worker was started without its pipes.")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _environment() -> dict[str, str]:
    """What a worker needs to find Python's packages and a GPU, and none of the user's secrets."""
    kept: dict[str, Any] = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONUSERBASE": site.getuserbase(), "PYTHONUNBUFFERED": "1"}
