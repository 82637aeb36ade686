"""An exam in the terminal and as a page, from the same story."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from ...classroom.signing import Signed
from ...exams.collect import Collected, Collection
from ...exams.result import ExamResult
from ...grader.records.exam import ExamSession
from ..page import render
from ..terminal import plain
from ..wording import Column, Table
from .view import (
    PROVES,
    PROVES_NOT,
    ExamView,
    make_exam_view,
    tell_rules,
    tell_state,
    tell_time,
)

_WIDTH = 88
_STYLE = {"passed": "bold green", "partial": "bold yellow"}


def render_result(result: ExamResult, signed: Signed) -> str:
    """The result's page, as HTML."""
    return render("exam.html", story=make_exam_view(result, signed))


def show_result(console: Console, result: ExamResult, signed: Signed) -> None:
    """The whole result: total, categories, what would have made the difference, whose signature."""
    story = make_exam_view(result, signed)
    console.print(_framed(console, story.heading, _told(story), _verdict(story), _STYLE[story.tone]))


def show_rules(console: Console, sitting: ExamSession) -> None:
    """The rules, said once when the clock starts."""
    rules = [Padding(plain(f"* {rule}"), (0, 0, 0, 0)) for rule in tell_rules(sitting)]
    title = f"Exam {sitting.number}: {sitting.plan.folder}"
    console.print(
        _framed(console, title, [*rules, _grid(tell_state(sitting))], Text("the clock runs"), "bold")
    )


def show_sitting(console: Console, sitting: ExamSession) -> None:
    """How the exam stands: time left, and each category."""
    told = [plain(tell_time(sitting)), _grid(tell_state(sitting))]
    console.print(_framed(console, f"Exam {sitting.number}: {sitting.plan.folder}", told, Text(), "none"))


def show_verified(console: Console, file: Path, signed: Signed, result: ExamResult) -> None:
    """A result whose signature holds: what it says, whose key it was, what that proves and what not."""
    console.print(
        Text.assemble(("Genuine: ", "bold green"), plain(f"{file.name}, signed by {signed.signer}."))
    )
    console.print(plain(f"{PROVES}\n{PROVES_NOT}"))
    show_result(console, result, signed)


def show_not_genuine(console: Console, file: Path, error: Exception) -> None:
    """A file that is not what was signed."""
    console.print(Text.assemble(("Not genuine: ", "bold red"), plain(f"{file.name}. {error}")))


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
    rows = tuple(map(_collected_row, collection.collected))
    show_grid(console, Table("Results", columns, rows))
    for each in collection.collected:
        for remark in each.remarks:
            console.print(Padding(plain(f"! {each.file}: {remark}"), (0, 0)))
    if collection.missing:
        console.print(plain(f"Without a sound result: {', '.join(collection.missing)}"))


def show_grid(console: Console, table: Table) -> None:
    """A table alone."""
    console.print(_grid(table))


def _collected_row(each: Collected) -> tuple[str, ...]:
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


def _told(story: ExamView) -> list[RenderableType]:
    parts: list[RenderableType] = [plain(story.sentence), plain(story.meta).copy()]
    parts += [plain(note) for note in story.notes]
    parts.append(_grid(story.table))
    parts += [plain(f"* {advice}") for advice in story.advice]
    return [*parts, Padding(plain(f"Signed by {dict(story.signature)['signed by']}"), (1, 0, 0, 0))]


def _verdict(story: ExamView) -> Text:
    return Text(f"{story.verdict.lower()}, {story.total} of 100", _STYLE[story.tone])


def _grid(table: Table) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        grid.add_column(column.name, justify="right" if column.number else "left")
    for row in table.rows:
        grid.add_row(*map(plain, row))
    return Padding(grid, (1, 0, 0, 0))


def _framed(
    console: Console, heading: str, parts: list[RenderableType], subtitle: Text, style: str
) -> RenderableType:
    return Panel(
        Group(*parts),
        title=plain(heading),
        subtitle=subtitle,
        border_style=style,
        box=box.ROUNDED,
        padding=(1, 2),
        title_align="left",
        subtitle_align="right",
        width=min(console.width, _WIDTH),
    )
