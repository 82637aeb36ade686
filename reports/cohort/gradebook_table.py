"""The gradebook as a page shows it: a row for each learner, a column for each problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.gradebook.claims import is_waited_for
from ...errors import UnknownProblem
from ...grader import Verdict
from ...grader.scoring.card import FULL_MARKS
from ...problems import find
from ..wording import likely_scores

NOTHING: Final = "-"
KINDS: Final = {
    "below": "below the pass mark",
    "nothing": "nothing handed in",
    "missing": "something missing",
    "invalid": "something invalid",
    "late": "something late",
    "waiting": "something waiting",
    "open": "something not placed",
    "hand": "scored by hand",
}
"""Of learners: what a page can show alone, and in words."""


@dataclass(frozen=True)
class Heading:
    """A problem's column."""

    problem: str
    """Its id."""
    number: str
    name: str
    title: str
    weight: str
    """Its share of the total: "20%"."""


@dataclass(frozen=True)
class Cell:
    """One learner's result in one problem, in a few characters."""

    points: str
    tone: str
    """The page's colour for it: p0 to p5, "invalid", "waiting" or "none"."""
    marks: tuple[str, ...] = ()
    """Why the points differ from the grader's score, or are missing: "late -20%"."""
    likely: str = ""
    """The likely scores, where they are more than one: "4 or 5"."""


@dataclass(frozen=True)
class GradebookRow:
    """One learner."""

    name: str
    id: str
    """Empty where the name is the id."""
    page: str
    """The learner's own page, relative to the cohort's."""
    cells: tuple[Cell, ...]
    total: str
    """Of 100; "-" while something of the learner's waits for its first result, or could not be placed."""
    kinds: tuple[str, ...] = ()
    """Of KINDS: those that the learner is of."""


@dataclass(frozen=True)
class Gradebook:
    """A row for each learner, and the mean and median below."""

    headings: tuple[Heading, ...]
    rows: tuple[GradebookRow, ...]
    feet: tuple[tuple[str, tuple[str, ...]], ...]
    """A name, and a number for each problem and the total."""


def tabulate(cohort: Cohort) -> Gradebook:
    """The gradebook of a cohort, in the order of its learners."""
    waiting = {(each.learner, each.problem) for each in cohort.pending}
    unplaced = {each.learner for each in cohort.unmatched}
    rows = tuple(
        GradebookRow(
            name=learner_result.learner.shown,
            id=learner_result.learner.id if learner_result.learner.name else "",
            page=page_of(learner_result, position),
            cells=tuple(
                cell_of(result, (learner_result.learner.id, result.problem) in waiting)
                for result in learner_result.results
            ),
            total=_total(cohort, learner_result),
            kinds=tuple(_kinds(learner_result, cohort.pass_mark, waiting, unplaced)),
        )
        for position, learner_result in enumerate(cohort.learners, 1)
    )
    return Gradebook(headings_of(cohort), rows, _feet(cohort) if rows else ())


def _total(cohort: Cohort, one: LearnerResult) -> str:
    waits = any(is_waited_for(cohort, one.learner.id, result) for result in one.results)
    return NOTHING if waits else f"{one.total:.1f}"


def headings_of(cohort: Cohort) -> tuple[Heading, ...]:
    """The problems, with the share of the total that each has."""
    whole = sum(cohort.weights)
    return tuple(
        _heading(problem, f"{100 * weight / whole:.0f}%")
        for problem, weight in zip(cohort.problems, cohort.weights, strict=True)
    )


def cell_of(result: Result, waiting: bool = False) -> Cell:
    """The table cell of a result."""
    marks = []
    if result.override is not None:
        marks.append("by hand")
    if result.late_by is not None:
        marks.append(f"late -{100 * result.penalty:.3g}%" if result.penalty else "late")
    if result.marked_late:
        marks.append(f"marked late -{100 * result.penalty:.3g}%" if result.penalty else "marked late")
    if result.override is None and waiting:
        return Cell(NOTHING, "waiting", ("waiting", *marks))
    if result.override is None and result.counted is None:
        return Cell(NOTHING, "none")
    if result.override is None and is_invalid(result):
        return Cell(NOTHING, "invalid", ("invalid", *marks))
    tone = f"p{max(0, min(FULL_MARKS, int(result.points)))}"
    return Cell(points_text(result.points), tone, tuple(marks), _several_scores(result))


def _several_scores(result: Result) -> str:
    """The likely scores of the submission that counts; empty where there is but one, or a mentor's own."""
    if result.override is not None or result.counted is None:
        return ""
    likely = likely_scores(result.counted.card)
    return likely if len(likely) > 1 else ""


def nothing_handed_in(one: LearnerResult) -> bool:
    """Whether a learner has no submission at all, and no score by hand."""
    return all(result.counted is None and result.override is None for result in one.results)


def is_invalid(result: Result) -> bool:
    """Whether a submission counts that could not be scored."""
    return result.counted is not None and result.counted.card.verdict is Verdict.INVALID


def points_text(points: float) -> str:
    """Whole points without a fraction, others with two digits at most: "4", "3.2", "2.25"."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def page_of(learner_result: LearnerResult, position: int) -> str:
    """The file name of a learner's page: a number, and the plain letters of the id."""
    plain = (
        unicodedata.normalize("NFKD", learner_result.learner.id).encode("ascii", "ignore").decode().lower()
    )
    readable = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"learners/{position:04d}-{readable or 'learner'}.html"


def _kinds(
    one: LearnerResult, pass_mark: float, waiting: Container[tuple[str, str]], unplaced: Container[str]
) -> Iterator[str]:
    """The kinds, of KINDS, that a learner is of."""
    absent = [each for each in one.results if each.counted is None and each.override is None]
    waits = any((one.learner.id, each.problem) in waiting for each in one.results)
    holds = {
        "below": one.total < pass_mark,
        "nothing": len(absent) == len(one.results) and not waits,
        "missing": any((one.learner.id, each.problem) not in waiting for each in absent),
        "invalid": any(is_invalid(each) and each.override is None for each in one.results),
        "late": any(each.late_by is not None or each.marked_late for each in one.results),
        "waiting": waits,
        "open": one.learner.id in unplaced,
        "hand": any(each.override is not None for each in one.results),
    }
    return (kind for kind in KINDS if holds[kind])


def _heading(problem: str, weight: str) -> Heading:
    try:
        found = find(problem)
    except UnknownProblem:  # a cohort of an installation that had more problems than this one
        return Heading(problem, problem, "", problem, weight)
    return Heading(problem, str(found.number), found.name, found.title, weight)


def _feet(cohort: Cohort) -> tuple[tuple[str, tuple[str, ...]], ...]:
    columns = [
        [one.results[index].points for one in cohort.learners] for index in range(len(cohort.problems))
    ]
    totals = [one.total for one in cohort.learners]
    return (
        ("Mean", (*_numbers(map(fmean, columns)), f"{fmean(totals):.1f}")),
        ("Median", (*_numbers(map(median, columns)), f"{median(totals):.1f}")),
    )


def _numbers(values: Iterable[float]) -> Sequence[str]:
    return [points_text(value) for value in values]
