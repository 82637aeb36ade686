"""A cohort's pages: the gradebook with what it shows, and a page for each learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.gradebook.item_analysis import analyse
from ...cohorts.integrity.similarity import Pair
from ...grader import Record
from ..page import render, write_page
from ..view import SubmissionView, make_view
from ..wording import moment
from .gradebook_table import Gradebook, Heading, Row, points_of, tabulate
from .sections import sections_of
from .summary import first_to_help, itemise, summarise

PAGE: Final = "cohort.html"


@dataclass(frozen=True)
class Attempt:
    """One line of a learner's attempts."""

    number: int
    when: str
    name: str
    score: str
    counts: bool


@dataclass(frozen=True)
class Part:
    """One problem on a learner's page."""

    heading: Heading
    story: SubmissionView | None
    notes: tuple[str, ...]
    """What makes the points differ from the grader's score."""
    nothing: str
    """What to say where there is no story."""
    attempts: tuple[Attempt, ...]


def write_cohort(cohort: Cohort, out: Path, pairs: Sequence[Pair] = ()) -> Path:
    """Writes every page into a folder, removes those of learners who left, and returns the cohort's own.

    `pairs` are the look-alikes that `grader.cohort.similarity` found.
    """
    book = tabulate(cohort)
    waiting = {(each.learner, each.problem): each.why for each in cohort.pending}
    for learner_result, row in zip(cohort.learners, book.rows, strict=True):
        write_page(render_learner(cohort.name, learner_result, row, book.headings, waiting), out / row.page)
    _remove_others(out, book)
    return write_page(render_cohort(cohort, book, pairs), out / PAGE)


def render_cohort(cohort: Cohort, book: Gradebook, pairs: Sequence[Pair] = ()) -> str:
    """The cohort's page, as HTML."""
    analysis = analyse(cohort)
    return render(
        "cohort.html",
        name=cohort.name,
        meta="" if cohort.deadline is None else f"Deadline {moment(cohort.deadline)}",
        summary=summarise(cohort),
        needs=first_to_help(cohort, analysis),
        book=book,
        items=itemise(cohort, analysis),
        sections=sections_of(cohort, pairs),
    )


def render_learner(
    cohort: str,
    learner_result: LearnerResult,
    row: Row,
    headings: Sequence[Heading],
    waiting: Mapping[tuple[str, str], str],
) -> str:
    """One learner's page, as HTML. `waiting` is why something is not graded yet, by learner and problem."""
    return render(
        "cohort_learner.html",
        cohort=cohort,
        row=row,
        headings=headings,
        parts=[
            _part(heading, result, waiting.get((learner_result.learner.id, result.problem), ""))
            for heading, result in zip(headings, learner_result.results, strict=True)
        ],
    )


def _part(heading: Heading, result: Result, waiting: str) -> Part:
    return Part(
        heading=heading,
        story=None if result.counted is None else make_view(result.counted),
        notes=_notes(result),
        nothing=f"Not graded yet: {waiting}" if waiting else "Nothing was handed in.",
        attempts=tuple(_attempt(record, result) for record in result.attempts),
    )


def _notes(result: Result) -> tuple[str, ...]:
    notes = []
    if result.override is not None:
        given = result.override
        machine = "no score" if result.machine is None else f"{result.machine} of 5"
        notes.append(
            f"Counted by hand: {points_of(given.score)} of 5 instead of the grader's {machine}. "
            f"{given.reason} ({given.by}, {moment(given.when)})"
        )
    if result.late_by is not None:
        hours = result.late_by.total_seconds() / 3600
        cost = f", which costs {100 * result.penalty:.3g}%" if result.penalty else ""
        notes.append(f"Handed in {hours:.3g} hours late{cost}: {points_of(result.points)} of 5 count.")
    return tuple(notes)


def _attempt(record: Record, result: Result) -> Attempt:
    return Attempt(
        number=record.number,
        when=moment(record.when),
        name=record.name,
        score="invalid" if record.card.score is None else f"{record.card.score} of 5",
        counts=result.counted is not None and record.number == result.counted.number,
    )


def _remove_others(out: Path, book: Gradebook) -> None:
    kept = {out / row.page for row in book.rows}
    for page in (out / "learners").glob("[0-9]*-*.html"):
        if page not in kept:
            page.unlink()
