"""Ten thousand submissions that a stand-in predicts for: what reading, scoring and keeping them costs."""

from __future__ import annotations

from collections.abc import Iterator

from ..cohorts.text_models import hand_in, make_setup
from .material import Material
from .memory import forget_peak, peak
from .row import Row, seconds

COUNT = 10_000
EXAMPLES = 100


def measure(material: Material) -> Iterator[Row]:
    """Two rows: how fast, and how much memory."""
    place = material.place / "orchestration"
    place.mkdir()
    setup = make_setup(place)
    handed = [hand_in(f"learner{number}", f"right 10 {number}") for number in range(COUNT)]
    setup.on_progress = lambda progress: None
    before = forget_peak()
    took = seconds(lambda: setup.grade(*handed))
    grown = (peak() - before) / 2**20
    note = f"{COUNT / took:.0f} a second, {EXAMPLES} examples each"
    yield Row(f"{COUNT:,} submissions, stand-in sandbox", "", took, None, None, "at least 300 a second", note)
    yield Row(
        f"the grader's own memory over {COUNT:,}", "", grown, None, None, "at most 100", "MB, not seconds"
    )
