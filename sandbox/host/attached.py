"""A container's standard streams over the engine's attach socket, taken apart again.

The engine puts eight bytes before each piece: which stream it is, three zeros, and its length. So it comes
over any connection to the engine, near or far, without a file or a port shared with the container.
"""

from __future__ import annotations

import struct
import time
from typing import Final, Protocol

PREFIX: Final = struct.Struct(">BxxxI")
STDOUT: Final = 1
MOST_AT_ONCE: Final = 2**20
KEPT_ERRORS: Final = 16 * 2**10


class Connection(Protocol):
    """What a socket, a TLS socket and an SSH channel have in common."""

    def recv(self, size: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...

    def settimeout(self, seconds: float | None, /) -> None: ...


class AttachedStream:
    """The worker's standard input and output, and the tail of its standard error."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stream = 0
        self._left = 0
        self._errors = b""

    @property
    def errors(self) -> str:
        """The last words the worker wrote to its standard error."""
        return self._errors.decode(errors="replace")

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends all of it. Raises OSError; TimeoutError where it was not taken in time."""
        deadline = time.monotonic() + seconds
        while data:
            self._connection.settimeout(_left_until(deadline))
            self._connection.sendall(bytes(data[:MOST_AT_ONCE]))
            data = data[MOST_AT_ONCE:]

    def receive(self, size: int, seconds: float) -> bytes:
        """From 1 to `size` bytes of standard output; none at its end. Raises OSError (TimeoutError)."""
        deadline = time.monotonic() + seconds
        while self._left or self._open_piece(deadline):
            if not self._left:
                continue
            data = self._read(min(size if self._stream == STDOUT else MOST_AT_ONCE, self._left), deadline)
            if not data:
                break
            self._left -= len(data)
            if self._stream == STDOUT:
                return data
            self._errors = (self._errors + data)[-KEPT_ERRORS:]
        return b""

    def _open_piece(self, deadline: float) -> bool:
        prefix = b""
        while len(prefix) < PREFIX.size:
            data = self._read(PREFIX.size - len(prefix), deadline)
            if not data:
                return False
            prefix += data
        self._stream, self._left = PREFIX.unpack(prefix)
        return True

    def _read(self, size: int, deadline: float) -> bytes:
        self._connection.settimeout(_left_until(deadline))
        return self._connection.recv(size)


def _left_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The worker said nothing in time.")
    return left
