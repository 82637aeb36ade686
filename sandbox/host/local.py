"""The worker as a plain subprocess: for a learner's own work, on a machine without Docker.

Every job is still a fork with its own session, directory and limits on time, memory and disk, and predictions
are still the only thing that comes back. But the job runs as the user, so this cannot stop it from

    - reading any file of that user, the hidden labels and the ledger among them
    - writing and deleting any file of that user
    - using the network
    - sending signals to the user's other processes, the worker among them (the job then ends as our fault)
    - leaving a process behind by killing the worker first, or files outside its own directory
    - on macOS, leaving a process behind whose parent has ended: no process there can adopt orphans
    - filling memory or the process table faster than the worker looks: every twentieth of a second, and every
      quarter while the job waits for further inputs

So it is never used for other people's work (`select_sandbox.py`).
"""

from __future__ import annotations

import contextlib
import os
import select
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import psutil

from ...errors import LostByScript, SandboxUnavailable, WorkerLost
from ..protocol.contract import FOR_SCRIPT, SETTINGS, Limits
from ..protocol.removal import remove_tree
from .sandbox import Outcome, TrainJob
from .worker_client import WorkerClient
from .worker_sandbox import WorkerSandbox

_START_SECONDS: Final = 120.0
"""Until a worker must have loaded TensorFlow, on a slow disk and a busy machine."""
_WORKER: Final = Path(__file__).parents[1] / "worker"
_INHERITED: Final = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", *SETTINGS)
_FOR_MACOS: Final = {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
"""Without it, macOS ends a fork of a process that has begun to use one of Apple's libraries, and each job is
a fork of a worker that has loaded numpy and TensorFlow. CPython's manual calls fork unsafe there for it."""
_KEPT_OUTPUT: Final = 4096


class LocalSandbox(WorkerSandbox):
    """Runs jobs on this machine, as this user."""

    @property
    def name(self) -> str:
        """ "local"."""
        return "local"

    def launch(self, limits: Limits, *, for_script: bool = False) -> WorkerClient:
        """A worker in a subprocess. Raises SandboxUnavailable."""
        client = WorkerClient(SubprocessTransport(*([FOR_SCRIPT] if for_script else [])))
        try:
            client.await_ready(_START_SECONDS)
        except BaseException:
            client.close()
            raise
        return client

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script in a new worker. Raises LostByScript where that is lost: it has the same rights."""
        try:
            return super().train(job)
        except WorkerLost as lost:
            raise LostByScript(
                f"{lost.what} The training script ran as the same user, and may have ended it.", lost.remedy
            ) from lost


class SubprocessTransport:
    """A worker's process, started with these options; its two pipes, and the folder for its jobs."""

    def __init__(self, *options: str) -> None:
        try:
            # Without links, as a job sees it: on macOS the temporary folder is reached through one.
            self._root = Path(tempfile.mkdtemp(prefix="tfprep-")).resolve()
            self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
            self._process = _start(self._root, self._errors, options)
        except OSError as error:
            raise SandboxUnavailable(
                f"No worker could be started: {error}", "Free some disk space or memory, and submit again."
            ) from error
        self._input, self._output = (
            _without_blocking(pipe) for pipe in (self._process.stdin, self._process.stdout)
        )

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends everything."""
        deadline = time.monotonic() + seconds
        while data:
            _, ready, _ = select.select([], [self._input], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._input, data[: 2**20]) :]

    def receive(self, size: int, seconds: float) -> bytes:
        """Some bytes, or none at the end."""
        ready, _, _ = select.select([self._output], [], [], seconds)
        if not ready:
            raise TimeoutError
        return os.read(self._output, size)

    def close(self) -> None:
        """Kills the worker and all that descends from it, and removes their folder."""
        if self._process.poll() is None:
            _kill_descendants(self._process.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        remove_tree(self._root)

    def error_output(self) -> str:
        """The end of what the worker itself printed."""
        if self._errors.closed:
            return ""
        end = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, end - _KEPT_OUTPUT))
        return self._errors.read(_KEPT_OUTPUT).decode(errors="replace")


def _kill_descendants(process: int) -> None:
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()


def _start(root: Path, errors: IO[bytes], options: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-B", str(_WORKER), "--folder", str(root), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=root,
        env=_environment(),
        bufsize=0,
        # A session of its own: Ctrl-C reaches the host only, which then ends the worker.
        start_new_session=True,
    )


def _without_blocking(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise SandboxUnavailable("A worker was started without its pipes.")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _environment() -> dict[str, str]:
    """What a worker needs to find Python's packages and a GPU, and none of the user's secrets."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    system = _FOR_MACOS if sys.platform == "darwin" else {}
    return inherited | system | {"PYTHONUSERBASE": site.getuserbase(), "PYTHONUNBUFFERED": "1"}
