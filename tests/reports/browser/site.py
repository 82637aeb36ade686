"""Every kind of page there is, written to a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tfprep.cohorts import Cohort
from tfprep.cohorts.batch.progress import Progress
from tfprep.files.atomic import write_whole
from tfprep.grader import Record, ScoreCard
from tfprep.grader.comparison import ComparedAttempt, Comparison, Difference
from tfprep.grader.records import Notes
from tfprep.grader.services import ReportData
from tfprep.reports.cohort.batch_status import BatchStatus, Phase
from tfprep.reports.cohort.gradebook_table import tabulate
from tfprep.reports.cohort.page import PAGE, render_cohort, write_cohort
from tfprep.reports.comparison_page import write_comparison
from tfprep.reports.exam.render import render_result
from tfprep.reports.page_store import PageStore
from tfprep.reports.view import NOTHING

from ..cards import HOSTILE as WORDS
from ..cards import INVALID, PARTIAL, STRANGE, recorded
from ..classes import generated, look_alikes
from ..cohorts import passed, small, strangers
from .material import DIGITS, attempts, exam_result, number, series, several, trained, two

Writer = Callable[[Path], Path]
"""Writes a page, with what belongs to it, into a folder, and says where it stands."""


LAYERED = {**PARTIAL.model, "parameters": "101,770", "layers": "Flatten (784,) 0\nDense (10,) 7,850"}


def submission(card: ScoreCard, report_data: ReportData = NOTHING) -> Writer:
    """The page of one submission."""
    return lambda folder: PageStore(folder).put(recorded(card), report_data)


def index(records: Sequence[Record]) -> Writer:
    """The index of several submissions."""
    return lambda folder: PageStore(folder).put_all(records, lambda record: NOTHING)


def exam(learner: str, reason: str) -> Writer:
    """The result of an exam."""
    return lambda folder: write_whole(folder / "result.html", render_result(exam_result(learner, reason)))


def cohort(made: Cohort) -> Writer:
    """A cohort's own page."""
    return lambda folder: write_cohort(made, folder)


def running(folder: Path) -> Path:
    """The page of a class while it is graded, of long ago: with everything that such a page can have."""
    made = generated(16)
    batch_status = BatchStatus(
        Phase.GRADING, Progress(200, 132, seconds=600.0), datetime(2020, 6, 30, tzinfo=UTC)
    )
    page = render_cohort(made, tabulate(made), look_alikes(made), batch_status)
    return write_whole(folder / PAGE, page)


def comparison(words: str) -> Writer:
    """Two attempts compared, with curves, layers and starters that differ."""
    cards = replace(PARTIAL, model=LAYERED), PARTIAL
    before, after = (
        ComparedAttempt(
            recorded(card, number=place), Notes(words, f"{words}\nepochs = {place}\n"), trained("accuracy")
        )
        for place, card in enumerate(cards, 3)
    )
    return lambda folder: write_comparison(
        Comparison(before, after, Difference.BETTER, ""), PageStore(folder)
    )


def learner(made: Cohort, place: int) -> Writer:
    """The page of one of a cohort's learners, counted from 1."""
    return lambda folder: next(
        write_cohort(made, folder).parent.joinpath("learners").glob(f"{place:04d}-*.html")
    )


PLANTED = {"input": WORDS, "saved_by": WORDS, "layers": f"{WORDS}\n{WORDS}"}
PAGES: dict[str, Writer] = {
    "number": submission(passed("problem1"), number()),
    "classes": submission(replace(PARTIAL, model=LAYERED), several(DIGITS)),
    "two classes": submission(passed("problem4"), two(("negative", "positive"))),
    "series": submission(passed("problem5"), series()),
    "invalid": submission(INVALID),
    "index": index(attempts()),
    "exam": exam("ada", "Accuracy 0.962 on 10,012 hidden examples."),
    "cohort": cohort(small()),
    "running cohort": running,
    "learner": learner(small(), 2),
    "strange": submission(STRANGE),
    "strange classes": submission(
        replace(PARTIAL, reason=WORDS, model=PLANTED, findings=STRANGE.findings, log=WORDS),
        replace(several((WORDS, "b", "c")), curves=trained(WORDS, WORDS)),
    ),
    "strange comparison": comparison(WORDS),
    "strange index": index([recorded(STRANGE, WORDS)]),
    "strange exam": exam(WORDS, WORDS),
    "strange cohort": cohort(strangers()),
    "strange learner": learner(strangers(), 1),
}
"""By the page's name, what writes it."""
HOSTILE = tuple(name for name in PAGES if name.startswith("strange"))
"""The pages whose every word comes from a stranger."""
