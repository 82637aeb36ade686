"""Pages: one self-contained HTML file each, without network. jinja2's only door.

Names, messages and logs may be a stranger's: everything is escaped, and a page's own
Content-Security-Policy allows nothing but its style sheet, and one script of ours by its digest where a page
has one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2

from .. import __version__
from ..files.text import counted
from ..grader import Record
from ..grader.services import ReportData
from ..languages import ENGLISH, in_use
from .view import NOTHING, SubmissionView, make_view, submitted
from .wording import Table

if TYPE_CHECKING:
    from .plots import Plot

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FOR_LEARNERS: Final = frozenset({"submission.html", "index.html", "comparison.html", "exam.html"})
"""These are shown in the reader's language; a mentor's are in English."""
_ROWS_BESIDE_PLOT: Final = 8
"""So many rows of tables are about as high as a plot."""


def render_page(record: Record, report_data: ReportData = NOTHING, pages: Collection[int] = ()) -> str:
    """The page of one submission, as HTML: one file, without script or network.

    Args:
        record: the submission, as the ledger returns it.
        report_data: what is drawn beside the card; without it, nothing is drawn.
        pages: the numbers of submissions that have a page beside this one, and beside an index.
    """
    view = make_view(record, report_data)
    links = {str(number): page_name(number) for number in pages if number != record.number}
    ways = _ways(record, report_data, pages)
    return render(
        "submission.html", view=view, meta=submitted(record), links=links, ways=ways, **_plots(view)
    )


def page_name(number: int) -> str:
    """The name of a submission's page."""
    return f"{number}.html"


def exam_page_name(number: int) -> str:
    """The name of the page of an exam's result, beside those of submissions."""
    return f"exam-{number}.html"


NEXT: Final = "<!-- next -->"
"""Stands on a page where the way to the attempt after it belongs, once there is one."""


def link_to_next(number: int) -> str:
    """What stands in place of `NEXT` then."""
    return f' · <a href="{page_name(number)}">next: {number}</a>'


def _ways(record: Record, report_data: ReportData, pages: Collection[int]) -> list[tuple[str, str]]:
    """Where a page leads: to the index, and to the attempts before and after at its problem."""
    if not pages:
        return []
    tried = [
        each.number for each in report_data.attempts if each.number in pages or each.number == record.number
    ]
    here = tried.index(record.number) if record.number in tried else 0
    before, after = tried[:here][-1:], tried[here + 1 :][:1]
    return [
        ("all attempts", "index.html"),
        *((f"previous: {number}", page_name(number)) for number in before),
        *((f"next: {number}", page_name(number)) for number in after),
    ]


def render(template: str, *, script: str = "", **values: Any) -> str:
    """A page from one of the templates, which extend `base.html` and use the macros in `parts/`.

    `script` is the name of the one script that the page may run, beside the templates.
    """
    allowed = _digest(script) if script else ""
    values = {"version": __version__, "script": script, "allowed_script": allowed, **values}
    language = in_use() if template in _FOR_LEARNERS else ENGLISH
    page = _environment().get_template(template).render(language=language, **values)
    if language == ENGLISH:
        return page
    from ..languages.html_pages import page_in_language

    return page_in_language(page)


def _plots(view: SubmissionView) -> dict[str, Any]:
    """The drawings by section. matplotlib is loaded only where something is to be drawn."""
    report_data = view.report_data
    if report_data == NOTHING:
        nothing = {"attempts_plot": None, "metric_plot": None}
        return {"analysis_plots": (), "curve_plots": (), "beside": (), "below": (), **nothing}
    from .plots import draw_analysis, draw_attempts, draw_curves, draw_metric

    plots = draw_analysis(report_data.analysis, view.unit_of_labels)
    beside = _beside(plots, view.tables)
    return {
        "analysis_plots": plots,
        "beside": beside,
        "below": view.tables[len(beside) :],
        "curve_plots": draw_curves(report_data.curves) if report_data.curves else (),
        "attempts_plot": draw_attempts(report_data.attempts, view.record.number if view.record else 0),
        "metric_plot": draw_metric(
            [each for each in report_data.attempts if each.card.half == view.card.half]
        ),
    }


def _beside(plots: Sequence[Plot], tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """The tables that fill the free half of a row, where the number of plots is odd."""
    if len(plots) % 2 == 0:
        return ()
    return tables if sum(len(table.rows) for table in tables) <= _ROWS_BESIDE_PLOT else tables[:1]


@cache
def _digest(script: str) -> str:
    """The script as a Content-Security-Policy names it: by the digest of what the page includes."""
    code = _environment().get_template(script).render()
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["counted"] = counted
    return environment
