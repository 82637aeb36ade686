"""What a job prints, made safe to show: no terminal escapes, no control characters, no more than its tail."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable

from ...files.text import LINE_LIMIT, terminal_line


class Log:
    """Takes bytes as they were printed; hands each finished line to `watch`, and keeps the last ones."""

    def __init__(self, most_bytes: int, watch: Callable[[str], None] = lambda line: None) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._watch = watch
        self._most = most_bytes
        self._lines: deque[str] = deque()
        self._kept = 0
        self._open = ""

    def feed(self, printed: bytes) -> None:
        """Takes some more output."""
        text = self._open + self._decode(printed).replace("\r\n", "\n")
        *lines, self._open = text.split("\n")
        for line in lines:
            self._add(line)
        if len(self._open) > 4 * LINE_LIMIT:
            # A line without an end: its last part is all that a terminal would show.
            self._open = self._open[-LINE_LIMIT:]

    def close(self) -> str:
        """The tail of everything, its last line finished or not."""
        self._open += self._decode(b"", True)
        if self._open:
            self._add(self._open)
            self._open = ""
        return "\n".join(self._lines)

    def _add(self, line: str) -> None:
        shown = terminal_line(line)
        self._lines.append(shown)
        self._kept += len(shown.encode()) + 1
        while self._lines and self._kept > self._most:
            self._kept -= len(self._lines.popleft().encode()) + 1
        self._watch(shown)
