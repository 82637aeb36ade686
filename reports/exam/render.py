"""An exam in the terminal and as a page, from the same view model."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from ...classroom.signing import Signed
from ...exams.collect import Collected, Collection
from ...exams.result import ExamResult
from ...files.atomic import write_whole
from ...grader.records.exam import ExamSession
from ..page import render
from ..terminal import framed, grid, plain
from ..wording import Table, columns
from .view import PROVES, PROVES_NOT, ExamView, category_table, describe_time, exam_rules

_STYLE = {"passed": "bold green", "partial": "bold yellow"}


def render_result(result: ExamResult, signed: Signed) -> str:
    """The result's page, as HTML."""
    return render("exam.html", view=ExamView(result, signed))


def write_result(session: ExamSession, result: ExamResult, signed: Signed, folder: Path) -> tuple[Path, Path]:
    """Write the page and the signed file, and return their paths."""
    page = write_whole(folder / f"exam-{session.number}.html", render_result(result, signed))
    return page, write_whole(folder / f"exam-{session.number}.json", session.result)


def show_result(console: Console, result: ExamResult, signed: Signed) -> None:
    """The whole result: total, categories, what would have made the difference, whose signature."""
    view = ExamView(result, signed)
    console.print(framed(console, view.heading, _parts(view), _verdict(view), _STYLE[view.tone]))


def show_rules(console: Console, session: ExamSession) -> None:
    """The rules, when the clock starts."""
    rules = [plain(f"* {rule}") for rule in exam_rules(session)]
    title = f"Exam {session.number}: {session.plan.folder}"
    console.print(
        framed(console, title, [*rules, grid(category_table(session))], Text("the clock runs"), "bold")
    )


def show_session(console: Console, session: ExamSession) -> None:
    """The time left, and each category."""
    parts = [plain(describe_time(session)), grid(category_table(session))]
    console.print(framed(console, f"Exam {session.number}: {session.plan.folder}", parts, Text(), "none"))


def show_verified(console: Console, file: Path, signed: Signed, result: ExamResult) -> None:
    """A result whose signature holds: its content, whose key it was, what that proves and what not."""
    console.print(
        Text.assemble(("Genuine: ", "bold green"), plain(f"{file.name}, signed by {signed.signer}."))
    )
    console.print(plain(f"{PROVES}\n{PROVES_NOT}"))
    show_result(console, result, signed)


def show_not_genuine(console: Console, file: Path, error: Exception) -> None:
    """A file that is not what was signed."""
    console.print(Text.assemble(("Not genuine: ", "bold red"), plain(f"{file.name}. {error}")))


def show_collection(console: Console, collection: Collection) -> None:
    """One row for each result, then what speaks against it, then who is missing."""
    names = ("Learner", "Total", "Result", "Given back", "Signed by", "File")
    rows = tuple(map(_collected_row, collection.collected))
    console.print(grid(Table("Results", columns(*names, numbers=("Total", "Given back")), rows)))
    for each in collection.collected:
        if each.copies:
            console.print(plain(f"{each.file} lies in {', '.join(each.copies)} too: it is one result."))
        for remark in each.remarks:
            console.print(plain(f"! {each.file}: {remark}"))
    if collection.missing:
        console.print(plain(f"Without a valid result: {', '.join(collection.missing)}"))


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


def _parts(view: ExamView) -> list[RenderableType]:
    parts: list[RenderableType] = [plain(view.sentence), plain(view.meta)]
    parts += [plain(note) for note in view.notes]
    parts.append(grid(view.table))
    parts += [plain(f"* {advice}") for advice in view.result.advice]
    return [*parts, Padding(plain(f"Signed by {dict(view.signature)['signed by']}"), (1, 0, 0, 0))]


def _verdict(view: ExamView) -> Text:
    return Text(f"{view.verdict.lower()}, {view.total} of 100", _STYLE[view.tone])
