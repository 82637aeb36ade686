"""The keeper: a process that holds the streams of a resting worker until the next command asks for them.

The command that has launched a worker starts a keeper and gives it the worker at its end (`kept_worker.py`).
From then on the keeper listens on a Unix socket in a folder that is its user's alone. Whoever connects gets
the worker's streams as they are, and gives the worker back or is done with it: while it is in use others are
turned away. The keeper ends the worker where

    - nobody asked for it for a while (`idle`), or it has served for long enough (`life`)
    - the command that used it has ended without giving it back
    - another keeper's socket stands where its own was, or none does (`tfprep sandbox prune`)
    - the worker itself has ended

A worker reads the end of its input when the last holder of its streams is gone, so nothing outlives a killed
keeper. Run as `python -m tfprep.sandbox.host.keeper CONNECTION SOCKET IDLE LIFE`.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from .kept_worker import SEND_SECONDS, DetachedWorker, receive, send

_LOOK_SECONDS: Final = 1.0
"""Between two looks at what else could end the worker."""
_END_SECONDS: Final = 10.0
"""For a worker to remove its own folder and end."""


class Keeper:
    """Keeps one worker, at `address`, for so many seconds."""

    def __init__(self, kept: DetachedWorker, address: Path, idle: float, life: float) -> None:
        self._kept = kept
        self._address = address
        self._idle = idle
        self._user: socket.socket | None = None
        """The command that uses the worker now."""
        self._rests_since = time.monotonic()
        self._ends_at = self._rests_since + life

    def serve(self) -> None:
        """Hands the worker out and takes it back, until it is to end. Raises OSError: there is no socket."""
        with socket.socket(socket.AF_UNIX) as listening:
            own = self._listen(listening)
            while self._user is not None or self._may_rest(own):
                waiting = [listening, *([self._user] if self._user else [])]
                ready, _, _ = select.select(waiting, [], [], min(_LOOK_SECONDS, self._idle))
                if self._user in ready and not self._take_back():
                    break
                if listening in ready:
                    self._hand_out(listening.accept()[0])
            if _identity(self._address) == own:
                self._address.unlink(missing_ok=True)

    def _listen(self, listening: socket.socket) -> tuple[int, int] | None:
        """Takes the place of any socket that is there; returns the identity of its own."""
        arriving = self._address.with_suffix(f".{os.getpid()}")
        listening.bind(str(arriving))
        listening.listen(8)
        arriving.replace(self._address)
        return _identity(self._address)

    def _may_rest(self, own: tuple[int, int] | None) -> bool:
        now = time.monotonic()
        return (
            now - self._rests_since < self._idle
            and now < self._ends_at
            and _identity(self._address) == own
            and not self._worker_said_something()
        )

    def _worker_said_something(self) -> bool:
        """A resting worker has nothing to say: it has ended, or is broken."""
        output = self._kept.files[self._kept.state["output"]]
        return bool(select.select([output], [], [], 0)[0])

    def _hand_out(self, connection: socket.socket) -> None:
        if self._user is not None:
            connection.close()
            return
        try:
            send(connection, self._kept)
            self._user = connection
        except OSError:
            connection.close()

    def _take_back(self) -> bool:
        """Whether the worker was given back."""
        user, self._user = self._user, None
        if user is None:
            return False
        with user:
            try:
                returned = receive(user, SEND_SECONDS)
            except OSError:
                returned = None
        if returned is None:
            return False
        self._kept.state = returned.state
        returned.close()
        self._rests_since = time.monotonic()
        return True


def end_worker(state: Mapping[str, Any]) -> None:
    """Ends a worker whose streams are closed, and what is left of it."""
    if "container" in state:
        from .engine import connect, remove_container

        with connect() as client:
            remove_container(client, state["container"])
    else:
        from .local import end_process

        end_process(state["process"], state["born"], Path(state["folder"]), _END_SECONDS)


def main(arguments: Sequence[str]) -> None:
    """Waits for a worker on an inherited connection, and keeps it."""
    descriptor, address, idle, life = arguments
    os.umask(0o077)
    with socket.socket(fileno=int(descriptor)) as giver:
        kept = receive(giver, None)
    if kept is None:
        return
    try:
        Keeper(kept, Path(address), float(idle), float(life)).serve()
    finally:
        kept.close()
        end_worker(kept.state)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


if __name__ == "__main__":
    main(sys.argv[1:])
