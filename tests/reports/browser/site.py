"""Every kind of page there is, written to a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tfprep.grader import ScoreCard
from tfprep.grader.cohort import Cohort
from tfprep.reports.cohort import write_cohort
from tfprep.reports.page import render_page, write_page

from ..cards import INVALID, PARTIAL, STRANGE, recorded
from ..cohorts import passed, small, strangers

Writer = Callable[[Path], Path]
"""Writes a page, with what belongs to it, into a folder, and says where it stands."""


def submission(card: ScoreCard) -> Writer:
    """The page of one submission."""
    return lambda folder: write_page(render_page(recorded(card)), folder / "7.html")


def cohort(made: Cohort) -> Writer:
    """A cohort's own page."""
    return lambda folder: write_cohort(made, folder)


def learner(made: Cohort, place: int) -> Writer:
    """The page of one of a cohort's learners, counted from 1."""
    return lambda folder: next(
        write_cohort(made, folder).parent.joinpath("learners").glob(f"{place:04d}-*.html")
    )


PAGES: dict[str, Writer] = {
    "passed": submission(passed("problem1")),
    "partial": submission(PARTIAL),
    "invalid": submission(INVALID),
    "strange": submission(STRANGE),
    "cohort": cohort(small()),
    "learner": learner(small(), 2),
    "strange cohort": cohort(strangers()),
    "strange learner": learner(strangers(), 1),
}
HOSTILE = tuple(name for name in PAGES if name.startswith("strange"))
"""The pages whose every word comes from a stranger."""
