"""An exam at home in the terminal and as a page, from the same view model."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from ...exams.result import ExamResult
from ...files.atomic import write_whole
from ...grader.records.exam import ExamSession
from ..page import exam_page_name, page_name, render
from ..page_store import PageStore
from ..terminal import framed, grid, plain
from .view import ExamResultView, category_table, describe_time, exam_rules, left_out

_STYLE = {"passed": "bold green", "partial": "bold yellow"}


def render_result(result: ExamResult, pages: Collection[int] = ()) -> str:
    """The result's page, as HTML. `pages` are the numbers of submissions that have a page beside it."""
    counted = ((each.name, each.counted) for each in result.categories if each.counted is not None)
    links = {name: page_name(number) for name, number in counted if number in pages}
    return render("exam.html", view=ExamResultView(result), links=links)


def write_result(session: ExamSession, result: ExamResult, pages: PageStore) -> Path:
    """Write the page beside those of submissions, and return its path."""
    page = render_result(result, pages.kept())
    return write_whole(pages.folder / exam_page_name(session.number), page)


def show_result(console: Console, result: ExamResult) -> None:
    """The whole result: total, categories, what would have made the difference."""
    view = ExamResultView(result)
    console.print(framed(console, view.heading, _parts(view), _verdict(view), _STYLE[view.tone]))


def show_exam_rules(console: Console, session: ExamSession) -> None:
    """The rules, when the clock starts."""
    rules = [plain(f"* {rule}") for rule in exam_rules(session)]
    title = f"Exam {session.number}: {session.plan.folder}"
    console.print(
        framed(console, title, [*rules, grid(category_table(session))], plain("the clock runs"), "bold")
    )


def show_session(console: Console, session: ExamSession) -> None:
    """The time left, and each category."""
    sentences = (describe_time(session), *left_out(session))
    parts = [*map(plain, sentences), grid(category_table(session))]
    console.print(framed(console, f"Exam {session.number}: {session.plan.folder}", parts, Text(), "none"))


def _parts(view: ExamResultView) -> list[RenderableType]:
    parts: list[RenderableType] = [plain(view.sentence), plain(view.meta)]
    parts += [plain(note) for note in view.notes]
    parts.append(grid(view.table))
    return [*parts, *(plain(f"* {advice}") for advice in view.result.advice)]


def _verdict(view: ExamResultView) -> Text:
    return plain(f"{view.verdict.lower()}, {view.total} of 100", _STYLE[view.tone])
