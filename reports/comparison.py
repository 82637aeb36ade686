"""Two attempts in the terminal: better or not, then what differs between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..files.text import counted
from ..grader import Record
from ..grader.comparison import ComparedAttempt, Comparison, Difference
from ..grader.records import Curve
from .measures import best_of
from .terminal import framed, grid, plain, verbatim
from .view import earned, heading_of
from .wording import Table, columns, interval_of, minute, number

_STYLES: Final = {
    Difference.BETTER: "bold green",
    Difference.WORSE: "bold red",
    **dict.fromkeys((Difference.SAME, Difference.NOT_BETTER), "bold yellow"),
}
_LINES: Final = {"+": "green", "-": "red", "@": "dim"}
_MOST_LINES: Final = 200
"""Of a starter's changes."""


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Whether the second attempt is better, and how they differ."""
    style = _STYLES.get(comparison.outcome, "bold")
    parts: list[RenderableType] = [plain(headline(comparison), style)]
    if comparison.why:
        parts.append(plain(comparison.why))
    parts.append(grid(facts_table(comparison)))
    for title, lines in (("Layers", comparison.layers), ("Starter", comparison.source)):
        if lines:
            parts.append(Padding(_changes(title, lines), (1, 0, 0, 0)))
    one, other = comparison.before.record, comparison.after.record
    heading = f"{heading_of(one)} and {other.number}"
    console.print(framed(console, heading, parts, plain(comparison.outcome.value, style), style))


def headline(comparison: Comparison) -> str:
    """For example "Submission 5 is better than submission 3, by more than chance."."""
    before, after = comparison.before.record.number, comparison.after.record.number
    match comparison.outcome:
        case Difference.BETTER | Difference.WORSE:
            return f"Submission {after} is {comparison.outcome.value} than {before}, by more than chance."
        case Difference.SAME:
            return f"Submission {after} is not measurably better or worse than {before}."
        case Difference.NOT_BETTER:
            return f"Submission {after} is not measurably better than {before}."
        case Difference.UNKNOWN:
            return f"Submissions {before} and {after} cannot be compared by their figures."


def facts_table(comparison: Comparison) -> Table:
    """What differs between the two, a row each; score and metric always."""
    pair = (comparison.before, comparison.after)
    rows = [
        ("score", *(earned(each.record)[0] for each in pair)),
        ("metric", *(earned(each.record)[1] for each in pair)),
        ("95% interval", *(_interval(each.record) for each in pair)),
        ("when, UTC", *(minute(each.record.when) for each in pair)),
        ("note", *(each.notes.note or "-" for each in pair)),
        *((name.replace("_", " "), one or "-", other or "-") for name, one, other in comparison.settings),
        *_curves(*pair),
    ]
    numbers = [str(each.record.number) for each in pair]
    shown = [row for row in rows if row[1] != row[2] or row[0] in {"score", "metric"}]
    return Table("What differs", columns("submission", *numbers), tuple((str(a), b, c) for a, b, c in shown))


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """The same for programs."""
    return {
        "before": comparison.before.record.number,
        "after": comparison.after.record.number,
        "outcome": comparison.outcome.value,
        "why": comparison.why,
        "facts": {name: [one, other] for name, one, other in facts_table(comparison).rows},
        "layers": list(comparison.layers),
        "source": list(comparison.source),
    }


def _interval(record: Record) -> str:
    return interval_of(record.card) if record.figures_of is None else "-"


def _curves(before: ComparedAttempt, after: ComparedAttempt) -> Iterator[tuple[str, str, str]]:
    """The best number of each curve that both have, and its epoch."""
    found = [
        {curve.name: curve for curve in each.curves.curves} if each.curves else {} for each in (before, after)
    ]
    for name in found[0]:
        if name in found[1]:
            yield name, _best(found[0][name]), _best(found[1][name])


def _best(curve: Curve) -> str:
    best = best_of(curve)
    if best is None:
        return "-"
    return f"{number(best[1])} in epoch {best[0]} of {len(curve.values)}"


def _changes(title: str, lines: Sequence[str]) -> Text:
    text = plain(title, "bold")
    for line in lines[:_MOST_LINES]:
        text.append("\n").append(verbatim(line).plain, _LINES.get(line[:1], ""))
    if len(lines) > _MOST_LINES:
        text.append("\n").append(plain(f"and {counted(len(lines) - _MOST_LINES, 'more line')}", "dim"))
    return text
