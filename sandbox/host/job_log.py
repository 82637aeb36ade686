"""What a job prints, made safe to show: no terminal escapes, no control characters, no more than its tail."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable
from typing import Final

_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-_])"
)
_LONGEST_LINE: Final = 2_000
_REPLACEMENT: Final = "�"


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
        if len(self._open) > 4 * _LONGEST_LINE:
            # A line without an end: its last part is all that a terminal would show.
            self._open = self._open[-_LONGEST_LINE:]

    def close(self) -> str:
        """The tail of everything, its last line finished or not."""
        self._open += self._decode(b"", True)
        if self._open:
            self._add(self._open)
            self._open = ""
        return "\n".join(self._lines)

    def _add(self, line: str) -> None:
        shown = clean(line)
        self._lines.append(shown)
        self._kept += len(shown.encode()) + 1
        while self._lines and self._kept > self._most:
            self._kept -= len(self._lines.popleft().encode()) + 1
        self._watch(shown)


def clean(line: str, longest: int = _LONGEST_LINE) -> str:
    """One line as a person may see it: without control characters, or what a progress bar overwrote."""
    shown = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    # A backspace takes back the sign before it, as Keras 2's progress bars use it.
    shown = shown.replace("\x08", "")
    shown = _ESCAPE.sub("", shown).replace("\t", "    ")
    shown = "".join(sign if sign.isprintable() else "" if ord(sign) < 32 else _REPLACEMENT for sign in shown)
    shown = shown.encode("utf-8", "replace").decode()
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def clean_text(text: object, longest: int) -> str:
    """A stranger's text as one line of at most `longest` signs; anything but text becomes empty."""
    return clean(" ".join(text[: 4 * longest].split()), longest) if isinstance(text, str) else ""
