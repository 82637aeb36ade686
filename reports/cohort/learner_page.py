"""The page of one of a cohort's learners: every problem's card, what counts, and all attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ...cohorts import Cohort, LearnerResult, Result
from ...grader import Record
from ..page import render
from ..view import SubmissionView, make_view
from ..wording import deadline_text, minute, moment
from .gradebook_table import GradebookRow, Heading, points_text


@dataclass(frozen=True)
class AttemptRow:
    """One row of a learner's attempts."""

    number: int
    handed_in: str
    """Empty where it is not known."""
    graded: str
    name: str
    score: str
    counts: bool


@dataclass(frozen=True)
class ProblemPart:
    """One problem on a learner's page."""

    heading: Heading
    submission: SubmissionView | None
    notes: tuple[str, ...]
    """What makes the points differ from the grader's score."""
    nothing: str
    """The sentence where there is no submission."""
    attempts: tuple[AttemptRow, ...]
    """Oldest first."""


def render_learner(
    cohort: Cohort,
    learner_result: LearnerResult,
    row: GradebookRow,
    headings: Sequence[Heading],
    waiting: Mapping[tuple[str, str], str],
) -> str:
    """One learner's page, as HTML.

    Args:
        cohort: the learner's.
        learner_result: what the learner has.
        row: the learner's row of the gradebook.
        headings: of the problems, in the same order.
        waiting: why something is not graded yet, by learner and problem.
    """
    zone = cohort.shown_zone
    return render(
        "cohort_learner.html",
        cohort=cohort.name,
        zone=str(zone),
        row=row,
        headings=headings,
        parts=[
            _part(heading, result, waiting.get((learner_result.learner.id, result.problem), ""), zone)
            for heading, result in zip(headings, learner_result.results, strict=True)
        ],
    )


def _part(heading: Heading, result: Result, waiting: str, zone: tzinfo) -> ProblemPart:
    return ProblemPart(
        heading=heading,
        submission=None if result.counted is None else make_view(result.counted),
        notes=_notes(result, zone),
        nothing=f"Not graded yet: {waiting}" if waiting else "No submission.",
        attempts=tuple(_attempt(record, result, zone) for record in result.attempts),
    )


def _notes(result: Result, zone: tzinfo) -> tuple[str, ...]:
    notes = []
    if result.override is not None:
        given = result.override
        graded = "no score" if result.machine is None else f"{result.machine} of 5"
        notes.append(
            f"Scored by hand: {points_text(given.score)} of 5 instead of the grader's {graded}. "
            f"{given.reason} ({given.by}, {moment(given.when, zone)})"
        )
    if result.late_by is not None:
        hours = result.late_by.total_seconds() / 3600
        cost = f", which costs {100 * result.penalty:.3g}%" if result.penalty else ""
        was_due = "" if result.deadline is None else f" (due {deadline_text(result.deadline)})"
        notes.append(
            f"Handed in {hours:.3g} hours late{was_due}{cost}: {points_text(result.points)} of 5 count."
        )
    if result.marked_late:
        cost = f", which costs {100 * result.penalty:.3g}%" if result.penalty else ", which costs nothing"
        notes.append(f"The platform marks it as late{cost}: {points_text(result.points)} of 5 count.")
    return tuple(notes)


def _attempt(record: Record, result: Result, zone: tzinfo) -> AttemptRow:
    handed_in = result.times.get(record.number)
    return AttemptRow(
        number=record.number,
        handed_in="" if handed_in is None else minute(handed_in, zone),
        graded=minute(record.when, zone),
        name=record.name,
        score="invalid" if record.card.score is None else f"{record.card.score} of 5",
        counts=result.counted is not None and record.number == result.counted.number,
    )
