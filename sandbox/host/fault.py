"""What a job reports when our own code failed in it: an error's class, and where in our code it came up.

The report came out of a process beside a stranger's file, so it may be forged. It is believed only as far as
it names lines that our worker has, and no more of it is kept: no text in it can quote a hidden input.
"""

from __future__ import annotations

import builtins
import linecache
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...errors import FailedAtFile, SandboxUnavailable
from ...files.text import one_line
from ..protocol.contract import MOST_FRAMES, worker_files

logger = logging.getLogger(__name__)

_SANDBOX: Final = Path(__file__).parents[1]
_LONGEST_MESSAGE: Final = 300
"""Characters."""
_TENSORFLOW_ERRORS: Final = re.compile(
    "(Aborted|AlreadyExists|Cancelled|DataLoss|DeadlineExceeded|FailedPrecondition|Internal|InvalidArgument|NotFound"
    "|Op|OutOfRange|PermissionDenied|ResourceExhausted|Unauthenticated|Unavailable|Unimplemented|Unknown)Error"
)
_PYTHON_ERRORS: Final = frozenset(
    name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, Exception)
)


@dataclass(frozen=True)
class JobFault:
    """An error of our own code inside a job."""

    error: str
    """Its class, where that is one of Python's or TensorFlow's; else "an error"."""
    trace: str
    """A line for each frame of ours, outermost first, and the source that stands there."""
    message: str
    """Its text. To be shown only where the job was for a model of ours."""

    @property
    def place(self) -> str:
        """The innermost frame: "worker/load.py, line 120", or "an unknown place"."""
        lines = [line for line in self.trace.splitlines() if line.startswith("worker/")]
        return lines[-1].rstrip(":") if lines else "an unknown place"


def read_fault(header: Mapping[str, Any]) -> JobFault:
    """The fault that a reply reports. What our worker's files do not hold is left out."""
    frames = header.get("frames")
    lines = [_read_frame(frame) for frame in frames[-MOST_FRAMES:]] if isinstance(frames, list) else []
    return JobFault(
        error=known_error(one_line(header.get("error"), 80)),
        trace="\n".join(line for line in lines if line),
        message=one_line(header.get("message"), _LONGEST_MESSAGE),
    )


def failed_at_file(fault: JobFault) -> FailedAtFile:
    """The error of a job for a model that our own code failed at; the traceback goes to the log."""
    log_fault(fault)
    return FailedAtFile(
        f"tfprep could not read this model: its own code failed ({fault.error} in {fault.place}). It reads "
        "other models. There is no score, and no attempt was used: a person has to look at it.",
        'Save the model in another format, for example with model.save("mymodel.keras"), and submit that.',
    )


def failed_before_script(fault: JobFault) -> SandboxUnavailable:
    """The error of a training job whose script had not begun; the traceback goes to the log."""
    log_fault(fault)
    return SandboxUnavailable(
        f"tfprep failed before the script began: {fault.error} in {fault.place}.",
        "Submit again. If this happens again, run `tfprep doctor`.",
    )


def log_fault(fault: JobFault) -> None:
    """Writes an error of our own code inside a job to the log, without its message."""
    logger.error("our own code failed in a job: %s\n%s", fault.error, fault.trace)


def known_error(text: str) -> str:
    """The first known type of error that a text names, or "an error"."""
    for word in re.findall(r"[A-Za-z]+", text):
        if word in _PYTHON_ERRORS or _TENSORFLOW_ERRORS.fullmatch(word):
            return str(word)
    return "an error"


def _read_frame(frame: object) -> str:
    if not isinstance(frame, list) or len(frame) != 2:
        return ""
    file, line = frame
    path = worker_files(_SANDBOX).get(file) if isinstance(file, str) else None
    source = linecache.getline(str(path), line) if path is not None and type(line) is int else ""
    return f"{file}, line {line}:\n    {source.strip()}" if source else ""
