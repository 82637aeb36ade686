"""One line of the table, and how it is measured."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.progress import track

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """`what` took `seconds`, its yardstick `beside_seconds`; a promise says what the ratio may be.

    Where there is no yardstick, `ratio` is empty and the promise is about the seconds, or about `note`.
    """

    what: str
    beside: str
    seconds: float
    beside_seconds: float | None
    ratio: float | None
    promise: str
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        what = f"{self.what} ({self.note})" if self.note else self.what
        shown = (f"{each:.3g}" if each is not None else "" for each in (self.beside_seconds, self.ratio))
        return (what, self.beside, f"{self.seconds:.3g}", *shown, self.promise)


def compare(
    what: str, beside: str, ours: Callable[[], object], theirs: Callable[[], object], promise: str
) -> Row:
    """Runs both sides in turn, after one warm-up of each."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in track(range(ROUNDS), description=what)]
    return from_pairs(what, beside, pairs, promise)


def from_pairs(what: str, beside: str, pairs: list[tuple[float, float]], promise: str, note: str = "") -> Row:
    """The medians of what was measured in turn: ours and theirs."""
    return Row(
        what,
        beside,
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] / pair[1] for pair in pairs),
        promise,
        note,
    )


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run(
    command: list[str],
    environment: dict[str, str] | None = None,
    given: bytes = b"",
    accept: tuple[int, ...] = (0,),
) -> str:
    """What a program prints; it must end well."""
    done = subprocess.run(command, env=environment, input=given, capture_output=True, check=False)
    if done.returncode not in accept:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise SystemExit(f"{command[:4]} ended with {done.returncode}:\n{said}")
    return done.stdout.decode(errors="replace")
