"""A worker that outlives its command: the next command's first job finds TensorFlow loaded.

    kept_workers.take(key)          the worker that rests, if it is of this kind
    kept_workers.give(worker, …)    leaves a worker for the next command

Isolation is as without it. A worker rests only after the last job's process has ended and every input is
removed (`rest` in `worker/worker.py`); it serves the same person's next job as it would serve a second one
in one command, in a fork with its own folder and, in Docker, its own user. One whose kind (`key`) differs in
anything that decides where and how a job runs is not taken, and no silence is waited for: whatever does not
answer at once is left alone, and a new worker is launched. `keeper.py` holds the worker meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

logger = logging.getLogger(__name__)

LIFE_SECONDS: Final = 3600.0
"""After which a worker is not handed out again, however often it is asked for."""
_ANSWER_SECONDS: Final = 0.5
_SOCKET: Final = "worker.sock"
_LONGEST: Final = 2**16
_MOST_FILES: Final = 4
SEND_SECONDS: Final = 1.0


@dataclass
class DetachedWorker:
    """A worker on its way between two processes: what is told of it, and its open streams."""

    state: dict[str, Any]
    files: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Closes this process's copies of the streams."""
        while self.files:
            with contextlib.suppress(OSError):
                os.close(self.files.pop())


def send(connection: socket.socket, detached: DetachedWorker, seconds: float = SEND_SECONDS) -> None:
    """Sends a detached worker; its streams stay open here too. Raises OSError (TimeoutError)."""
    connection.settimeout(seconds)
    data = json.dumps(detached.state).encode() + b"\n"
    sent = socket.send_fds(connection, [data], detached.files)
    if sent < len(data):  # Whoever has everything may be gone.
        connection.sendall(data[sent:])


def receive(connection: socket.socket, seconds: float | None) -> DetachedWorker | None:
    """The next detached worker; None at the end, and for what is none. Raises OSError (TimeoutError)."""
    connection.settimeout(seconds)
    data, detached = b"", DetachedWorker({})
    while not data.endswith(b"\n") and len(data) < _LONGEST:
        part, files, _, _ = socket.recv_fds(connection, _LONGEST, _MOST_FILES)
        detached.files += files
        if not part:
            break
        data += part
    try:
        detached.state = dict(json.loads(data))
    except (ValueError, TypeError):
        detached.close()
        return None
    return detached


def start_time(process: int) -> str:
    """When a process began, in clock ticks since boot; empty where the system does not count them."""
    if not psutil.LINUX:
        return ""
    try:
        # Relative to the boot: seconds of the epoch move when somebody sets the clock.
        boot = psutil.boot_time()
        return str(round((psutil.Process(process).create_time() - boot) * os.sysconf("SC_CLK_TCK")))
    except (psutil.Error, OSError, RuntimeError):
        return ""


@dataclass
class KeptWorker:
    """A kept worker in use: what was told of it, its streams, and the keeper that waits for it."""

    detached: DetachedWorker
    keeper: socket.socket

    @property
    def state(self) -> dict[str, Any]:
        """What was told of it."""
        return self.detached.state

    def drop(self) -> None:
        """Lets the keeper end the worker."""
        self.detached.close()
        self.keeper.close()


class KeptWorkers:
    """Where one command finds the worker of another.

    Args:
        folder: for the socket; made for its owner alone.
        idle: seconds after which a worker that nobody asked for ends.
    """

    def __init__(self, folder: Path, idle: float) -> None:
        self._folder = folder
        self._idle = idle
        self._started: tuple[int, socket.socket] | None = None

    @property
    def address(self) -> Path:
        """The socket."""
        return self._folder / _SOCKET

    def take(self, key: str) -> KeptWorker | None:
        """The worker that rests, where there is one of this kind."""
        with _logged("take the kept worker"):
            if not self.address.exists() or not self._is_ours():
                return None
            taken = self._connect()
            if taken is not None and taken.state.get("key") == key:
                return taken
            if taken is not None:
                taken.drop()
        return None

    def start(self) -> int:
        """Starts the keeper for a worker that is to be launched; its process id. Raises OSError."""
        if self._started is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ours, theirs = socket.socketpair()
            with theirs:
                self._started = _start_keeper(theirs, self.address, self._idle), ours
        return self._started[0]

    def give(self, detached: DetachedWorker, taken: KeptWorker | None) -> bool:
        """Leaves a worker that rests for the next command; whether that was possible.

        Args:
            taken: as it was taken, where it was kept before.
        """
        try:
            if taken is None:
                self.start()
            if not self._is_ours():
                return False
            if taken is not None:
                connection, detached = taken.keeper, DetachedWorker(detached.state)
            elif self._started is not None:
                (_, connection), self._started = self._started, None
            with connection:
                send(connection, detached)
            return True
        except OSError as error:
            logger.info("The worker could not be kept: %s", error)
            return False

    def close(self) -> None:
        """Lets a keeper go that was started and given nothing."""
        if self._started is not None:
            self._started[1].close()
            self._started = None

    def look(self) -> dict[str, Any] | None:
        """What is told of the worker that rests; None where there is none, or it is in use."""
        with _logged("look at the kept worker"):
            if self.address.exists() and self._is_ours() and (taken := self._connect()):
                self.give(DetachedWorker(taken.state), taken)
                taken.detached.close()
                return taken.state
        return None

    def end(self) -> bool:
        """Ends the worker that rests; one in use ends with the command that uses it. Whether one rested."""
        with _logged("end the kept worker"):
            taken = self._connect() if self.address.exists() and self._is_ours() else None
            # Where it does not answer, its keeper sees that its socket is gone.
            self.address.unlink(missing_ok=True)
            if taken is not None:
                taken.drop()
                return True
        return False

    def _connect(self) -> KeptWorker | None:
        keeper = socket.socket(socket.AF_UNIX)
        try:
            keeper.settimeout(_ANSWER_SECONDS)
            keeper.connect(str(self.address))
            detached = receive(keeper, _ANSWER_SECONDS)
        except OSError:
            keeper.close()
            return None
        if detached is None:
            keeper.close()
            return None
        return KeptWorker(detached, keeper)

    def _is_ours(self) -> bool:
        """Whether nobody else can have put a socket into the folder."""
        found = self._folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _start_keeper(connection: socket.socket, address: Path, idle: float) -> int:
    options = [str(connection.fileno()), str(address), str(idle), str(LIFE_SECONDS)]
    packages = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        [sys.executable, "-B", "-P", "-m", f"{__package__}.keeper", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, packages))},
        pass_fds=[connection.fileno()],
        # It outlives its command and the terminal.
        start_new_session=True,
    )
    process.returncode = 0  # Nobody waits for it.
    return process.pid


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """A context whose errors are logged: without a kept worker everything takes longer, and is the same."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        logger.info("Could not %s: %s", what, error)
