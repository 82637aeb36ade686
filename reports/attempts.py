"""A learner's attempts, one row each: what tells them apart, which one is best, in any width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..grader import Record, ScoreCard
from ..languages import shown
from .terminal import plain, style_of, table_of, verbatim
from .view import earned, problem_named
from .wording import minute

BEST: Final = "*"
"""Stands before the number of the best attempt at a problem."""
_GAP: Final = 3
_EDGES: Final = 2
_LEAST_NOTE: Final = 12
"""Characters: a note is broken into lines before a column is left out."""
_LEFT_OUT: Final = ("Model", "File", "Settings", "Learner", "Verdict", "When, UTC", "Note")
"""Columns that a narrow terminal does without, the first of them first."""


def show_history(console: Console, records: Sequence[Record], notes: Mapping[int, str] | None = None) -> None:
    """One row for each attempt, oldest first; the best at each problem is marked."""
    if not records:
        console.print(plain("No submission yet. `tfprep start 1` makes a first workspace."))
        return
    best = best_attempts(records)
    rows = [_row(record, (notes or {}).get(record.number, ""), best) for record in records]
    names = _that_fit(rows, _that_differ(records, rows), console.width)
    table = table_of(*names)
    for name, column in zip(names, table.columns, strict=True):
        # Where even these are too wide, a cell is broken into lines: a number is never cut.
        column.overflow = "fold"
        column.no_wrap = name not in {"Note", "Settings", "File"} and _needed(rows, names) <= console.width
        column.justify = "right" if name in {"No.", "Metric"} else "left"
    for row in rows:
        table.add_row(*(row[name] for name in names))
    console.print(table)
    if best:
        best_line = plain("the best. `tfprep diff N M` compares two; `tfprep report N` shows one.")
        console.print(Text(f"{BEST} ").append_text(best_line))


def best_attempts(records: Sequence[Record]) -> frozenset[int]:
    """The number of each learner's best attempt at each problem, and half of it: the earliest of equals."""
    best: dict[tuple[str, str, str], tuple[int, float, int]] = {}
    for record in records:
        card = record.card
        if record.score is not None:
            rank = record.score, _goodness(card), -record.number
            key = record.learner, card.problem, card.half
            best[key] = max(rank, best.get(key, rank))
    return frozenset(-number for _, _, number in best.values())


def settings_of(card: ScoreCard) -> str:
    """How the model was compiled, as its file says: "Adam 0.001, mse"; empty where it does not say."""
    optimizer = " ".join(filter(None, (card.model.get("optimizer"), card.model.get("learning_rate"))))
    return ", ".join(filter(None, (optimizer, card.model.get("loss"))))


def _goodness(card: ScoreCard) -> float:
    """The metric, turned so that more is better."""
    if card.value is None:
        return float("-inf")
    problem = problem_named(card.problem)
    return card.value if problem is None or problem.metric.higher_is_better else -card.value


def _row(record: Record, note: str, best: frozenset[int]) -> dict[str, Text]:
    card = record.card
    score, metric, verdict = earned(record)
    mark = BEST if record.number in best else ""
    return {
        "No.": Text(f"{mark}{record.number}", "bold" if mark else ""),
        "When, UTC": Text(minute(record.when)),
        "Learner": verbatim(record.learner),
        "Problem": Text(card.problem),
        "Score": plain(score),
        "Metric": plain(metric),
        "Verdict": plain(verdict, style_of(record)),
        "Settings": verbatim(settings_of(card)),
        "File": verbatim(record.name),
        "Model": Text(record.digest[:8]),
        "Note": verbatim(note),
    }


def _that_differ(records: Sequence[Record], rows: Sequence[Mapping[str, Text]]) -> list[str]:
    """The columns that say something: without a learner where there is one, or notes where there are none."""
    one_learner = len({record.learner for record in records}) == 1
    return [
        name
        for name in rows[0]
        if not (name == "Learner" and one_learner) and any(row[name].plain for row in rows)
    ]


def _needed(rows: Sequence[Mapping[str, Text]], names: Sequence[str]) -> int:
    """The columns of a terminal that these of the table take."""
    widths = [max(cell_len(shown(name)), *(cell_len(row[name].plain) for row in rows)) for name in names]
    capped = (
        min(size, _LEAST_NOTE) if name == "Note" else size for name, size in zip(names, widths, strict=True)
    )
    return sum(capped) + _GAP * (len(names) - 1) + _EDGES


def _that_fit(rows: Sequence[Mapping[str, Text]], names: list[str], width: int) -> list[str]:
    one_problem = len({row["Problem"].plain for row in rows}) == 1
    for name in (*(("Problem",) if one_problem else ()), *_LEFT_OUT):
        if _needed(rows, names) <= width:
            break
        names = [each for each in names if each != name]
    return names
