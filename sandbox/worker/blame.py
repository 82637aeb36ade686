"""Whose code failed, told by the traceback: a job's error is the model's, or it is ours.

Keras and TensorFlow call us back (a layer of ours, an initialiser, a reader of vocabularies), so it is not
enough to know in which call an error came up. The innermost frame that is ours or the library's decides.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ..protocol.contract import MOST_FRAMES
from .reply import Refused

_OURS: Final = str(Path(__file__).parents[1]) + "/"
_LIBRARIES: Final = ("keras", "tensorflow")
_MOST_CAUSES: Final = 20


def raised_by_us(error: BaseException) -> bool:
    """Whether our own code raised an error that came out of a call into Keras or TensorFlow.

    Also where the library wrapped it into an error of its own. What numpy, h5py or the standard library raise
    counts for whoever called them. A refusal is our judgement of the model, and no error.
    """
    causes = list(_with_causes(error))
    if any(isinstance(each, Refused) for each in causes):
        return False
    return any(_innermost_is_ours(each.__traceback__) for each in causes)


def show_whole_tracebacks() -> None:
    """Has Keras and TensorFlow keep their own frames in tracebacks: else ours would be the innermost."""
    import keras
    import tensorflow as tf

    keras.config.disable_traceback_filtering()
    tf.debugging.disable_traceback_filtering()


def fault_header(error: BaseException) -> dict[str, Any]:
    """The header of the reply that says that our own code failed.

    It names the error's class, and file and line of each frame of ours. The host shows the message of its own
    model's job only: that of any other may quote a hidden input.
    """
    frames = [
        (file.removeprefix(_OURS), line)
        for file, line in _frames(error.__traceback__)
        if file.startswith(_OURS)
    ]
    return {
        "reply": "fault",
        "error": type(error).__name__,
        "frames": frames[-MOST_FRAMES:],
        "message": str(error)[:500],
    }


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < _MOST_CAUSES:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [cause for cause in (each.__cause__, each.__context__) if cause is not None]


def _innermost_is_ours(trace: TracebackType | None) -> bool:
    libraries = tuple(_folders_of_libraries())
    for file, _ in reversed(list(_frames(trace))):
        if file.startswith(_OURS):
            return True
        if file.startswith(libraries):
            return False
    return False


def _folders_of_libraries() -> Iterator[str]:
    for name in _LIBRARIES:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file:
            yield str(Path(file).parent) + "/"


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
