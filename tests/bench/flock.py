"""A cohort to grade, and the batch that grades it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tfprep.cohorts.batch.batch import Batch
from tfprep.cohorts.batch.progress import Progress, ignore_progress
from tfprep.grader import Submission, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.prepared_problem import PreparedProblem
from tfprep.grader.parallel.worker_threads import executor_for
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.grader.scoring.card import Record
from tfprep.sandbox import WorkerPool
from tfprep.sandbox.host.select_sandbox import docker_pool

NAME = "spring"


@dataclass(frozen=True)
class Handed:
    """A model in somebody's folder."""

    learner: str
    path: Path
    problem: str = "problem2"
    handed_in: datetime | None = None
    is_late: bool | None = None

    @property
    def found_at(self) -> str:
        """For people."""
        return f"{self.learner}/{self.path.name}"


def hand_in(models: Sequence[Path]) -> list[Handed]:
    """Each by a learner of its own."""
    return [Handed(path.parent.name, path) for path in models]


def read(handed: Handed) -> Submission:
    """As a cohort's folder is read."""
    return read_submission(handed.path, handed.problem, handed.learner)


def pool_of_containers(prepared: PreparedProblem) -> WorkerPool:
    """As many workers in Docker as this machine bears."""
    return docker_pool(prepared.policy.predicting(prepared.dataset.problem), None, None)


def grade_all(
    handed: Sequence[Handed],
    prepared: PreparedProblem,
    pool: WorkerPool,
    on_progress: Callable[[Progress], None] = ignore_progress,
) -> tuple[Record, ...]:
    """Grades everything into a new ledger, workers started and ended; what the ledger then holds."""
    with tempfile.TemporaryDirectory() as place, Ledger.open(Path(place) / "ledger.db") as ledger:
        with executor_for(lambda: pool) as executor:
            batch: Batch[Handed] = Batch(ledger, CohortNote(NAME), {"problem2": prepared}, on_progress)
            tally = batch.run(handed, read, executor)
        if tally.graded != len(handed):
            raise SystemExit(
                f"The batch graded {tally.graded} of {len(handed)}: {tally.stopped} {tally.faults}"
            )
        return tuple(attempt.record for attempt in ledger.cohorts.attempts(NAME))
