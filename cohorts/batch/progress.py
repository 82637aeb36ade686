"""How far a batch has come, what came of it, and how a person stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from ...grader.parallel.worker_threads import Fault
from ...grader.scoring.card import Verdict


@dataclass(frozen=True)
class Progress:
    """How far a batch has come. Everything that it counts is in the ledger already."""

    total: int
    done: int = 0
    """Of `total`: graded now, graded before, or without a result for now."""
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    """Of those graded in this batch. OUR_FAULT counts those without a result for now."""
    seconds: float = 0.0
    cohort: str = ""
    """The name of the cohort that is graded."""

    @property
    def rate(self) -> float:
        """Submissions a second, so far."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; None where nothing has finished yet."""
        return (self.total - self.done) / self.rate if self.rate else None


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """Does nothing."""


@dataclass
class BatchCounts:
    """What came of a batch."""

    graded: int = 0
    """Run in this batch."""
    copied: int = 0
    """The same model was run before, for this or another learner."""
    known: int = 0
    """Graded before."""
    changed: int = 0
    """Of the known: graded on other data, under other rules or by another version."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """By path: submissions without a result for now, and why."""
    stopped: str = ""
    """Why the batch ended before everything was tried; empty where everything was."""


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """Within, the first Ctrl-C (or SIGTERM) only sets the event; a second one interrupts as usual.

    So a commit is never interrupted, which would leave the ledger locked until the process ends. Only the
    main thread receives signals: in other threads the event is never set.
    """
    requested = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield requested
        return

    def request(number: int, frame: FrameType | None) -> None:
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
