"""What a job sends back: one frame, or why the submission was refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..protocol.contract import DESCRIBED, OWN_CODE_BEGINS
from ..protocol.frames import pack_frame
from .pipe import send_frame, write_all


class Refused(Exception):
    """The submission is not graded. Its author reads the message, unless the job had read inputs before."""

    def __init__(self, code: str, message: str = "", expected: str = "", found: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found

    def as_header(self) -> dict[str, Any]:
        """The header of the frame that says so."""
        return {
            "reply": "refused",
            "code": self.code,
            "message": self.message[:2000],
            "expected": self.expected[:500],
            "found": self.found[:500],
        }


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python or TensorFlow ran out of memory. Out of room for files, TensorFlow raises the same."""
    ran_out = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
    return ran_out and not is_out_of_room(error)


def is_out_of_room(error: BaseException) -> bool:
    """Whether a file could not be written because there was no room for it."""
    return os.strerror(errno.ENOSPC) in str(error)


class ReplyPipe:
    """The pipe for the reply to one request: its last frame closes it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def own_code_begins(self) -> None:
        """Says that the submission's own code runs from now on: what follows may be forged."""
        write_all(self._descriptor, memoryview(OWN_CODE_BEGINS))

    def describe(self, facts: Mapping[str, Any], row_counts: Sequence[int]) -> None:
        """Says what is known of the model, before any input is read.

        Args:
            facts: ModelFacts, as a dictionary.
            row_counts: how many ids each of its Embedding layers declares.
        """
        header = {"reply": DESCRIBED, "facts": facts, "row_counts": list(row_counts)}
        write_all(self._descriptor, memoryview(pack_frame(header)))

    def send(self, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Sends the frame and closes the pipe."""
        send_frame(self._descriptor, header, payload)
        os.close(self._descriptor)
