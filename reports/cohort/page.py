"""A cohort's page: what must be looked at, how the class did, each problem, and the gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...cohorts import Cohort
from ...cohorts.gradebook.item_analysis import analyse_cohort
from ...cohorts.integrity.look_alikes import Group
from ...files.atomic import write_whole
from ...files.text import second
from ..page import render
from ..wording import deadline_text
from .batch_status import BatchStatus
from .charts import chart_times, chart_totals
from .gradebook_table import KINDS, Gradebook, tabulate
from .learner_page import render_learner
from .sections import alike, contaminated, exams, handed_in_nothing, invalid_work, not_graded, not_placed
from .summary import first_to_help, itemise, summarise

PAGE: Final = "cohort.html"
RELOAD_SECONDS: Final = 10
"""Between two looks of an open page at whether it was written anew."""


@dataclass(frozen=True)
class RowFilter:
    """Rows of the gradebook that can be shown alone."""

    kind: str
    words: str
    count: int


def write_cohort(cohort: Cohort, out: Path, groups: Sequence[Group] = ()) -> Path:
    """Writes every page into a folder and removes those of learners who left. Returns the cohort's page.

    `groups` are the look-alikes, as `CohortService.similar` gives them.
    """
    gradebook = tabulate(cohort)
    waiting = {(each.learner, each.problem): each.why for each in cohort.pending}
    for learner_result, row in zip(cohort.learners, gradebook.rows, strict=True):
        page = render_learner(cohort, learner_result, row, gradebook.headings, waiting)
        write_whole(out / row.page, page)
    _remove_others(out, gradebook)
    return write_whole(out / PAGE, render_cohort(cohort, gradebook, groups))


def render_cohort(
    cohort: Cohort,
    gradebook: Gradebook,
    groups: Sequence[Group] = (),
    batch_status: BatchStatus | None = None,
) -> str:
    """The cohort's page, as HTML.

    Args:
        cohort: its results.
        gradebook: the same as a table.
        groups: the look-alikes.
        batch_status: how far a batch has come that runs, or that was stopped; None where nothing runs. Names
            are no links then: learners' pages are written in the end.
    """
    analysis, zone = analyse_cohort(cohort), cohort.shown_zone
    nobodies = {
        one.learner.id
        for one, row in zip(cohort.learners, gradebook.rows, strict=True)
        if "nothing" in row.kinds
    }
    items = itemise(cohort, analysis)
    values: dict[str, Any] = {
        "name": cohort.name,
        "due": "" if cohort.deadline is None else f"Deadline {deadline_text(cohort.deadline)}",
        "zone": str(zone),
        "notes": cohort.notes,
        "batch_status": batch_status,
        "written": "" if batch_status is None else second(batch_status.written, zone),
        "reload": RELOAD_SECONDS,
        "summary": summarise(cohort),
        "first": tuple(filter(None, (not_placed(cohort), not_graded(cohort)))),
        "nobodies": handed_in_nothing(cohort, nobodies),
        "needs": first_to_help(cohort, analysis),
        "charts": tuple(filter(None, (chart_totals(cohort), chart_times(cohort)))),
        "items": items,
        "discriminates": any(item.discriminates for item in items),
        "last": (
            *filter(None, (invalid_work(cohort), alike(cohort, groups), contaminated(cohort))),
            *exams(cohort),
        ),
        "gradebook": gradebook,
        "choices": tuple(_choices(gradebook)),
    }
    return render("cohort.html", script="cohort.js", **values)


def _choices(gradebook: Gradebook) -> Iterator[RowFilter]:
    """Every kind that some learners are of, and others are not."""
    for kind, words in KINDS.items():
        count = sum(kind in row.kinds for row in gradebook.rows)
        if 0 < count < len(gradebook.rows):
            yield RowFilter(kind, words, count)


def _remove_others(out: Path, gradebook: Gradebook) -> None:
    kept = {out / row.page for row in gradebook.rows}
    for page in (out / "learners").glob("[0-9]*-*.html"):
        if page not in kept:
            page.unlink()
