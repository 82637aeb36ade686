"""Small data sets of every kind of problem, and a sandbox whose model is a Python function."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tfprep.errors import SandboxUnavailable
from tfprep.problems import Band, Dataset, LabelledSet, Labels, Splits, find
from tfprep.problems.dataset import Provenance, read_dataset
from tfprep.problems.dataset_writing import write_dataset
from tfprep.sandbox import Ending, JobTimings, ModelFacts, Outcome, PackedInputs, PredictJob, TrainJob
from tfprep.sandbox.protocol.packing import read_array, read_calls

from .examples import BANDS

Array = NDArray[Any]
Model = Callable[[Array], Array]
T = TypeVar("T")


def make(
    folder: Path,
    name: str,
    hidden: LabelledSet,
    training: LabelledSet | None = None,
    classes: tuple[str, ...] = (),
) -> Dataset:
    """A data set of the problem with these hidden inputs; its bands are those of the tests."""
    folder.mkdir(parents=True)
    bands = BANDS if classes else tuple(Band(score, at_most=0.5 - 0.08 * score) for score in (5, 4, 3, 2, 1))
    problem = find(name)
    problem = replace(
        problem, data_sources=tuple(replace(each, bands=bands) for each in problem.data_sources)
    )
    parts = Splits(lambda public: None, hidden, hidden, classes, training=training)
    write_dataset(folder, problem, Provenance("package", "made for a test", "no secret"), parts)
    return read_dataset(folder, problem, "no secret")


def digits(folder: Path, count: int = 400, training: int = 100) -> Dataset:
    """Problem 2: the label is the brightest pixel of the first row."""
    return make(
        folder, "mnist", _digits(count, 1), _digits(training, 2), tuple(str(digit) for digit in range(10))
    )


def series(folder: Path, count: int = 200) -> Dataset:
    """Problem 5: waves of a day's length, each with a height and a beginning of its own."""
    random = np.random.default_rng(0)
    hours = np.arange(120)[None, :] + random.integers(0, 48, (count, 1))
    demand = 4 + random.uniform(0.5, 1.5, (count, 1)) * np.sin(hours * 2 * np.pi / 48) + hours / 60
    windows = np.zeros((count, 96, 3), np.float32)
    windows[:, :, 0] = demand[:, :96]
    windows[:, :, 1] = random.normal(20, 5, (count, 96))
    return make(
        folder, "forecast", LabelledSet({"window": windows}, Labels(demand[:, 96:].astype(np.float32)))
    )


def cars(folder: Path, count: int = 200) -> Dataset:
    """Problem 1: cars of middling weight go furthest."""
    random = np.random.default_rng(0)
    features = random.uniform(1, 100, (count, 9)).astype(np.float32)
    return make(
        folder, "regression", LabelledSet({"features": features}, Labels(50 - np.abs(features[:, 3] - 50)))
    )


def reviews(folder: Path, count: int = 200) -> Dataset:
    """Problem 4: the first word is 100 in a good review and 200 in a bad one."""
    random = np.random.default_rng(0)
    tokens = np.zeros((count, 160), np.int32)
    tokens[:, :40] = random.integers(300, 400, (count, 40))
    labels = np.arange(count, dtype=np.int64) % 2
    tokens[:, 0] = np.where(labels == 1, 100, 200)
    inputs = {"tokens": tokens, "text": ["words"] * count}
    return make(folder, "imdb", LabelledSet(inputs, Labels(labels)), classes=("negative", "positive"))


def photographs(folder: Path, count: int = 200) -> Dataset:
    """Problem 3: the first kind is redder than it is green; how blue a picture is says nothing."""
    random = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.int64) % 2
    pixels = random.random((count, 64, 64, 3), dtype=np.float32) * 0.2
    pixels[..., 0] += np.where(labels == 0, 0.7, 0.1)[:, None, None]
    pixels[..., 1] += np.where(labels == 0, 0.1, 0.7)[:, None, None]
    pixels[..., 2] += random.choice([0.0, 0.8], count)[:, None, None]
    return make(folder, "flowers", LabelledSet({"pixels": pixels}, Labels(labels)), classes=("poppy", "fern"))


def _digits(count: int, seed: int) -> LabelledSet:
    labels = np.arange(count) % 10
    pixels = np.random.default_rng(seed).random((count, 28, 28), dtype=np.float32) * 0.9
    pixels[:, 0, :] = 0
    pixels[np.arange(count), 0, labels] = 1
    return LabelledSet({"pixels": pixels}, Labels(labels.astype(np.int64)))


@dataclass
class Modelled:
    """A sandbox in which one model answers whatever it is asked."""

    model: Model
    facts: ModelFacts = field(default_factory=ModelFacts)
    seconds: float = 0.1
    ends: dict[int, Outcome | SandboxUnavailable] = field(default_factory=dict)
    """What jobs give instead, by their number, from 0."""
    unanswered: frozenset[int] = frozenset()
    """Which of a job's further sets of inputs it fails at."""
    jobs: list[PredictJob] = field(default_factory=list)
    name: str = "modelled"

    def predict(self, job: PredictJob) -> Outcome:
        self.jobs.append(job)
        given = self.ends.get(len(self.jobs) - 1)
        if isinstance(given, SandboxUnavailable):
            raise given
        if given is not None:
            return given
        return Outcome(
            Ending.COMPLETED,
            predictions=self._in_calls(job.inputs),
            extra_predictions=tuple(
                None if place in self.unanswered else self._in_calls(inputs)
                for place, inputs in enumerate(job.extra_inputs)
            ),
            facts=self.facts,
            timings=JobTimings(total=self.seconds),
        )

    def _in_calls(self, inputs: PackedInputs) -> Array:
        """What the model gives in calls as a worker makes them."""
        parts = np.split(unpacked(inputs), np.cumsum(calls_of(inputs))[:-1])
        return np.concatenate([self.model(part) for part in parts])

    def train(self, job: TrainJob) -> Outcome:
        raise AssertionError("Nothing is trained here.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def unpacked(inputs: PackedInputs) -> Array:
    """Their first form, as a worker reads them."""
    return np.array(_read(inputs, lambda path: read_array(path, inputs.forms[0].name)))


def calls_of(inputs: PackedInputs) -> list[int]:
    """How many of them a model is given in each call."""
    return _read(inputs, read_calls) or [inputs.count]


def _read(inputs: PackedInputs, read: Callable[[Path], T]) -> T:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packed"
        path.write_bytes(inputs.packed)
        return read(path)
