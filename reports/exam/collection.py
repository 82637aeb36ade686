"""What was collected of a cohort's exam, for the terminal and for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding

from ...exams.collect import Collected, Collection
from ..terminal import plain
from ..view import Column, Table
from .render import show_grid


def show_collection(console: Console, collection: Collection) -> None:
    """A line for each result, then what speaks against some, then who is missing."""
    columns = (
        Column("Learner"),
        Column("Total", number=True),
        Column("Result"),
        Column("Given back", number=True),
        Column("Signed by"),
        Column("File"),
    )
    rows = tuple(map(_row, collection.collected))
    show_grid(console, Table("Results", columns, rows))
    for each in collection.collected:
        for remark in each.remarks:
            console.print(Padding(plain(f"! {each.file}: {remark}"), (0, 0)))
    if collection.missing:
        console.print(plain(f"Without a sound result: {', '.join(collection.missing)}"))


def collection_record(collection: Collection) -> dict[str, Any]:
    """For programs."""
    return {
        "results": [
            {
                "file": each.file,
                "learner": each.learner,
                "signer": each.signer,
                "exam": each.exam,
                "remarks": list(each.remarks),
                "result": None if each.result is None else each.result.to_values(),
            }
            for each in collection.collected
        ],
        "missing": list(collection.missing),
    }


def _row(each: Collected) -> tuple[str, ...]:
    if each.result is None:
        return ("?", "-", "not genuine", "-", "-", each.file)
    back = sum(returned.seconds for returned in each.result.returned)
    verdict = "passed" if each.result.passed else "not passed"
    return (
        each.learner,
        f"{each.result.total:g}",
        f"{verdict}, see below" if each.remarks else verdict,
        f"{back:.0f} s" if back else "-",
        each.signer,
        each.file,
    )
