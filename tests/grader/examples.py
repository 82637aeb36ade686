"""Small data sets on disk, and a sandbox that answers what it is told to."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tfprep.errors import SandboxUnavailable
from tfprep.grader import Submission
from tfprep.problems import Band, Dataset, LabelledSet, Labels, Splits, find
from tfprep.problems.dataset import Provenance, read_dataset
from tfprep.problems.dataset_writing import write_dataset
from tfprep.sandbox import ArtifactKind, Ending, JobTimings, Outcome, PredictJob, TrainJob

DIGITS = tuple("0123456789")
BANDS = tuple(
    Band(score, at_least=line) for line, score in {0.975: 5, 0.96: 4, 0.94: 3, 0.9: 2, 0.8: 1}.items()
)
"""Kept here, so that calibrating problem 2 anew changes no test."""
ENVIRONMENT = {"tensorflow": "2.21.0", "keras": "3.15.1"}


def make_mnist(folder: Path, hidden: int = 200, validation: int = 50) -> Dataset:
    """Problem 2 with random pictures; the label is in the picture's first row, so that it can be learned."""

    def exam(count: int, seed: int) -> LabelledSet:
        random = np.random.default_rng(seed)
        labels = np.arange(count) % 10
        pixels = random.random((count, 28, 28), dtype=np.float32)
        pixels[np.arange(count), 0, :] = 0
        pixels[np.arange(count), 0, labels] = 1
        return LabelledSet({"pixels": pixels}, Labels(labels.astype(np.int64)))

    def write_public(public: Path) -> None:
        (public / "notes.txt").write_text("public data", encoding="utf-8")

    folder.mkdir(parents=True, exist_ok=True)
    problem = replace(
        find("mnist"), data_sources=tuple(replace(each, bands=BANDS) for each in find("mnist").data_sources)
    )
    parts = Splits(write_public, exam(validation, 1), exam(hidden, 2), DIGITS, public_count=validation)
    write_dataset(folder, problem, Provenance("package", "made for a test", "no secret"), parts)
    return read_dataset(folder, problem, "no secret")


def submitted(kind: ArtifactKind | None = ArtifactKind.H5, artifact: bytes = b"model") -> Submission:
    """A submission of the given kind."""
    return Submission("problem2", "ann", "mymodel.h5", kind, artifact, "ab" * 32, len(artifact))


def probabilities(right: int, count: int = 200) -> NDArray[np.float32]:
    """Predictions for `make_mnist`, of which the first `right` of `count` are right."""
    labels = np.arange(count) % 10
    chosen = np.where(np.arange(count) < right, labels, (labels + 1) % 10)
    return np.eye(10, dtype=np.float32)[chosen]


def predicted(predictions: NDArray[Any] | None, **more: Any) -> Outcome:
    """The outcome of a model that gave these predictions."""
    return Outcome(
        Ending.COMPLETED,
        predictions=predictions,
        environment=ENVIRONMENT,
        timings=JobTimings(start=1.0, transfer=0.5, load=0.25, predict=0.125, total=2.0),
        **more,
    )


@dataclass
class Scripted:
    """A sandbox that gives back what it was told to, and remembers what it was asked."""

    labels: Outcome | SandboxUnavailable = field(default_factory=lambda: Outcome(Ending.CRASHED))
    trains: Outcome | SandboxUnavailable = field(default_factory=lambda: Outcome(Ending.CRASHED))
    jobs: list[PredictJob | TrainJob] = field(default_factory=list)
    name: str = "scripted"

    def predict(self, job: PredictJob) -> Outcome:
        self.jobs.append(job)
        return self._give(self.labels)

    def train(self, job: TrainJob) -> Outcome:
        self.jobs.append(job)
        job.watch("Epoch 1")
        return self._give(self.trains)

    def _give(self, told: Outcome | SandboxUnavailable) -> Outcome:
        if isinstance(told, SandboxUnavailable):
            raise told
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
