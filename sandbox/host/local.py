"""The worker as a plain subprocess: for a learner's own work, on a machine without Docker.

Every job is still a fork with its own session, directory and limits on time, memory and disk, and predictions
are still the only thing that comes back. But the job runs as the user, so this cannot stop it from

    - reading any file of that user, the hidden labels and the ledger among them
    - writing and deleting any file of that user
    - using the network
    - sending signals to the user's other processes, the worker among them (the job then ends as our fault)
    - leaving a process behind by killing the worker first, or files outside its own directory
    - on macOS, leaving a process behind whose parent has ended: no process there can reattach orphans
    - filling memory or the process table faster than the worker looks: every twentieth of a second, and every
      quarter while the job waits for further inputs

So it is never used for other people's work (`select_sandbox.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import psutil

from ...errors import LostByScript, SandboxUnavailable, WorkerLost
from ..protocol.contract import FOR_SCRIPT, SETTINGS, Limits, worker_digest
from ..protocol.removal import remove_tree
from .sandbox import Outcome, TrainJob
from .worker_client import WorkerClient
from .worker_sandbox import WorkerSandbox

if TYPE_CHECKING:
    from .kept_worker import DetachedWorker

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

    def key(self) -> str:
        """What decides how a worker here runs: its code, Python and its packages, its environment."""
        packages = Path(np.__file__).parents[1].stat().st_mtime_ns  # changes with every installation
        code = [sys.executable, worker_digest(_WORKER.parent), packages]
        return json.dumps([self.name, *code, sorted(_environment().items())])

    def reattach(self, detached: DetachedWorker) -> ReattachedTransport:
        """The streams of a worker that was kept."""
        return ReattachedTransport(detached)

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script in a new worker. Raises LostByScript where that is lost: it has the same rights."""
        try:
            return super().train(job)
        except WorkerLost as lost:
            raise LostByScript(
                f"{lost.what} The training script ran as the same user, and may have ended it.", lost.remedy
            ) from lost


class _Pipes:
    """The two pipes of a worker, and the file that it prints to."""

    _input: int
    _output: int
    _errors: IO[bytes]

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

    def error_output(self) -> str:
        """The end of what the worker itself printed."""
        if self._errors.closed:
            return ""
        end = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, end - _KEPT_OUTPUT))
        return self._errors.read(_KEPT_OUTPUT).decode(errors="replace")


class SubprocessTransport(_Pipes):
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

    def close(self) -> None:
        """Kills the worker and all that descends from it, and removes their folder."""
        if self._process.poll() is None:
            _kill_descendants(self._process.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process.wait()
        self._close_streams()
        remove_tree(self._root)

    def detach(self) -> DetachedWorker:
        """The worker for whoever keeps it: copies of its streams, and where it is."""
        from .kept_worker import DetachedWorker, start_time

        streams = (self._input, self._output, self._errors.fileno())
        born = start_time(self._process.pid)
        state = {"output": 1, "process": self._process.pid, "born": born, "folder": str(self._root)}
        return DetachedWorker(state, [os.dup(each) for each in streams])

    def release(self) -> None:
        """Closes the streams here: somebody else has the worker now."""
        self._process.returncode = 0  # Nobody waits for it.
        self._close_streams()

    def _close_streams(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class ReattachedTransport(_Pipes):
    """A worker that another command has started: its pipes, its process and its folder."""

    def __init__(self, detached: DetachedWorker) -> None:
        self._state = detached.state
        self._input, self._output, errors = detached.files
        self._errors = os.fdopen(errors, "r+b", buffering=0)

    def close(self) -> None:
        """Kills the worker and all that descends from it, and removes its folder."""
        self.release()
        state = self._state
        end_process(state["process"], state["born"], Path(state["folder"]), 0.0)

    def detach(self) -> DetachedWorker:
        """The worker for its keeper, which has its streams."""
        from .kept_worker import DetachedWorker

        return DetachedWorker(dict(self._state))

    def release(self) -> None:
        """Closes the streams here."""
        if not self._errors.closed:
            for pipe in (self._input, self._output):
                os.close(pipe)
            self._errors.close()


def end_process(process: int, born: str, folder: Path, grace: float) -> None:
    """Ends the worker that began at `born` and all that descends from it, and removes its folder.

    Args:
        grace: seconds for the worker to end by itself.
    """
    from .kept_worker import start_time

    with contextlib.suppress(psutil.Error):
        worker = psutil.Process(process)
        if start_time(process) == born:
            with contextlib.suppress(psutil.TimeoutExpired):
                worker.wait(grace)
            if worker.is_running():
                _kill_descendants(process)
                worker.kill()
                worker.wait(grace or None)
    remove_tree(folder)


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
