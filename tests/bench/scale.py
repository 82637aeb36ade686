"""A thousand submissions in one batch: do the last cost what the first did, and does the grader grow?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tfprep.cohorts.batch.progress import Progress
from tfprep.grader.parallel.prepared_problem import prepare

from .flock import grade_all, hand_in, pool_of_containers
from .material import Material
from .memory import forget_peak, peak
from .row import Row
from .single import docker_is_here

COUNT = 1000
FIRST = 10
"""Not counted: the workers start meanwhile."""
STRETCH = 200


def measure(material: Material) -> Iterator[Row]:
    """Two rows."""
    if not docker_is_here():
        material.console.print("No Docker engine answers: the cost of a thousand submissions was left out.")
        return
    handed, prepared = hand_in(material.models(COUNT)), prepare(material.dataset, b"a key of the benchmark")
    pool = pool_of_containers(prepared)
    reached: dict[int, float] = {}

    def on_progress(progress: Progress) -> None:
        reached.setdefault(progress.done, time.perf_counter())

    before = forget_peak()
    grade_all(handed, prepared, pool, on_progress)
    grown = (peak() - before) / 2**20
    early = per_submission(reached, FIRST, FIRST + STRETCH)
    late = per_submission(reached, COUNT - STRETCH, COUNT)
    yield Row(
        f"submissions {COUNT - STRETCH + 1} to {COUNT}",
        f"submissions {FIRST + 1} to {FIRST + STRETCH}",
        late,
        early,
        late / early,
        "about 1",
        "each, in one batch",
    )
    yield Row(
        f"the grader's own memory over {COUNT}", "", grown, None, None, "at most 100", "MB, not seconds"
    )


def per_submission(reached: dict[int, float], first: int, last: int) -> float:
    """Seconds for each between two counts, or the nearest that were told."""
    start, end = (min(reached, key=lambda done: abs(done - wanted)) for wanted in (first, last))
    return (reached[end] - reached[start]) / (end - start)
