"""The last of what a job prints."""

from __future__ import annotations

from collections.abc import Callable

Forward = Callable[[memoryview], None]


def ignore(chunk: memoryview) -> None:
    """Nobody hears it."""


class Tail:
    """The last bytes printed that are not forwarded yet, in one place that is wiped after use."""

    def __init__(self, capacity: int) -> None:
        self._data = bytearray(max(1, capacity))
        self._used = 0

    def feed(self, chunk: memoryview) -> None:
        """Takes what was printed; where it is too much, the oldest is dropped."""
        chunk = chunk[-len(self._data) :]
        overflow = max(0, self._used + len(chunk) - len(self._data))
        self._data[: self._used - overflow] = self._data[overflow : self._used]
        self._used -= overflow
        self._data[self._used : self._used + len(chunk)] = chunk
        self._used += len(chunk)

    def drain(self, forward: Forward) -> None:
        """Hands over what is there, and forgets it."""
        if self._used:
            forward(memoryview(self._data)[: self._used])
        self._data[:] = bytes(len(self._data))
        self._used = 0
