"""How much a score depends on where it is computed: `python -m tests.grader.environments` prints the table.

The reference solutions are graded in workers that are held to other processors: older instruction sets,
TensorFlow without oneDNN, a single thread. Their environments are told apart by what the cards say of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.grader import Graded, grade, read_submission
from tfprep.problems import Dataset, DataStore, usual_problems
from tfprep.problems.sources import Sources
from tfprep.sandbox.host.local import LocalSandbox

from ..calibration import secret_of
from ..trained import TrainedModels, cache_folder

AS_IT_IS: Final = "as it is"
HELD: Final[Mapping[str, Mapping[str, str]]] = {
    AS_IT_IS: {},
    "again": {},
    "oneDNN held to AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    "oneDNN held to AVX": {"ONEDNN_MAX_CPU_ISA": "AVX"},
    "oneDNN held to SSE 4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "without oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "one core": {},
}


@contextmanager
def held_to(name: str) -> Iterator[LocalSandbox]:
    """A local sandbox on a machine that is held to an entry of HELD."""
    cores = os.sched_getaffinity(0)
    os.environ.update(HELD[name])
    if name == "one core":
        os.sched_setaffinity(0, {min(cores)})
    try:
        with LocalSandbox() as sandbox:
            yield sandbox
    finally:
        os.sched_setaffinity(0, cores)
        for variable in HELD[name]:
            del os.environ[variable]


def grade_all(name: str, datasets: list[Dataset], models: TrainedModels) -> dict[str, Graded]:
    """Every reference solution, graded on a machine that is held to an entry of HELD."""
    with held_to(name) as sandbox:
        return {
            dataset.problem.name: grade(
                read_submission(models.model(dataset, "reference", 0), dataset.problem.id, "ann"),
                dataset,
                sandbox,
            )
            for dataset in datasets
        }


def main(names: list[str]) -> None:
    """Grades the problems with these names, or all, everywhere; prints a row for each."""
    sources = Sources(cache_folder() / "downloads", storage_answers=lambda: False)
    with tempfile.TemporaryDirectory() as scratch:
        store = DataStore(Path(scratch), secret_of(0), sources)
        datasets = [
            store.load(each, "package") for each in usual_problems() if each.name in names or not names
        ]
        models = TrainedModels(cache_folder() / "models")
        first = grade_all(AS_IT_IS, datasets, models)
        print(
            "| problem | worker | predictions that differ | by at most | metric | differs by | fingerprint |"
        )
        print("|---|---|---|---|---|---|---|")
        for name in HELD:
            if name != AS_IT_IS:
                for problem, graded in grade_all(name, datasets, models).items():
                    _print_row(problem, name, first[problem], graded)


def _print_row(problem: str, name: str, first: Graded, graded: Graded) -> None:
    one, other = _predictions(first), _predictions(graded)
    apart = np.abs(one - other).reshape(len(one), -1).max(axis=1)
    assert first.card.value is not None
    assert graded.card.value is not None
    same = first.card.fingerprints == graded.card.fingerprints
    cells = (
        problem,
        name,
        f"{np.count_nonzero(apart):,} of {len(apart):,}",
        f"{apart.max():.1e}",
        f"{graded.card.value:.9g}",
        f"{abs(graded.card.value - first.card.value):.1e}",
        "the same" if same else "another",
    )
    print(f"| {' | '.join(cells)} |", flush=True)


def _predictions(graded: Graded) -> NDArray[Any]:
    assert graded.predictions is not None
    return graded.predictions.astype(np.float64)


if __name__ == "__main__":
    main(sys.argv[1:])
