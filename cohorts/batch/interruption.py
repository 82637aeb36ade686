"""Being asked to stop: heard at once, acted upon between two commits."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def listening() -> Iterator[threading.Event]:
    """Within, the first Ctrl-C (or SIGTERM) only sets the event; a second one interrupts as usual.

    An interruption in the midst of a commit would leave the ledger locked until the process ends. Only the
    main thread can listen: elsewhere the event is never set.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
