"""A remote engine for tests: a TCP port that leads to the engine's own socket, and that can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

SOCKET = "/var/run/docker.sock"


class Forwarder:
    """Listens on 127.0.0.1:`port`; every connection leads to the engine."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        self._whole = True
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept)

    def cut(self) -> None:
        """Breaks every connection, and each new one until `mend`."""
        self._whole = False
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Lets new connections through again."""
        self._whole = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        for end in self._open:
            end.close()

    def _accept(self) -> None:
        pumps: list[threading.Thread] = []
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                break
            if not self._whole:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(SOCKET)
            self._open += [near, far]
            pumps += [threading.Thread(target=pump, args=pair) for pair in ((near, far), (far, near))]
            for thread in pumps[-2:]:
                thread.start()
        for thread in pumps:
            thread.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Copies until the source ends, then ends the sink's input: the other direction may go on."""
    with contextlib.suppress(OSError):
        while data := source.recv(2**16):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
