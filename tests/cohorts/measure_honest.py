"""Measures what honest learners have in common: `python -m tests.cohorts.measure_honest FOLDER [NAME…]`.

A hundred networks of one architecture, each trained from its own seed, are a cohort in which nobody copied.
So are fifty of the reference solutions (`keras_learners`), and those who fine-tune one published base
(`fine_tuners`). Copies that somebody tried to hide are added. Prints the tables of design/similarity.md, and
writes honest_errors.npz and honest_weights.npz beside this file: what the quick tests need of it. With the
beginnings of cohorts' names it prints those alone. Data and trained models are kept in FOLDER, about 1 GB.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.cohorts.integrity.prediction_agreement import (
    MEASURED,
    Agreement,
    Thresholds,
    shared_errors,
    shared_mistakes,
)
from tfprep.problems import Dataset, Split

from .keras_learners import TRAINED_FURTHER
from .measure_keras import KERAS, dataset_of, measure
from .measure_weights import Weighed, keep_weights, table
from .networks import Networks, Training
from .planted import reorder_chain

Array = NDArray[Any]
KEPT: Final = Path(__file__).with_name("honest_errors.npz")
_EVERYBODY: Final = Thresholds(chance=2.0, shared=-9.0, shared_alone=-9.0, alike=-1.0, alike_alone=-1.0)
"""Named whatever they share: to see how alike the likest are."""
PLANTED: Final = 5
"""Copies of each kind, one at a time, of as many models."""


@dataclass(frozen=True)
class Examples:
    """A problem's data as networks of dense layers take it."""

    inputs: Array
    truths: Array
    hidden: Array
    labels: Array
    classes: int


@dataclass(frozen=True)
class Study:
    """A cohort to train: a problem, the layers behind its inputs, and the course."""

    name: str
    problem: str
    layers: tuple[int, ...]
    training: Training
    count: int = 100
    first: float = 0.0
    straight: frozenset[int] = frozenset()


def absolute(labels: Any, truths: Any) -> Any:
    return _mean(abs(labels - truths))


def squared(labels: Any, truths: Any) -> Any:
    return _mean((labels - truths) ** 2)


def between_classes(labels: Any, truths: Any) -> Any:
    import tensorflow as tf

    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=truths, logits=labels)


def between_two(labels: Any, truths: Any) -> Any:
    import tensorflow as tf

    return _mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=truths, logits=labels))


