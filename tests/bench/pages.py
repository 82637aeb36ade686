"""What a mentor looks at, for a thousand learners with five problems each."""

from __future__ import annotations

from collections.abc import Iterator

from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.gradebook_table import tabulate
from tfprep.reports.cohort.page import render_cohort, write_cohort

from ..reports.cohorts import many
from .material import Material
from .row import Row, seconds

LEARNERS = 1000


def measure(material: Material) -> Iterator[Row]:
    """Two rows: what is promised, and all there is."""
    cohort, place = many(LEARNERS), material.place / "pages"
    place.mkdir()

    def promised() -> None:
        write_exports(cohort, place)
        (place / "cohort.html").write_text(render_cohort(cohort, tabulate(cohort)), encoding="utf-8")

    yield Row(f"gradebook and cohort page, {LEARNERS:,} x 5", "", seconds(promised), None, None, "under 10 s")
    everything = seconds(lambda: write_cohort(cohort, place))
    yield Row(f"the same page and {LEARNERS:,} learners' pages", "", everything, None, None, "")
