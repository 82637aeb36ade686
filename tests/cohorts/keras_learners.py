"""Trains Keras models as fifty learners would, each from a seed of its own, and caches them in a folder.

The architectures are those of the problems' `reference.py`; data sets and courses are shortened, as `COURSES`
says. Of the first `PLANTED` seeds, a copy is trained further: for one more epoch, and for a second course.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.problems import Dataset, Split

Array = NDArray[Any]
PLANTED: Final = 5
"""Of so many models, copies are planted."""
TRAINED_FURTHER: Final = ("one more epoch", "a second course")
OTHER_BATCH: Final = "another batch size"
"""No copy: the same seed and other code."""
_WORDS: Final = 40
"""Of each review; the reference reads 160."""


@dataclass(frozen=True)
class Examples:
    """What a course trains on, and the hidden inputs."""

    inputs: Array
    labels: Array
    hidden: Array


@dataclass(frozen=True)
class Course:
    """How every learner of a cohort trains."""

    problem: str
    build: Callable[[], Any]
    read: Callable[[Dataset], Examples]
    loss: str
    rate: float
    epochs: int
    batch: int = 128
    learners: int = 50


@dataclass(frozen=True)
class Learned:
    """A trained model."""

    weights: tuple[Array, ...]
    """In the order of `get_weights`."""
    predictions: Array
    """Of the hidden inputs, float16."""


def learn(name: str, dataset: Dataset, folder: Path) -> Iterator[tuple[str, Learned]]:
    """Every model of the course called `name`: "7" is of seed 7, "7 one more epoch" a copy of it."""
    course = COURSES[name]
    cache = folder / "learners" / re.sub(r"\W+", "-", name)
    cache.mkdir(parents=True, exist_ok=True)
    trainer: _Trainer | None = None
    for seed in range(course.learners):
        wanted = [str(seed)]
        if seed < PLANTED:
            wanted += [f"{seed} {kind}" for kind in (*TRAINED_FURTHER, OTHER_BATCH)]
        if not all((cache / f"{each}.npz").exists() for each in wanted):
            trainer = trainer or _Trainer(course, dataset)
            trainer.learn(seed, cache)
        for each in wanted:
            yield each, read_learned(cache / f"{each}.npz")


class _Trainer:
    """One model, which each learner in turn starts anew: tracing it takes longer than training it."""

    def __init__(self, course: Course, dataset: Dataset) -> None:
        import keras

        self._course, self._keras = course, keras
        self._examples = course.read(dataset)
        self._model = course.build()
        self._optimizer = keras.optimizers.Adam(course.rate)
        self._model.compile(optimizer=self._optimizer, loss=course.loss)

    def learn(self, seed: int, cache: Path) -> None:
        """One learner's model, and copies of it that are trained further."""
        epochs, batch = self._course.epochs, self._course.batch
        self._start(seed)
        self._fit(epochs, batch)
        self._keep(cache / f"{seed}.npz")
        if seed >= PLANTED:
            return
        trained = self._model.get_weights()
        for further, more in zip(TRAINED_FURTHER, (1, epochs), strict=True):
            self._start(1_000 + seed)
            self._model.set_weights(trained)
            self._fit(more, batch)
            self._keep(cache / f"{seed} {further}.npz")
        self._start(seed)
        self._fit(epochs, batch // 2)
        self._keep(cache / f"{seed} {OTHER_BATCH}.npz")

    def _start(self, seed: int) -> None:
        self._keras.utils.set_random_seed(seed)
        self._model.set_weights(self._course.build().get_weights())
        for variable in self._optimizer.variables:
            if "learning_rate" not in variable.path:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    def _fit(self, epochs: int, batch: int) -> None:
        inputs, labels = self._examples.inputs, self._examples.labels
        self._model.fit(inputs, labels, epochs=epochs, batch_size=batch, verbose=0)

    def _keep(self, path: Path) -> None:
        predictions = self._model.predict(self._examples.hidden, batch_size=256, verbose=0)
        keep(path, self._model.get_weights(), predictions)


def keep(path: Path, weights: Sequence[Array], predictions: Array) -> None:
    """Caches a trained model; a file is there whole or not at all."""
    named = {f"w{place:04}": array for place, array in enumerate(weights)}
    part = path.with_suffix(".part.npz")
    np.savez(part, predictions=predictions.astype(np.float16), **named)
    part.replace(path)


def read_learned(path: Path) -> Learned:
    """What `keep` cached."""
    with np.load(path, allow_pickle=False) as stored:
        weights = tuple(stored[name] for name in sorted(stored) if name != "predictions")
        return Learned(weights, stored["predictions"])


def build_cnn() -> Any:
    """Problem 2's reference."""
    import keras

    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def build_lstm() -> Any:
    """Problem 4's reference, for shorter reviews: the same weights."""
    import keras

    return keras.Sequential(
        [
            keras.Input((_WORDS,), dtype="int32"),
            keras.layers.Embedding(5000, 32),
            keras.layers.SpatialDropout1D(0.2),
            keras.layers.Bidirectional(keras.layers.LSTM(32, return_sequences=True)),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def _digits(dataset: Dataset) -> Examples:
    with np.load(dataset.public / "mnist.npz") as digits:
        pixels, labels = digits["x_train"][:12_000], digits["y_train"][:12_000]
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"]).reshape(-1, 28, 28)
    return Examples(pixels.astype(np.float32) / 255, labels.astype(np.int32), hidden)


def _reviews(dataset: Dataset) -> Examples:
    words = (dataset.public / "vocabulary.txt").read_text("utf-8").splitlines()
    numbers = {word: number for number, word in enumerate(words)}
    with (dataset.public / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:2_500]
    tokens = np.zeros((len(rows), _WORDS), np.int32)
    for line, row in zip(tokens, rows, strict=True):
        found = re.findall(r"[a-z0-9']+", row["text"].lower().replace("<br />", " "))[:_WORDS]
        line[: len(found)] = [numbers.get(word, 1) for word in found]
    labels = np.array([float(row["label"]) for row in rows], np.float32)
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["tokens"])[:, :_WORDS]
    return Examples(tokens, labels, hidden.astype(np.int32))


COURSES: Final = {
    "digits, reference CNN": Course(
        "mnist", build_cnn, _digits, "sparse_categorical_crossentropy", 0.002, epochs=4
    ),
    "reviews, reference LSTM": Course(
        "imdb", build_lstm, _reviews, "binary_crossentropy", 0.003, epochs=3, batch=64
    ),
}
