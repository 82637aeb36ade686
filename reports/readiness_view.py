"""How ready somebody is for the exam, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rich.console import Console

from ..exams.result import TO_PASS, in_words
from .exam.render import show_grid
from .readiness import CategoryReadiness, Readiness
from .terminal import plain
from .view import Column, Table


def show_readiness(console: Console, readiness: Readiness) -> None:
    """A line for each category, what keeps coming back, the chance of passing, and what to do next."""
    show_grid(console, tell_categories(readiness))
    for line in (*_tell_findings(readiness), *_tell_chance(readiness), *_tell_next(readiness)):
        console.print(plain(line))


def tell_categories(readiness: Readiness) -> Table:
    """Each category's weight, scores, trend and time, in words."""
    columns = (
        Column("category", whole=True),
        Column("points", number=True),
        Column("attempts", number=True),
        Column("best", number=True),
        Column("typical", number=True),
        Column("trend"),
        Column("takes", number=True),
        Column("expected", number=True),
    )
    return Table("Categories", columns, tuple(_row(category) for category in readiness.categories))


def _row(category: CategoryReadiness) -> tuple[str, ...]:
    return (
        category.name,
        str(category.weight),
        str(category.attempts),
        "-" if category.best is None else str(category.best),
        "-" if category.typical is None else f"{category.typical:g}",
        category.trend or "-",
        "-" if category.seconds is None else in_words(timedelta(seconds=round(category.seconds))),
        "-" if category.expected is None else f"{category.expected:.1f}",
    )


def _tell_findings(readiness: Readiness) -> Iterator[str]:
    for category in readiness.categories:
        for what, count in category.recurring:
            yield f"{category.name}, {count} times: {what}"


def _tell_chance(readiness: Readiness) -> Iterator[str]:
    if readiness.chance is None or readiness.low is None or readiness.high is None:
        yield readiness.too_little
        return
    yield (
        f"Chance of {TO_PASS} points today: {_shown(readiness.chance)}; "
        f"from {_shown(readiness.low)} to {_shown(readiness.high)} with what is known so far."
    )


def _tell_next(readiness: Readiness) -> Iterator[str]:
    if readiness.next_hour:
        yield f"Worth the next hour: {' and '.join(readiness.next_hour)}."


def _shown(chance: float) -> str:
    """In hundredths, and never surer than a few attempts can make it."""
    return "under 1%" if chance < 0.01 else "over 99%" if chance > 0.99 else f"{chance:.0%}"
