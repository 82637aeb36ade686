"""Two hundred MNIST submissions: a batch beside one container each, beside Otter-Grader and beside the floor.

One container each and Otter-Grader run two at a time, as a batch has two workers on two cores. They take
long, so a few are measured in each round and the rest is reckoned: the row's note says how many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import track

from tfprep.grader.cohort.subject import prepare
from tfprep.grader.scorecard import FULL_MARKS, Record

from .flock import crew_of_containers, grade_all, hand_in
from .material import Material
from .otter import Otter
from .row import Row, from_pairs, run, seconds
from .single import answer_in_fresh_container, docker_is_here
from .steps import tell_steps

COUNT = 200
ROUNDS = 3
CONTAINERS = 4
NOTEBOOKS = 2
"""So many are measured in each round."""
AT_ONCE = 2
FLOOR = """
import sys, time
import keras, numpy as np
images, labels = np.load(sys.argv[1]), np.load(sys.argv[2])
began = time.perf_counter()
for path in sys.argv[3:]:
    model = keras.models.load_model(path, compile=False)
    right = (np.asarray(model(images, training=False)).argmax(axis=1) == labels).mean()
    assert right > 0.9
print(time.perf_counter() - began)
"""
"""No isolation, and the import is not counted."""


@dataclass(frozen=True)
class Measured:
    """Seconds for one submission, in one round."""

    batch: float
    container: float
    notebook: float
    floor: float


def measure(material: Material) -> Iterator[Row]:
    """Three rows, and a table of where the time of one submission goes."""
    if not docker_is_here():
        material.console.print("No Docker engine answers: the cohort's ratios were left out.")
        return
    models, subject, otter = material.models(COUNT), prepare(material.dataset), Otter.prepare(material)
    job = material.job()
    records: list[Record] = []

    def batch() -> None:
        records[:] = grade_all(hand_in(models), subject, crew_of_containers(subject))

    def container(model: Path) -> None:
        answer_in_fresh_container(replace(job, model=model.read_bytes()))

    def round_of(number: int) -> Measured:
        few = models[number * CONTAINERS :]
        measured = Measured(
            container=two_at_a_time(container, few[:CONTAINERS]),
            batch=seconds(batch) / COUNT,
            notebook=two_at_a_time(lambda model: otter.grade(material, model), few[:NOTEBOOKS]),
            floor=floor(material, models) / COUNT,
        )
        material.console.print(f"Round {number + 1}, seconds per submission: {measured}")
        return measured

    rounds = [round_of(number) for number in track(range(ROUNDS), description="a cohort of 200")]
    check(records)
    tell_steps(material.console, records, rounds[-1].batch)
    yield row(
        "one container per submission",
        [(each.batch, each.container) for each in rounds],
        "at most 0.1",
        CONTAINERS,
    )
    yield row(
        "otter run, Otter-Grader 7",
        [(each.batch, each.notebook) for each in rounds],
        "at most 0.05",
        NOTEBOOKS,
    )
    yield row("one process, no isolation", [(each.batch, each.floor) for each in rounds], "at most 5", COUNT)


def row(beside: str, pairs: list[tuple[float, float]], promise: str, measured: int) -> Row:
    """A submission of the batch beside one done otherwise."""
    note = f"per submission of {COUNT}, {ROUNDS} rounds, {ROUNDS * measured} measured beside"
    return from_pairs("cohort grade", beside, pairs, promise, note)


def two_at_a_time(work: Callable[[Path], None], models: Sequence[Path]) -> float:
    """Seconds for each, where two run side by side."""
    with ThreadPoolExecutor(AT_ONCE) as both:
        return seconds(lambda: list(both.map(work, models))) / len(models)


def floor(material: Material, models: Sequence[Path]) -> float:
    """Seconds for loading and calling each in turn."""
    files = [str(material.images), str(material.labels), *map(str, models)]
    return float(run([sys.executable, "-c", FLOOR, *files]).splitlines()[-1])


def check(records: Sequence[Record]) -> None:
    """A batch that graded wrongly would be fast for nothing."""
    scores = {record.card.score for record in records}
    if scores != {FULL_MARKS} and scores != {FULL_MARKS - 1}:
        raise SystemExit(f"The models should all have earned full marks or one less, but: {scores}")
