"""Honest models: small networks, each from a seed of its own, trained on public data alone, and kept.

The dense ones are trained here, side by side; ordinary attempts are those of `tests.advice`; the
references, the LSTMs and those with a published base are the cohorts of `tests.cohorts.measure_honest`, which
keeps them in the same folder.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprep.problems import Dataset

from ..advice.corpus import CORPUS
from ..advice.measure import Workbench
from ..cohorts.fine_tuners import TUNINGS, fine_tune
from ..cohorts.keras_learners import COURSES, learn
from ..cohorts.measure_honest import Examples, absolute, between_classes, load
from ..cohorts.networks import Networks, Training

Array = NDArray[Any]
Predict = Callable[[Array], Array]
"""From inputs (n, ...) to predictions (n, *output)."""


@dataclass(frozen=True)
class Course:
    """How learners train a dense network: the layers, and the course; a seed for each."""

    layers: tuple[int, ...]
    training: Training
    learners: int
    first: float = 0.0


CARS = Training(absolute, 250, 3e-3, 32, 1e-3)
DEMAND = Training(absolute, 6, 2e-3, 64)
DENSE = {
    "regression": (
        Course((64, 64, 1), CARS, 20, 23.0),
        Course((32, 32, 1), CARS, 10, 23.0),
        Course((128, 64, 1), Training(absolute, 150, 2e-3, 32), 10, 23.0),
        Course((48, 1), Training(absolute, 300, 5e-3, 32), 10, 23.0),
        Course((32, 32, 32, 1), Training(absolute, 200, 2e-3, 32), 10, 23.0),
    ),
    "forecast": (
        Course((64, 24), DEMAND, 20, 4.5),
        Course((24,), DEMAND, 5, 4.5),
        Course((128, 24), Training(absolute, 10, 1e-3, 64), 10, 4.5),
        Course((64, 64, 24), Training(absolute, 10, 1e-3, 64), 10, 4.5),
    ),
    "mnist": (
        Course((256, 10), Training(between_classes, 6, 1e-3, 64), 6),
        Course((128, 64, 10), Training(between_classes, 6, 2e-3, 64), 6),
    ),
    "imdb": (),
    "flowers": (),
}
KEPT = {
    "mnist": ("digits, reference CNN",),
    "imdb": ("reviews, reference LSTM",),
    "flowers": tuple(name for name in TUNINGS if "MobileNet" in name),
}
"""Cohorts of measure_honest whose weights are kept."""
MOST_KEPT = {"imdb": 6, "flowers": 14, "mnist": 40}
"""So many of each are asked."""


def honest(problem: str, dataset: Dataset, folder: Path) -> Iterator[tuple[str, Sequence[Predict]]]:
    """Groups of honest models."""
    for attempt in CORPUS:
        if attempt.problem == problem and not (attempt.scaling or attempt.front or attempt.last is not None):
            kept = Workbench(folder)._trained(attempt, dataset)
            yield f"attempt, {attempt.name}", [_keras(kept / "mymodel.h5")]
    for course in DENSE[problem]:
        yield f"dense {course.layers}", _dense(problem, course, load(problem, folder), dataset, folder)
    if problem == "imdb":
        yield "bag of words", _bags_of_words(dataset)
    for name in KEPT.get(problem, ()):
        yield name, _kept(name, dataset, folder)[: MOST_KEPT.get(problem)]
    for path in sorted((folder / "models").glob(f"{problem}-reference-*.h5")):
        yield f"{path.stem}", [_keras(path)]


def _bags_of_words(dataset: Dataset) -> list[Predict]:
    """Naive Bayes on a part of the reviews each; half of them trained further by gradient descent."""
    words = (dataset.public / "vocabulary.txt").read_text("utf-8").splitlines()
    numbers = {word: number for number, word in enumerate(words)}
    with (dataset.public / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tokens = np.zeros((len(rows), 160), np.int64)
    for place, row in enumerate(rows):
        text = re.findall(r"[a-z0-9']+", row["text"].lower().replace("<br />", " "))[:160]
        tokens[place, : len(text)] = [numbers.get(word, 1) for word in text]
    labels = np.array([float(row["label"]) for row in rows])
    return [_bag_of_words(tokens, labels, len(words), seed) for seed in range(24)]


def _bag_of_words(tokens: Array, labels: Array, words: int, seed: int) -> Predict:
    random = np.random.default_rng(seed)
    part = random.permutation(len(labels))[: random.integers(len(labels) // 3, len(labels))]
    smoothing, rate = random.uniform(0.5, 3), random.uniform(0.002, 0.006)
    counts = [np.bincount(tokens[part[labels[part] == each]].ravel(), minlength=words) for each in (0, 1)]
    bad, good = (np.log((each + smoothing) / (each[1:].sum() + smoothing * words)) for each in counts)
    weights = good - bad
    weights[0] = 0
    for _ in range(3 if seed % 2 else 0):
        for batch in np.array_split(random.permutation(part), len(part) // 128):
            chance = 1 / (1 + np.exp(-weights[tokens[batch]].sum(axis=1)))
            error = np.repeat(labels[batch] - chance, tokens.shape[1])
            weights += rate * np.bincount(tokens[batch].ravel(), error, minlength=words)
            weights[0] = 0

    def predict(inputs: Array) -> Array:
        return (1 / (1 + np.exp(-weights[inputs].sum(axis=1))))[:, None]

    return predict


def _dense(
    problem: str, course: Course, examples: Examples, dataset: Dataset, folder: Path
) -> Sequence[Predict]:
    layers = "-".join(map(str, course.layers))
    kept = folder / "networks" / f"{problem} {layers} {course.training.epochs} {course.learners}.npz"
    if not kept.is_file():
        sizes = (examples.inputs.shape[1], *course.layers)
        networks = Networks.start(sizes, range(course.learners), course.first)
        networks = networks.train(examples.inputs, examples.truths, course.training)
        kept.parent.mkdir(exist_ok=True)
        np.savez(kept, *[array for layer in networks._layers for array in layer])
    with np.load(kept) as stored:
        arrays = [stored[name] for name in stored]
    read = _reader(problem, dataset)
    return [_network(arrays, index, read) for index in range(course.learners)]


def _network(arrays: Sequence[Array], index: int, read: Predict) -> Predict:
    def predict(inputs: Array) -> Array:
        values = read(inputs)
        for place in range(0, len(arrays), 2):
            values = values @ arrays[place][index] + arrays[place + 1][index]
            if place + 2 < len(arrays):
                values = np.maximum(values, 0)
        return values

    return predict


def _reader(problem: str, dataset: Dataset) -> Predict:
    """From inputs as they are asked to what the dense networks take."""
    if problem == "mnist":
        return lambda inputs: inputs.reshape(len(inputs), -1)
    if problem == "regression":
        table = np.genfromtxt(dataset.public / "train.csv", delimiter=",", skip_header=1, dtype=np.float32)
        mean, spread = table[:, :9].mean(axis=0), table[:, :9].std(axis=0)
        return lambda inputs: (inputs - mean) / spread
    rows = np.genfromtxt(dataset.public / "electricity.csv", delimiter=",", skip_header=1, dtype=np.float32)
    windows = np.stack([rows[start : start + 96] for start in range(0, len(rows) - 120, 2)])
    middle, width = windows.mean(axis=(0, 1)), windows.std(axis=(0, 1))
    return lambda inputs: ((inputs - middle) / width).reshape(len(inputs), -1)


def _kept(name: str, dataset: Dataset, folder: Path) -> Sequence[Predict]:
    """The models of a cohort of measure_honest, without the copies."""
    import keras

    if name in COURSES:
        model, words = COURSES[name].build(), 40
        cut = (lambda inputs: inputs[:, :words]) if "reviews" in name else (lambda inputs: inputs)
        found = learn(name, dataset, folder)
    else:
        base = TUNINGS[name].make_base(folder / "downloads")
        hidden = TUNINGS[name].hidden_units
        layers = [keras.layers.Dense(hidden, "relu")] if hidden else []
        model = keras.Sequential([keras.Input((64, 64, 3)), base, *layers, keras.layers.Dense(10, "softmax")])
        cut = lambda inputs: inputs * 2 - 1  # noqa: E731
        found = fine_tune(name, dataset, folder)

    def predictor(weights: Sequence[Array]) -> Predict:
        def predict(inputs: Array) -> Array:
            model.set_weights(list(weights))
            return np.asarray(model.predict(cut(inputs), batch_size=256, verbose=0))

        return predict

    return [predictor(learned.weights) for key, learned in found if key.isdigit()]


def _keras(path: Path) -> Predict:
    import keras

    model = keras.models.load_model(path, compile=False)
    return lambda inputs: np.asarray(model.predict(inputs, batch_size=512, verbose=0))
