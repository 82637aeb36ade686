"""The worker's pipe to the host.

A job is a fork of the worker, so it can read whatever the worker's memory holds. Models, predictions and
output of other jobs therefore pass through one buffer only, which is wiped after use.
"""

from __future__ import annotations

import hashlib
import os
import select
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..protocol.frames import pack_head, read_head

CHUNK: Final = 2**20
MOST_PAYLOAD: Final = 2**34


class HostGone(Exception):
    """The host has closed its end of the pipe: the worker ends."""


class HostPipe:
    """Both directions of the pipe, on descriptors that nothing printed can reach."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self._buffer = bytearray(CHUNK)

    def host_is_gone(self) -> bool:
        """Whether the host has closed its end. Reads nothing."""
        # Linux always reports it; macOS to those who ask for it.
        return self._poll(select.POLLHUP)

    def has_input(self) -> bool:
        """Whether the host has sent something, or closed its end. Reads nothing."""
        return self._poll(select.POLLIN)

    def receive_head(self) -> tuple[dict[str, Any], int]:
        """The next frame's header, and the length of the payload behind it. Raises HostGone, BadFrame."""
        return read_head(self._receive, MOST_PAYLOAD)

    def receive_into(self, file: int, length: int) -> str:
        """Writes `length` payload bytes to an open file; returns their sha256 in hex."""
        digest = hashlib.sha256()

        def write(chunk: memoryview) -> None:
            digest.update(chunk)
            write_all(file, chunk)

        self._copy(self.incoming, length, write)
        return digest.hexdigest()

    def drop(self, length: int) -> None:
        """Reads and drops a payload."""
        self._copy(self.incoming, length, lambda chunk: None)

    def send(self, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Sends a frame from memory."""
        send_frame(self.outgoing, header, payload)

    def send_file(self, header: Mapping[str, Any], file: int, length: int) -> None:
        """Sends a frame whose payload is the first `length` bytes of an open file."""
        write_all(self.outgoing, memoryview(pack_head(header, length)))
        os.lseek(file, 0, os.SEEK_SET)
        self._copy(file, length, lambda chunk: write_all(self.outgoing, chunk))

    def _poll(self, events: int) -> bool:
        poll = select.poll()
        poll.register(self.incoming, events)
        return bool(poll.poll(0))

    def _receive(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            chunk = os.read(self.incoming, count - len(data))
            if not chunk:
                raise HostGone
            data += chunk
        return bytes(data)

    def _copy(self, source: int, length: int, write: Callable[[memoryview], None]) -> None:
        view = memoryview(self._buffer)
        left = length
        try:
            while left:
                count = os.readv(source, [view[: min(left, CHUNK)]])
                if not count:
                    raise HostGone
                write(view[:count])
                left -= count
        finally:
            view[:] = bytes(CHUNK)


def send_frame(file: int, header: Mapping[str, Any], payload: bytes | memoryview) -> None:
    """Writes a frame. Raises HostGone."""
    write_all(file, memoryview(pack_head(header, len(payload))))
    write_all(file, memoryview(payload))


def write_all(file: int, data: memoryview) -> None:
    """Writes all of `data`, in as many calls as it takes. Raises HostGone."""
    try:
        while data:
            data = data[os.write(file, data) :]
    except BrokenPipeError as error:
        raise HostGone from error
