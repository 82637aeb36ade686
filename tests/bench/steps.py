"""Where the time of one submission in a batch goes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tfprep.grader.scoring.card import Record, Timings

STEPS = {
    "transfer": "the job before goes; then the model to the worker, and the inputs once",
    "fork": "a process, a directory and a user id of its own; and the copies among the inputs",
    "load": "inspecting and loading the file",
    "predict": "10,000 examples",
    "score": "metric, interval and findings, outside the sandbox",
}


def tell_steps(console: Console, records: Sequence[Record], per_submission: float) -> None:
    """Prints the median seconds of each step. Workers run side by side, so their sum is more than a share."""
    table = Table("step", "seconds", "is")
    medians = {
        step: statistics.median(seconds_of(step, record.card.timings) for record in records) for step in STEPS
    }
    for step, what in STEPS.items():
        table.add_row(step, f"{medians[step]:.4f}", what)
    table.add_row("sum", f"{sum(medians.values()):.4f}", "one submission in one worker")
    table.add_row(
        "share", f"{per_submission:.4f}", "of the batch, workers' start and everything else included"
    )
    console.print(table)


def seconds_of(step: str, timings: Timings) -> float:
    """Of a card."""
    if step == "fork":
        return (
            timings.total - timings.start - timings.transfer - timings.load - timings.predict - timings.score
        )
    seconds: float = getattr(timings, step)
    return seconds
