"""Two hundred MNIST submissions: a batch beside one container each, beside Otter-Grader and beside the floor.

One container each and Otter-Grader run two at a time, as a batch has two workers on two cores. They take
long, so a few are measured in each round and the rest is reckoned: the row's note says how many. A container
of its own does the same grading; Otter-Grader and the floor only load, predict and compare.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from tfprep.grader import grade
from tfprep.grader.parallel.prepared_problem import PreparedProblem, prepare
from tfprep.grader.scoring.card import FULL_MARKS, Record

from .flock import grade_all, hand_in, pool_of_containers, read
from .material import Course, Material
from .otter import Otter
from .row import Row, from_pairs, run, seconds
from .single import docker_is_here
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
    """Three rows for each kind of cohort, and a table of where the time of one submission goes."""
    if not docker_is_here():
        material.console.print("No Docker engine answers: the cohort's ratios were left out.")
        return
    otter = Otter.prepare(material)
    yield from measure_cohort(material, Course.PATIENT, "full marks", otter)
    yield from measure_cohort(material, Course.HASTY, "below, asked again to explain", otter)


def measure_cohort(material: Material, course: Course, what: str, otter: Otter) -> Iterator[Row]:
    """Three rows."""
    models, prepared = material.models(COUNT, course), prepare(material.dataset, b"a key of the benchmark")
    records: list[Record] = []

    def batch() -> None:
        records[:] = grade_all(hand_in(models), prepared, pool_of_containers(prepared))

    def container(model: Path) -> None:
        grade_in_fresh_container(model, prepared)

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

    rounds = [round_of(number) for number in track(range(ROUNDS), description=f"a cohort: {what}")]
    check(records, course)
    material.console.print(f"A cohort: {what}.")
    tell_steps(material.console, records, rounds[-1].batch)
    for beside, promise, measured, taken in (
        ("one container per submission", "at most 0.1", CONTAINERS, "container"),
        ("otter run, Otter-Grader 7", "at most 0.05", NOTEBOOKS, "notebook"),
        ("one process, no isolation", "at most 5", COUNT, "floor"),
    ):
        note = f"{what}; {ROUNDS} rounds of {COUNT}, {ROUNDS * measured} measured beside"
        pairs = [(each.batch, getattr(each, taken)) for each in rounds]
        yield from_pairs("cohort grade", beside, pairs, promise, note)


def grade_in_fresh_container(model: Path, prepared: PreparedProblem) -> None:
    """The same grading, in a container for this submission alone."""
    from tfprep.sandbox.host.container import DockerSandbox

    (handed,) = hand_in([model])
    with DockerSandbox() as sandbox:
        grade(read(handed), prepared.evaluation_set, sandbox, policy=prepared.policy)


def two_at_a_time(work: Callable[[Path], None], models: Sequence[Path]) -> float:
    """Seconds for each, where two run side by side."""
    with ThreadPoolExecutor(AT_ONCE) as both:
        return seconds(lambda: list(both.map(work, models))) / len(models)


def floor(material: Material, models: Sequence[Path]) -> float:
    """Seconds for loading and calling each in turn."""
    files = [str(material.images), str(material.labels), *map(str, models)]
    return float(run([sys.executable, "-c", FLOOR, *files]).splitlines()[-1])


def check(records: Sequence[Record], course: Course) -> None:
    """A batch that graded wrongly would be fast for nothing."""
    passed = {record.card.score == FULL_MARKS for record in records}
    if passed != {course is Course.PATIENT} or any(record.card.score is None for record in records):
        raise SystemExit(f"Not what models trained {course.name.lower()} should earn: {passed}")
