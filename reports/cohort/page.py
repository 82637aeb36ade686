"""A cohort's pages: the gradebook with its item analysis, and a page for each learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.gradebook.item_analysis import analyse
from ...cohorts.integrity.contamination import CODES
from ...cohorts.integrity.look_alikes import Group
from ...files.atomic import write_whole
from ...grader import Record
from ..page import render
from ..view import SubmissionView, make_view
from ..wording import Column, Table, due, moment
from . import look_alikes
from .gradebook_table import Gradebook, Heading, Row, headings_of, points_of, tabulate
from .summary import first_to_help, itemise, summarise

PAGE: Final = "cohort.html"


@dataclass(frozen=True)
class Attempt:
    """One row of a learner's attempts."""

    number: int
    when: str
    name: str
    score: str
    counts: bool


@dataclass(frozen=True)
class Part:
    """One problem on a learner's page."""

    heading: Heading
    submission: SubmissionView | None
    notes: tuple[str, ...]
    """What makes the points differ from the grader's score."""
    nothing: str
    """The sentence where there is no submission."""
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Section:
    """A table below the gradebook, and a sentence on how to read it."""

    title: str
    note: str
    table: Table


def write_cohort(cohort: Cohort, out: Path, groups: Sequence[Group] = ()) -> Path:
    """Writes every page into a folder and removes those of learners who left. Returns the cohort's page.

    `groups` are the look-alikes, as `CohortService.similar` gives them.
    """
    gradebook = tabulate(cohort)
    waiting = {(each.learner, each.problem): each.why for each in cohort.pending}
    for learner_result, row in zip(cohort.learners, gradebook.rows, strict=True):
        page = render_learner(cohort.name, learner_result, row, gradebook.headings, waiting)
        write_whole(out / row.page, page)
    _remove_others(out, gradebook)
    return write_whole(out / PAGE, render_cohort(cohort, gradebook, groups))


def render_cohort(cohort: Cohort, gradebook: Gradebook, groups: Sequence[Group] = ()) -> str:
    """The cohort's page, as HTML."""
    analysis = analyse(cohort)
    return render(
        "cohort.html",
        name=cohort.name,
        meta="" if cohort.deadline is None else f"Deadline {due(cohort.deadline)}",
        notes=cohort.notes,
        summary=summarise(cohort),
        needs=first_to_help(cohort, analysis),
        gradebook=gradebook,
        items=itemise(cohort, analysis),
        sections=_sections(cohort, groups),
    )


def render_learner(
    cohort: str,
    learner_result: LearnerResult,
    row: Row,
    headings: Sequence[Heading],
    waiting: Mapping[tuple[str, str], str],
) -> str:
    """One learner's page, as HTML. `waiting`: why something is not graded yet, by learner and problem."""
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
        submission=None if result.counted is None else make_view(result.counted),
        notes=_notes(result),
        nothing=f"Not graded yet: {waiting}" if waiting else "No submission.",
        attempts=tuple(_attempt(record, result) for record in result.attempts),
    )


def _notes(result: Result) -> tuple[str, ...]:
    notes = []
    if result.override is not None:
        given = result.override
        graded = "no score" if result.machine is None else f"{result.machine} of 5"
        notes.append(
            f"Scored by hand: {points_of(given.score)} of 5 instead of the grader's {graded}. "
            f"{given.reason} ({given.by}, {moment(given.when)})"
        )
    if result.late_by is not None:
        hours = result.late_by.total_seconds() / 3600
        cost = f", which costs {100 * result.penalty:.3g}%" if result.penalty else ""
        was_due = "" if result.deadline is None else f" (due {due(result.deadline)})"
        notes.append(
            f"Handed in {hours:.3g} hours late{was_due}{cost}: {points_of(result.points)} of 5 count."
        )
    if result.marked_late:
        cost = f", which costs {100 * result.penalty:.3g}%" if result.penalty else ", which costs nothing"
        notes.append(f"The platform marks it as late{cost}: {points_of(result.points)} of 5 count.")
    return tuple(notes)


def _attempt(record: Record, result: Result) -> Attempt:
    return Attempt(
        number=record.number,
        when=moment(record.when),
        name=record.name,
        score="invalid" if record.card.score is None else f"{record.card.score} of 5",
        counts=result.counted is not None and record.number == result.counted.number,
    )


def _remove_others(out: Path, gradebook: Gradebook) -> None:
    kept = {out / row.page for row in gradebook.rows}
    for page in (out / "learners").glob("[0-9]*-*.html"):
        if page not in kept:
            page.unlink()


def _sections(cohort: Cohort, groups: Sequence[Group]) -> tuple[Section, ...]:
    """Every section that has rows."""
    found = (_look_alikes(cohort, groups), _contaminated(cohort), _pending(cohort), _unmatched(cohort))
    return tuple(section for section in found if section.table.rows)


def _look_alikes(cohort: Cohort, groups: Sequence[Group]) -> Section:
    shown = {one.learner.id: one.learner.shown for one in cohort.learners}
    names = _names(cohort)
    rows: list[tuple[str, ...]] = []
    for group in groups:
        told = look_alikes.tell(group, shown)
        # The first row of a group asks; the others have what it rests on.
        rows.append((names[group.problem], told.learners, "", f"{told.question} {told.first}"))
        rows += [("", learners, kind, evidence) for kind, learners, evidence in told.rows]
    note = f"{look_alikes.NOTE} {look_alikes.base_rate()}"
    return _section(
        "Did these people work together?", note, ("Problem", "Learners", "Alike in", "Evidence"), tuple(rows)
    )


def _contaminated(cohort: Cohort) -> Section:
    names = _names(cohort)
    rows = tuple(
        (names[result.problem], one.learner.shown, finding.evidence)
        for one in cohort.learners
        for result in one.results
        for finding in (result.counted.card.findings if result.counted else ())
        if finding.code in CODES
    )
    return _section(
        "Models that may know the hidden test set",
        "The data is public, so a model can have been trained on the hidden inputs. No score was changed.",
        ("Problem", "Learner", "Evidence"),
        rows,
    )


def _pending(cohort: Cohort) -> Section:
    return _section(
        "Not graded yet",
        "No attempt was used. The same command grades what is missing when it is run again.",
        ("Learner", "Problem", "File", "Why"),
        tuple((each.learner, each.problem, each.found_at, each.why) for each in cohort.pending),
    )


def _unmatched(cohort: Cohort) -> Section:
    return _section(
        "Not matched",
        "The learner or the problem of these files is not known, and nothing was guessed.",
        ("File", "Why"),
        tuple((each.found_at, each.why) for each in cohort.unmatched),
    )


def _section(title: str, note: str, columns: Sequence[str], rows: tuple[tuple[str, ...], ...]) -> Section:
    return Section(title, note, Table(title, tuple(map(Column, columns)), rows))


def _names(cohort: Cohort) -> dict[str, str]:
    return {heading.problem: heading.name or heading.problem for heading in headings_of(cohort)}
