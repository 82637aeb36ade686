"""A cohort in the terminal: how far a batch has come, where everyone stands, what a regrading would move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ...cohorts import Cohort
from ...cohorts.batch.progress import Progress as Reached
from ...cohorts.batch.progress import Tally
from ...cohorts.gradebook.regrade import Change, Stuck
from ...grader import Verdict
from ...grader.records.cohort import Decision, ScoreChange
from ..terminal import VERDICT_STYLE, plain
from .gradebook_table import points_of, tabulate

LINE_SECONDS: Final = 10.0
"""Between two lines where there is no terminal to draw on."""
LISTED: Final = 20
_SAID: Final = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partial",
    Verdict.INVALID: "invalid",
    Verdict.OUR_FAULT: "no result",
}


@contextmanager
def following(
    console: Console, clock: Callable[[], float] = monotonic
) -> Iterator[Callable[[Reached], None]]:
    """Shows how far a batch has come: a bar on a terminal, and a line every so often elsewhere."""
    if not console.is_terminal:
        yield _lines(console, clock)
        return
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, told="")
        yield lambda reached: bar.update(
            task, total=reached.total, completed=reached.done, told=_speed(reached) + _counts(reached)
        )


def show_tally(console: Console, tally: Tally) -> None:
    """What a batch came to, in a few lines."""
    parts = [f"{tally.graded:,} graded"]
    if tally.copied:
        parts.append(f"{tally.copied:,} the same model as another's")
    if tally.known:
        parts.append(f"{tally.known:,} known already")
    if tally.faults:
        parts.append(f"{len(tally.faults):,} without a result for now")
    console.print(", ".join(parts) + ".", highlight=False)
    for found_at, fault in list(tally.faults.items())[:LISTED]:
        console.print(plain(f"  {found_at}: {fault.why}"), style="magenta")
    if tally.changed:
        console.print(
            f"{tally.changed:,} of the known were graded on other data, under other rules or by another "
            "version. `tfprep cohort regrade` shows what that changes.",
            highlight=False,
        )
    if tally.stopped:
        console.print(
            plain(f"Stopped: {tally.stopped} Run the command again to go on."), style="bold magenta"
        )


def show_cohort(console: Console, cohort: Cohort) -> None:
    """The gradebook, and what has no result."""
    book = tabulate(cohort)
    table = Table(box=box.SIMPLE_HEAD, title=plain(cohort.name), title_justify="left", title_style="bold")
    table.add_column("Learner", overflow="fold")
    for heading in book.headings:
        table.add_column(plain(heading.name), justify="right")
    table.add_column("Total", justify="right", style="bold")
    for row in book.rows:
        cells = [Text(" ".join((cell.points, *cell.marks))) for cell in row.cells]
        table.add_row(plain(row.name), *cells, row.total)
    console.print(table)
    _list(console, "Not placed", [f"{each.found_at}: {each.why}" for each in cohort.unmatched])
    _list(
        console,
        "Without a result for now",
        [f"{each.learner}, {each.problem} ({each.found_at}): {each.why}" for each in cohort.pending],
    )


def show_review(console: Console, changes: Sequence[Change | Stuck]) -> None:
    """Who would move and by how much; and what cannot be scored again."""
    moving = [each for each in changes if isinstance(each, Change) and each.moves]
    staying = sum(isinstance(each, Change) and not each.moves for each in changes)
    if moving:
        table = Table(box=box.SIMPLE_HEAD)
        for name in ("Learner", "Problem", "Submission", "Before", "After"):
            table.add_column(name, justify="right" if name in ("Before", "After") else "left")
        for change in moving:
            record, card = change.attempt.record, change.card
            table.add_row(
                plain(change.attempt.entry.learner),
                card.problem,
                str(record.number),
                _score(record.card.score),
                Text(_score(card.score), VERDICT_STYLE[card.verdict]),
            )
        console.print(table)
    console.print(f"{len(moving):,} would move; {staying:,} keep their score.", highlight=False)
    stuck = [each for each in changes if isinstance(each, Stuck)]
    told = [f"{each.attempt.entry.learner}, {each.attempt.entry.problem}: {each.why}" for each in stuck]
    _list(console, "Not from what is kept", told)


def audit_records(decisions: Iterable[Decision], moves: Iterable[ScoreChange]) -> list[dict[str, Any]]:
    """What a mentor did to scores, oldest first, as plain values."""
    by_hand = [
        {
            "when": one.when.isoformat(),
            "by": one.by,
            "learner": one.learner,
            "problem": one.problem,
            "what": "override" if one.override else "override removed",
            "score": one.override.score if one.override else None,
            "reason": one.reason,
        }
        for one in decisions
    ]
    regraded = [
        {
            "when": one.when.isoformat(),
            "by": one.by,
            "learner": one.learner,
            "problem": one.problem,
            "what": "regraded",
            "before": one.before,
            "after": one.after,
            "reason": one.why,
        }
        for one in moves
    ]
    return sorted([*by_hand, *regraded], key=lambda record: str(record["when"]))


def show_audit(console: Console, records: Sequence[Mapping[str, Any]]) -> None:
    """What a mentor did to scores, a line each."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("When", "By", "Learner", "Problem", "What", "Reason"):
        table.add_column(name, overflow="fold")
    for record in records:
        what = f"submission {record['before']} → {record['after']}" if "before" in record else record["what"]
        if record.get("score") is not None:
            what = f"{record['score']:g} of 5 by hand"
        cells = (record["when"][:16].replace("T", " "), record["by"], record["learner"], record["problem"])
        table.add_row(*map(plain, cells), plain(what), plain(record["reason"]))
    console.print(table if table.row_count else "Nobody changed a score.")


def _lines(console: Console, clock: Callable[[], float]) -> Callable[[Reached], None]:
    shown: list[tuple[float, int]] = []

    def show(reached: Reached) -> None:
        last, done = shown[-1] if shown else (-LINE_SECONDS, -1)
        finished = reached.done == reached.total
        if reached.done != done and (finished or clock() - last >= LINE_SECONDS):
            shown[:] = [(clock(), reached.done)]
            told = f"Graded {reached.done:,} of {reached.total:,}{_speed(reached)}{_counts(reached)}"
            console.print(told, highlight=False, soft_wrap=True)

    return show


def _speed(reached: Reached) -> str:
    left = reached.seconds_left
    if left is None:
        return ""
    rate = f"{reached.rate:.1f} a second" if reached.rate >= 1 else f"{60 * reached.rate:.1f} a minute"
    return f"  {rate}, {_duration(left)} left"


def _counts(reached: Reached) -> str:
    counted = [f"{count:,} {_SAID[verdict]}" for verdict, count in sorted(reached.verdicts.items()) if count]
    return f"  ({', '.join(counted)})" if counted else ""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _score(score: int | None) -> str:
    return "invalid" if score is None else points_of(float(score))


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(f"{title}: {len(lines):,}", style="bold", highlight=False)
    for line in lines[:LISTED]:
        console.print(plain(f"  {line}"))
    if len(lines) > LISTED:
        console.print(f"  and {len(lines) - LISTED:,} more", highlight=False)
