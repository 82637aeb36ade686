"""A cohort whose models are plain text, and a sandbox that reads it: no TensorFlow and no Docker.

A model "right 7" predicts seven of ten labels correctly; `TextModelSandbox.predict` reads the other words.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from tfprep.cohorts.batch.batch import Batch
from tfprep.cohorts.batch.progress import BatchCounts, Progress
from tfprep.errors import FailedAtFile, SandboxUnavailable, WorkerLost
from tfprep.grader import Submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.prepared_problem import PreparedProblem, prepare
from tfprep.grader.parallel.worker_threads import executor_for
from tfprep.grader.records.cohort_runs import CohortNote
from tfprep.problems import Dataset
from tfprep.sandbox import ArtifactKind, Ending, JobTimings, Outcome, PredictJob, TrainJob

from ..grader.made import digits


@dataclass(frozen=True)
class TextFile:
    """A file in somebody's folder."""

    learner: str
    problem: str
    found_at: str
    text: str
    handed_in: datetime | None = None
    is_late: bool | None = None


def hand_in(learner: str, text: str, name: str = "mymodel.h5", at: datetime | None = None) -> TextFile:
    """A model for the cohort's problem."""
    return TextFile(learner, "problem2", f"{learner}/{name}", text, at)


def read(file: TextFile) -> Submission:
    """The file as it would be read from its folder."""
    content = file.text.encode()
    digest = hashlib.sha256(content).hexdigest()
    return Submission(
        file.problem, file.learner, "mymodel.h5", ArtifactKind.H5, content, digest, len(content)
    )


@dataclass
class Calls:
    """What the sandboxes of one pool did, in all threads."""

    predicted: list[str] = field(default_factory=list)
    wall_clock_factors: list[float] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass
class TextModelSandbox:
    """Predicts as the model's text says."""

    right: np.ndarray
    calls: Calls
    seconds: float = 0.0
    name: str = "stand-in"
    environment: str = "stand-in 1"

    def predict(self, job: PredictJob) -> Outcome:
        self.calls.wall_clock_factors.append(job.limits.wall_clock_factor)
        if job.inputs.count != len(self.right):
            return Outcome(Ending.CRASHED)  # it is asked again, and knows its predictions in one order only
        text = job.model.decode()
        self.calls.predicted.append(text)
        words = text.split()
        if "broken" in words:
            raise SandboxUnavailable("The engine went away.", "Start it.")
        if "deadly" in words:
            raise WorkerLost("The sandbox worker was lost.")
        if "strange" in words:
            raise FailedAtFile("tfprep could not read this model.")
        if "once" in words and self.calls.predicted.count(text) == 1:
            raise SandboxUnavailable("A worker vanished.")
        if "bug" in words:
            raise ZeroDivisionError("a bug of ours")
        if "sleeps" in words:
            self.calls.stop.wait(30)
            raise SandboxUnavailable("The container is gone.")
        time.sleep(self.seconds)
        if "slow" in words and self.calls.predicted.count(text) <= int(words[words.index("slow") + 1]):
            return Outcome(Ending.TIMED_OUT, environment=self._environment())
        if "crashes" in words:
            return Outcome(Ending.CRASHED, environment=self._environment())
        predictions = np.eye(10, dtype=np.float32)[self.right]
        tenths = int(words[words.index("right") + 1]) if "right" in words else 10
        predictions[len(predictions) * tenths // 10 :] = np.nan if "nan" in words else 0.1
        return Outcome(
            Ending.COMPLETED,
            predictions=predictions,
            timings=JobTimings(total=0.001),
            environment=self._environment(),
        )

    def train(self, job: TrainJob) -> Outcome:
        raise AssertionError("Nothing is trained here.")

    def _environment(self) -> dict[str, str]:
        return {"python": self.environment}

    def __enter__(self) -> Self:
        self.calls.opened += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.calls.closed += 1


@dataclass
class TextModelPool:
    """Workers that need no engine."""

    right: np.ndarray
    slots: int = 2
    seconds: float = 0.0
    calls: Calls = field(default_factory=Calls)
    environment: str = "stand-in 1"

    @property
    def most_slots(self) -> int:
        return self.slots

    def make(self, slot: int) -> TextModelSandbox:
        return TextModelSandbox(self.right, self.calls, self.seconds, environment=self.environment)

    def end(self) -> None:
        self.calls.stop.set()

    def close(self) -> None:
        """It holds nothing."""


@dataclass
class GradingSetup:
    """A ledger, a prepared problem and a pool: what a batch needs."""

    where: str | Path
    prepared: PreparedProblem
    right: np.ndarray
    progress: list[Progress] = field(default_factory=list)
    pool: TextModelPool = field(init=False)
    on_progress: Callable[[Progress], None] | None = None

    def __post_init__(self) -> None:
        self.pool = TextModelPool(self.right)

    def grade(self, *files: TextFile, cohort: str = "spring", **run_again: object) -> BatchCounts:
        """Runs a batch."""
        with Ledger.open(self.where) as ledger, executor_for(lambda: self.pool) as executor:
            batch: Batch[TextFile] = Batch(
                ledger,
                CohortNote(cohort, by="mentor"),
                {"problem2": self.prepared},
                self.on_progress or self.progress.append,
            )
            return batch.run(files, read, executor, **run_again)  # type: ignore[arg-type]

    def results(self, cohort: str = "spring") -> list[tuple[object, ...]]:
        """Learner, problem, digest, score, verdict and metric of each attempt, sorted."""
        with Ledger.open(self.where) as ledger:
            return sorted(
                (
                    each.entry.learner,
                    each.entry.problem,
                    each.entry.digest,
                    each.record.card.score or 0,
                    each.record.card.verdict.value,
                    each.record.card.value or 0.0,
                )
                for each in ledger.cohorts.attempts(cohort)
            )


def make_setup(folder: Path) -> GradingSetup:
    """A setup with the tests' digits, in an empty folder."""
    dataset: Dataset = digits(folder / "digits", count=100)
    where = folder / "ledger.db"
    Ledger.open(where).close()
    return GradingSetup(where, prepare(dataset, None), np.arange(100) % 10)


def copy_setup(setup: GradingSetup, folder: Path) -> GradingSetup:
    """The same on a ledger of its own: making tables takes longer than most tests."""
    return GradingSetup(Path(shutil.copy(setup.where, folder / "ledger.db")), setup.prepared, setup.right)
