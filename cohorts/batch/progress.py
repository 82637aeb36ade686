"""How far a batch has come, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...grader.scoring.card import Verdict
from .worker_threads import Fault


@dataclass(frozen=True)
class Progress:
    """How far a batch has come. Everything it counts is kept already."""

    total: int
    done: int = 0
    """Of `total`: graded now, known before, or given up for now."""
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    """Of those graded in this batch. OUR_FAULT counts what has no result for now."""
    seconds: float = 0.0

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
    """Nobody watches."""


@dataclass
class Tally:
    """What a batch came to."""

    graded: int = 0
    """Run in this batch."""
    copied: int = 0
    """The same model was run before, whoever's it was."""
    known: int = 0
    """Had an entry already."""
    changed: int = 0
    """Of the known, those that were graded on other data, under other rules or by another version."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """By place: those that have no result for now, and why."""
    stopped: str = ""
    """Why the batch ended before everything was tried; empty where everything was."""
