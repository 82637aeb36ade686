"""Measures the diagnosis: how often the right fault is named first, and whether honest models are left alone.

Run as `python -m tests.faults`. Honest models and data are kept between runs; faulty models are made anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from tfprep.grader import ScoreCard, grade, read_submission
from tfprep.grader.scoring.score import score
from tfprep.grader.scoring.specification import ScoringSpec
from tfprep.home import Home
from tfprep.problems import Dataset, Split, find
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from . import cars, demand, digits, photographs, pool, reviews
from .fault import Fault, Honest
from .honest import Bench

FAULTS: Final = [
    *cars.FAULTS,
    *digits.FAULTS,
    *photographs.FAULTS,
    *reviews.FAULTS,
    *demand.FAULTS,
    *pool.FAULTS,
]
SEEDS: Final = (0, 1)
WANTED: Final = 0.9


@dataclass(frozen=True)
class Row:
    """One model that was graded."""

    problem: str
    model: str
    expected: tuple[str, ...]
    """Empty for an honest model: nothing should be found."""
    card: ScoreCard

    @property
    def found(self) -> tuple[str, ...]:
        return tuple(finding.code for finding in self.card.findings)

    @property
    def right(self) -> bool:
        if not self.expected:
            return self.card.score != 5 or not self.found
        return bool(self.found) and self.found[0] in self.expected

    def __str__(self) -> str:
        score = "not scored" if self.card.score is None else str(self.card.score)
        first, *others = self.found or ("nothing",)
        mark = "yes" if self.right else f"**no**, {' or '.join(self.expected) or 'nothing'}"
        return f"| {self.problem} | {self.model} | {score} | {first} | {', '.join(others)} | {mark} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table. 0 where nine of ten faults are named first and no honest model is alarmed, else 1."""
    asked = _parse(arguments)
    bench = Bench(asked.keep)
    print(
        "| problem | model | score | first finding | others | right |\n|---|---|---|---|---|---|", flush=True
    )
    with LocalSandbox() as sandbox:
        faulty = _printed(faulty_rows(bench, asked, sandbox))
        honest = [] if asked.only else _printed(honest_rows(bench, asked, sandbox))
    named, alarms = sum(row.right for row in faulty), sum(not row.right for row in honest)
    print(f"\n{named} of {len(faulty)} faults named first; {alarms} of {len(honest)} honest models alarmed.")
    return 0 if named >= WANTED * len(faulty) and not alarms else 1


def faulty_rows(bench: Bench, asked: argparse.Namespace, sandbox: Sandbox) -> Iterator[Row]:
    """Every faulty model, graded."""
    for fault in FAULTS:
        if (asked.problems and fault.problem not in asked.problems) or not _chosen(fault, asked.only):
            continue
        problem = find(fault.problem)
        dataset = bench.dataset(problem, asked.seed)
        honest = Honest(
            dataset.public, bench.model(problem, "reference", asked.seed), partial(earned_by, dataset)
        )
        yield Row(fault.problem, fault.name, fault.expected, grade_fault(fault, honest, dataset, sandbox))


def earned_by(dataset: Dataset, model: Any) -> int:
    """The score of a model that is at hand, on the hidden test set."""
    inputs = dataset.inputs(Split.HIDDEN)[dataset.problem.inputs[0].name]
    predictions = np.asarray(model.predict(np.asarray(inputs), batch_size=512, verbose=0))
    return score(predictions, dataset.labels(Split.HIDDEN), ScoringSpec.of(dataset)).score


def _chosen(fault: Fault, only: Sequence[str]) -> bool:
    return not only or any(words in fault.name for words in only)


def grade_fault(fault: Fault, honest: Honest, dataset: Dataset, sandbox: Sandbox) -> ScoreCard:
    """Makes the faulty model, saves it as a learner would, and grades it."""
    import keras

    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory(prefix="tfprep-faults-") as scratch:
        path = Path(scratch) / "mymodel.keras"
        fault.make(honest).save(path)
        keras.backend.clear_session()
        return grade_file(path, dataset, sandbox)


def honest_rows(bench: Bench, asked: argparse.Namespace, sandbox: Sandbox) -> Iterator[Row]:
    """Our own solutions, graded: what earns 5 should raise no alarm."""
    for seed in SEEDS if asked.seed in SEEDS else (asked.seed,):
        for fault in dict.fromkeys(fault.problem for fault in FAULTS):
            if asked.problems and fault not in asked.problems:
                continue
            problem = find(fault)
            dataset = bench.dataset(problem, seed)
            for solution in ("reference", "ordinary"):
                path = bench.model(problem, solution, seed)
                yield Row(fault, f"our {solution}, seed {seed}", (), grade_file(path, dataset, sandbox))


def grade_file(path: Path, dataset: Dataset, sandbox: Sandbox) -> ScoreCard:
    """What a model file earns on the hidden test set, and why."""
    return grade(read_submission(path, dataset.problem.id, "faults"), dataset, sandbox).card


def _printed(rows: Iterator[Row]) -> list[Row]:
    kept = []
    for row in rows:
        print(row, flush=True)
        kept.append(row)
    return kept


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=[], metavar="NAME", help="all, unless named")
    parser.add_argument("--seed", type=int, default=SEEDS[0], help="of the data and models that are spoilt")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="WORDS",
        help="faults whose name holds one of these, no honest ones",
    )
    parser.add_argument(
        "--keep", type=Path, default=Home.find().root / "faults", help="for data and honest models"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
