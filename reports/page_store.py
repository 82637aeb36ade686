"""The folder where pages are kept: one for each submission, and an index of every problem and attempt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..files.atomic import write_whole
from ..grader import Record
from ..grader.services import ReportData
from ..problems import Category, Problem, all_problems, usual_problems
from .page import NEXT, exam_page_name, link_to_next, page_name, render, render_page
from .view import earned, problem_named, tone_of
from .wording import minute

MOST_AT_ONCE: Final = 25
"""How many missing pages are written with an index, the newest first."""
AT_ONCE: Final = 25
"""How many attempts at a problem are shown open; older ones are folded, a hundred at a time."""
_FOLD: Final = 100


@dataclass(frozen=True)
class PageStore:
    """A folder of pages."""

    folder: Path

    def put(self, record: Record, report_data: ReportData) -> Path:
        """Writes the page of one submission, and leads to it from the page of the attempt before."""
        pages = self.kept() | {record.number}
        page = write_whole(self.folder / page_name(record.number), render_page(record, report_data, pages))
        before = [
            each.number
            for each in report_data.attempts
            if each.number < record.number and each.number in pages
        ]
        if before:
            self._lead_on(self.folder / page_name(before[-1]), record.number)
        return page

    def put_index(self, records: Sequence[Record]) -> Path:
        """Writes the index of all `records` (oldest first), with the pages that there are."""
        return write_whole(self.folder / "index.html", render_index(records, self.kept(), self.exams()))

    def _lead_on(self, page: Path, number: int) -> None:
        text = page.read_text("utf-8")
        if NEXT in text and f'"{page_name(number)}">next' not in text:
            write_whole(page, text.replace(NEXT, link_to_next(number), 1))

    def put_all(self, records: Sequence[Record], gather: Callable[[Record], ReportData]) -> Path:
        """Writes the index of all `records` (oldest first), and the newest pages that are missing."""
        kept = self.kept()
        missing = [record for record in records if record.number not in kept and _whole(record)]
        for record in missing[-MOST_AT_ONCE:]:
            self.put(record, gather(record))
        return self.put_index(records)

    def kept(self) -> frozenset[int]:
        """The numbers of the submissions that have a page."""
        names = (path.stem for path in self.folder.glob("*.html"))
        return frozenset(int(name) for name in names if name.isascii() and name.isdigit())

    def exams(self) -> tuple[int, ...]:
        """The numbers of the exams that have a page, in order."""
        found = (path.stem.removeprefix("exam-") for path in self.folder.glob("exam-*.html"))
        return tuple(sorted(int(number) for number in found if number.isascii() and number.isdigit()))


@dataclass(frozen=True)
class IndexRow:
    """One attempt."""

    number: int
    page: str
    """Where its page stands, beside the index; empty where none was written."""
    when: str
    learner: str
    score: str
    metric: str
    tone: str
    verdict: str


@dataclass(frozen=True)
class FoldedRows:
    """Attempts that are folded away together."""

    title: str
    rows: tuple[IndexRow, ...]


@dataclass(frozen=True)
class ProblemHistory:
    """One problem: how far one came, and its attempts, newest first."""

    id: str
    category: str
    """"A regression"; empty for a problem that this version does not know."""
    title: str
    task: str
    attempts: int
    best: int | None
    """None where nothing could be scored, or nothing was tried."""
    tone: str
    state: str
    """In words: "Passed", "Not yet", "Not tried yet"."""
    last: str
    rows: tuple[IndexRow, ...]
    older: tuple[FoldedRows, ...]


def render_index(records: Sequence[Record], pages: Collection[int], exams: Sequence[int] = ()) -> str:
    """The index page.

    Args:
        records: the submissions, oldest first.
        pages: the numbers of those that have a page.
        exams: the numbers of the exams that have one.
    """
    by_problem: dict[str, list[Record]] = {problem.id: [] for problem in usual_problems()}
    for record in records:
        by_problem.setdefault(record.card.problem, []).append(record)
    chapters = sorted(
        (_chapter(problem, tried, pages) for problem, tried in by_problem.items()),
        key=lambda chapter: chapter.category or "~",
    )
    learners = {record.learner for record in records}
    return render(
        "index.html",
        chapters=chapters,
        attempts=len(records),
        passed=len({chapter.category for chapter in chapters if chapter.tone == "passed"} - {""}),
        categories=len(Category),
        others=_others(by_problem),
        learners=sorted(learners),
        exams=[(number, exam_page_name(number)) for number in exams],
    )


def _others(shown: Collection[str]) -> list[tuple[str, list[Problem]]]:
    """By category, the problems that are not among those shown."""
    left = [problem for problem in all_problems() if problem.id not in shown]
    by_category = ((each, [one for one in left if one.category is each]) for each in Category)
    return [(_name(each), problems) for each, problems in by_category if problems]


def _name(category: Category) -> str:
    return f"{category.value} {category.meaning}"


def _chapter(problem: str, tried: Sequence[Record], pages: Collection[int]) -> ProblemHistory:
    scores = [record.score for record in tried if record.score is not None]
    best = max(scores, default=None)
    passed = any(record.passed for record in tried)
    rows = tuple(_row(record, pages) for record in reversed(tried))
    known = problem_named(problem)
    return ProblemHistory(
        id=problem,
        category=_name(known.category) if known else "",
        title=known.title if known else problem,
        task=known.task if known else "",
        attempts=len(tried),
        best=best,
        tone="passed" if passed else "partial" if tried else "none",
        state="Passed" if passed else "Not yet" if tried else "Not tried yet",
        last=minute(tried[-1].when)[:10] if tried else "",
        rows=rows[:AT_ONCE],
        older=_folds(rows[AT_ONCE:]),
    )


def _folds(rows: Sequence[IndexRow]) -> tuple[FoldedRows, ...]:
    parts = (tuple(rows[start : start + _FOLD]) for start in range(0, len(rows), _FOLD))
    return tuple(FoldedRows(f"No. {part[-1].number} to {part[0].number}", part) for part in parts)


def _row(record: Record, pages: Collection[int]) -> IndexRow:
    score, metric, verdict = earned(record)
    return IndexRow(
        number=record.number,
        page=f"{record.number}.html" if record.number in pages else "",
        when=minute(record.when),
        learner=record.learner,
        score=score,
        metric=metric,
        tone=tone_of(record),
        verdict=verdict,
    )


def _whole(record: Record) -> bool:
    """Whether the card is complete. While an exam runs it is not, and a page would stay as it was written."""
    return record.card.score is None or record.card.value is not None