def _mean(losses: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(losses, axis=-1)


STUDIES: Final = (
    Study(
        "cars, 64-64, full course",
        "regression",
        (64, 64, 1),
        Training(absolute, 250, 3e-3, 32, 1e-3),
        first=23.0,
    ),
    Study("cars, 64-64, short course", "regression", (64, 64, 1), Training(squared, 20)),
    Study("demand, 64", "forecast", (64, 24), Training(absolute, 6, 2e-3, 64), first=4.5),
    Study("digits, 64", "mnist", (64, 10), Training(between_classes, 3, batch=64)),
    Study("digits, no hidden layer", "mnist", (10,), Training(between_classes, 3, batch=64)),
    Study(
        "reviews, mean of 16, then 16",
        "imdb",
        (16, 16, 1),
        Training(between_two, 3, batch=64),
        40,
        straight=frozenset({0}),
    ),
    Study("reviews, no hidden layer", "imdb", (1,), Training(between_two, 3, batch=64)),
)


@dataclass
class Trained:
    """A cohort, and copies that somebody tried to hide: by the kind of hiding."""

    examples: Examples
    networks: Networks
    read: Array
    """(networks, n, ...) as the metric takes it."""
    copies: dict[str, Array] = field(default_factory=dict)
    """(PLANTED, n, ...)"""
    weights: dict[str, list[list[Array]]] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, prints, and keeps."""
    where, *names = arguments or sys.argv[1:]
    folder = Path(where)
    stored: dict[str, Array] = {}
    cohorts: list[Weighed] = []

    def wanted(name: str) -> bool:
        return not names or name.startswith(tuple(names))

    print("| cohort | value | honest pairs | highest | " + " | ".join(_KINDS) + " |")
    print("|---" * (4 + len(_KINDS)) + "|")
    for study in (study for study in STUDIES if wanted(study.name)):
        trained = train(study, load(study.problem, folder))
        for size in dict.fromkeys((study.count, 10, 4)):
            print(tell(study, trained, size), flush=True)
        cohorts.append(weigh(study, trained))
        if study.name in _TO_KEEP:
            stored |= _packed(_TO_KEEP[study.name], trained)
    for name in (name for name in KERAS if wanted(name)):
        weighed, mistakes = measure(name, folder)
        print(mistakes, flush=True)
        cohorts.append(weighed)
    print(f"\n{table(cohorts)}", flush=True)
    if not names:
        np.savez_compressed(KEPT, **stored)
        keep_weights(cohorts)


def load(problem: str, folder: Path) -> Examples:
    """The data of the package, as networks of dense layers take it."""
    return _LOADERS[problem](dataset_of(problem, folder))


def train(study: Study, examples: Examples) -> Trained:
    """The cohort and its copies."""
    sizes = (examples.inputs.shape[1], *study.layers)
    networks = Networks.start(sizes, range(study.count), study.first, study.straight)
    networks = networks.train(examples.inputs, examples.truths, study.training)
    read = _read(networks.predict(examples.hidden), examples)
    trained = Trained(examples, networks, read)
    few = networks.take(range(PLANTED))
    hidden_by = {
        "as it is": few,
        "weights blurred by 1%": few.with_noise(0.01),
        "weights blurred by 5%": few.with_noise(0.05),
        "trained for one more epoch": few.train(
            examples.inputs, examples.truths, replace(study.training, epochs=1)
        ),
    }
    for kind, copies in hidden_by.items():
        trained.copies[kind] = _read(copies.predict(examples.hidden), examples)
    again = few.train(examples.inputs, examples.truths, study.training)
    for kind, copies in zip(TRAINED_FURTHER, (hidden_by["trained for one more epoch"], again), strict=True):
        trained.weights[kind] = [copies.weights(index) for index in range(PLANTED)]
    trained.copies["2% of its predictions changed"] = _spoilt(trained.copies["as it is"], examples)
    return trained


def tell(study: Study, trained: Trained, size: int) -> str:
    """A row: pairs among the honest, how alike the likest are, and how many of the copies are found."""
    honest = trained.read[:size]
    found = []
    for kind in _KINDS:
        hits = 0
        for index, copy in enumerate(trained.copies[kind][:size]):
            pairs = _pairs(np.concatenate([honest, copy[None]]), trained.examples)
            hits += (index, size) in {(pair.first, pair.second) for pair in pairs}
        found.append(f"{hits} of {min(PLANTED, size)}")
    false = len(_pairs(honest, trained.examples))
    likest = max((pair.share for pair in _pairs(honest, trained.examples, _EVERYBODY)), default=0.0)
    return (
        f"| {study.name}, {size} models | {_value(trained)} | {false} | {likest:.2f} | "
        + " | ".join(found)
        + " |"
    )


def weigh(study: Study, trained: Trained) -> Weighed:
    """The same cohort by its weights."""
    layers = range(0, 2 * len(study.layers), 2)
    # Between layers without an activation, units cannot be told apart from their mixtures.
    reorder = reorder_chain(*layers) if len(study.layers) > 1 and not study.straight else None
    weighed = Weighed(study.name)
    for index in range(study.count):
        weighed.add(index, trained.networks.weights(index), reorder, scales=True)
    for kind, copies in trained.weights.items():
        for index, weights in enumerate(copies):
            weighed.add_copy(kind, index, weights)
    return weighed


def _pairs(read: Array, examples: Examples, lines: Thresholds = MEASURED) -> tuple[Agreement, ...]:
    if examples.classes:
        return shared_mistakes(read, examples.labels, examples.classes, lines)
    return shared_errors(read, examples.labels, lines)


def _read(labels: Array, examples: Examples) -> Array:
    if not examples.classes:
        return labels.reshape(len(labels), *examples.labels.shape)
    if labels.shape[-1] == 1:
        return (labels[..., 0] > 0).astype(np.int64)
    return labels.argmax(axis=-1)


def _spoilt(read: Array, examples: Examples) -> Array:
    """2% of the predictions of each model changed: to another class, or by a tenth."""
    random = np.random.default_rng(11)
    changed = random.random(read.shape[:2]) < 0.02
    if examples.classes:
        other = (read + random.integers(1, examples.classes, read.shape)) % examples.classes
        return np.where(changed, other, read)
    return np.where(changed.reshape(*changed.shape, *[1] * (read.ndim - 2)), read * 1.1, read)


def _value(trained: Trained) -> str:
    away = trained.read - trained.examples.labels
    values = (
        (away == 0).mean(axis=1) if trained.examples.classes else np.abs(away).reshape(len(away), -1).mean(1)
    )
    return f"{values.min():.3f} to {values.max():.3f}"


def _packed(name: str, trained: Trained) -> dict[str, Array]:
    """What the tests need: errors only, so that no answer of the data stands here."""
    away = trained.read - trained.examples.labels
    if trained.examples.classes:
        errors = (away % trained.examples.classes).astype(np.uint8)
        return {name: errors[:, (errors != 0).any(axis=0)]}
    return {name: away.astype(np.float16)}


def _digits(dataset: Dataset) -> Examples:
    with np.load(dataset.public / "mnist.npz") as digits:
        pixels, labels = digits["x_train"][:20_000], digits["y_train"][:20_000]
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"])
    return Examples(
        pixels.reshape(-1, 784).astype(np.float32) / 255,
        labels.astype(np.int64),
        hidden.reshape(-1, 784),
        dataset.labels(Split.HIDDEN).values,
        10,
    )


def _cars(dataset: Dataset) -> Examples:
    table = np.genfromtxt(dataset.public / "train.csv", delimiter=",", skip_header=1, dtype=np.float32)
    mean, spread = table[:, :9].mean(axis=0), table[:, :9].std(axis=0)
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["features"])
    return Examples(
        (table[:, :9] - mean) / spread,
        table[:, 9:],
        (hidden - mean) / spread,
        dataset.labels(Split.HIDDEN).values,
        0,
    )


def _demand(dataset: Dataset) -> Examples:
    rows = np.genfromtxt(dataset.public / "electricity.csv", delimiter=",", skip_header=1, dtype=np.float32)
    starts = range(0, len(rows) - 120, 2)
    windows = np.stack([rows[start : start + 96] for start in starts])
    futures = np.stack([rows[start + 96 : start + 120, 0] for start in starts])
    mean, spread = windows.mean(axis=(0, 1)), windows.std(axis=(0, 1))
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["window"])
    return Examples(
        ((windows - mean) / spread).reshape(len(windows), -1),
        futures,
        ((hidden - mean) / spread).reshape(len(hidden), -1),
        dataset.labels(Split.HIDDEN).values,
        0,
    )


def _reviews(dataset: Dataset) -> Examples:
    words = (dataset.public / "vocabulary.txt").read_text("utf-8").splitlines()
    numbers = {word: number for number, word in enumerate(words)}
    with (dataset.public / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:8_000]
    texts = [re.findall(r"[a-z0-9']+", row["text"].lower().replace("<br />", " "))[:160] for row in rows]
    labels = np.array([[float(row["label"])] for row in rows], np.float32)
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["tokens"])
    bags = _bags([[numbers.get(word, 1) for word in text] for text in texts], len(words))
    return Examples(bags, labels, _bags(hidden, len(words)), dataset.labels(Split.HIDDEN).values, 2)


def _bags(rows: Sequence[Any], words: int) -> Array:
    """How often each word comes up, for a network that takes the mean of its words."""
    bags = np.zeros((len(rows), words), np.float32)
    for bag, row in zip(bags, rows, strict=True):
        np.add.at(bag, np.asarray(row, dtype=np.int64), 30 / 160)
    bags[:, 0] = 0
    return bags


_LOADERS: Final[dict[str, Callable[[Dataset], Examples]]] = {
    "mnist": _digits,
    "regression": _cars,
    "forecast": _demand,
    "imdb": _reviews,
}
_KINDS: Final = (
    "as it is",
    "weights blurred by 1%",
    "weights blurred by 5%",
    "2% of its predictions changed",
    "trained for one more epoch",
)
_TO_KEEP: Final = {
    "cars, 64-64, full course": "cars",
    "cars, 64-64, short course": "hasty_cars",
    "digits, 64": "digits",
}


if __name__ == "__main__":
    main()
