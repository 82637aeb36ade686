"""Standard output and error as every command writes to them: in any encoding, and to whatever end.

a character that the encoding lacks    written as others would spell it: <= for ≤, else a question mark
a reader that has gone (`| head`)      the rest is dropped, and the command does all that it is to do
a disk that is full                    the same, and `lost_output` tells why
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import Final, TextIO

_ERRORS: Final = "tfprep-spelled"
_SPELLED: Final = {
    **{"≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "\u2212": "-", "\u00d7": "x", "·": "-", "•": "*", "²": "2"},
    **{"…": "...", "\u2013": "-", "\u2014": "-", "→": "->", "←": "<-", "°": " deg", "✓": "+", "✗": "x"},
    **{"\u2018": "'", "\u2019": "'", "“": '"', "”": '"', "\u00a0": " "},
}


class _Descriptor(io.FileIO):
    """An open file that takes all that is written, whether its reader does or not."""

    lost: OSError | None = None

    def write(self, data: io.ReadableBuffer, /) -> int:  # type: ignore[name-defined]
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            self.lost = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(memoryview(data).cast("B"))


def open_output() -> None:
    """Put standard output and error into this form; whatever they are under a test stays as it is."""
    codecs.register_error(_ERRORS, _spell)
    sys.stdout = _opened(sys.stdout, sys.__stdout__)
    sys.stderr = _opened(sys.stderr, sys.__stderr__)


def lost_output() -> str:
    """Why standard output was not written, after it was flushed; empty where it was, or nobody reads it."""
    descriptor = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(descriptor, _Descriptor):
        return ""
    sys.stdout.flush()
    lost = descriptor.lost
    return "" if lost is None or lost.errno == errno.EPIPE else lost.strerror or str(lost)


def takes_any_text() -> bool:
    """Whether standard output can write every character."""
    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")


def _opened(stream: TextIO, original: TextIO | None) -> TextIO:
    if stream is None or stream is not original:  # closed by whoever started us, or a test's
        return stream
    try:
        descriptor = _Descriptor(stream.fileno(), "w", closefd=False)
    except (OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(descriptor),
        encoding=stream.encoding,
        errors=_ERRORS,
        line_buffering=bool(stream.line_buffering),
    )


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    spelled = (_SPELLED.get(c, "?") for c in error.object[error.start : error.end])
    return "".join(spelled), error.end
