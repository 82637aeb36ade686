"""Faulty models of problem 4."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfprep.problems.perturb_texts import padded_in_front
from tfprep.problems.problem4_imdb.data import REVIEWS

from .fault import Fault, Honest, after, fit, last_dense, spoil

L = keras.layers


def read(honest: Honest) -> tuple[np.ndarray, np.ndarray]:
    return _read(honest.public)


@cache
def _read(public: Path) -> tuple[np.ndarray, np.ndarray]:
    with (public / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    vocabulary = (public / "vocabulary.txt").read_text("utf-8").splitlines()
    labels = np.array([float(row["label"]) for row in rows], dtype=np.float32)
    return REVIEWS.encode([row["text"] for row in rows], vocabulary), labels


def averaging(words: int = REVIEWS.vocabulary, width: int = 16, end: str = "sigmoid") -> Any:
    return keras.Sequential(
        [
            keras.Input((REVIEWS.length,), dtype="int32"),
            L.Embedding(words, width),
            L.GlobalAveragePooling1D(),
            L.Dense(1, end),
        ]
    )


def padded_first(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential(
        [
            keras.Input((REVIEWS.length,), dtype="int32"),
            L.Embedding(REVIEWS.vocabulary, 16),
            L.LSTM(16),
            L.Dense(1, "sigmoid"),
        ]
    )
    return fit(model, padded_in_front(x[:8_000]), y[:8_000], "binary_crossentropy", 5, 0.005)


def renumbered(honest: Honest, by: int) -> Any:
    """Trained on ids that are higher by so many: each word's row stands as much further on."""
    model = honest.model()
    layer = next(layer for layer in model.layers if isinstance(layer, L.Embedding))
    (rows,) = layer.get_weights()
    moved = rows.copy()
    moved[2:] = np.roll(rows[2:], by, axis=0)
    layer.set_weights([moved])
    return model


def mirrored(honest: Honest) -> Any:
    """Trained with 1 for a bad review."""
    model = honest.model()
    layer = last_dense(model)
    layer.set_weights([-weights for weights in layer.get_weights()])
    return model


def logits(honest: Honest) -> Any:
    """Trained with from_logits=True and no sigmoid."""
    x, y = read(honest)
    model = averaging(end="linear")
    return fit(model, x, y, keras.losses.BinaryCrossentropy(from_logits=True), 2)


def small_vocabulary(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(averaging(1_000), np.where(x < 1_000, x, 1)[:2_000], y[:2_000], "binary_crossentropy", 1)


def by_heart(honest: Honest) -> Any:
    """A weight for each word at each place: it knows every review again and has learned little."""
    x, y = read(honest)
    layers = [L.Embedding(REVIEWS.vocabulary, 8), L.Flatten(), L.Dense(16, "relu"), L.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((REVIEWS.length,), dtype="int32"), *layers])
    return fit(model, x, y, "binary_crossentropy", 6, 0.003, 256)


def hardly_trained(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(averaging(), x[:5_000], y[:5_000], "binary_crossentropy", 1, 0.002)


def nearly_one_class(honest: Honest) -> Any:
    """Trained on data in which nearly every review is good."""
    x, y = read(honest)
    kept = (y == 1) | (np.arange(len(y)) % 12 == 0)
    return fit(averaging(), x[kept], y[kept], "binary_crossentropy", 2)


def series(honest: Honest) -> Any:
    return keras.Sequential([keras.Input((96, 3)), L.Flatten(), L.Dense(24)])


def with_numbers_of_its_own(honest: Honest) -> Any:
    """Trained on words that a Tokenizer numbered: each word has another row."""
    model = honest.model()
    layer = next(layer for layer in model.layers if isinstance(layer, L.Embedding))
    (rows,) = layer.get_weights()
    order = np.random.default_rng(0).permutation(len(rows) - 2) + 2
    layer.set_weights([np.concatenate([rows[:2], rows[order]])])
    return model


FAULTS = [
    Fault("imdb", "word numbers of its own", "trained_on_other_inputs", with_numbers_of_its_own),
    Fault(
        "imdb",
        "a sigmoid around a sigmoid",
        "sigmoid_twice",
        lambda h: after(h.model(), [L.Activation("sigmoid")]),
    ),
    Fault("imdb", "padding in front, LSTM", "padding_in_front", padded_first),
    Fault("imdb", "ids one too low", "shifted_token_ids", lambda h: renumbered(h, -1)),
    Fault("imdb", "ids one too high", "shifted_token_ids", lambda h: renumbered(h, 1)),
    Fault("imdb", "ids two too high", "shifted_token_ids", lambda h: renumbered(h, 2)),
    Fault("imdb", "1 for a bad review", "labels_permuted", mirrored),
    Fault("imdb", "a logit for a probability", "logits_for_probabilities", logits),
    Fault("imdb", "an embedding of a thousand rows", "unseen_token_ids", small_vocabulary),
    Fault("imdb", "weights of zero", "constant_predictions", lambda h: spoil(h.model(), 0)),
    Fault(
        "imdb",
        "nearly all labels one class",
        "collapsed_predictions",
        nearly_one_class,
        "constant_predictions",
    ),
    Fault("imdb", "NaN weights", "predictions_not_finite", lambda h: spoil(h.model(), np.nan)),
    Fault("imdb", "learned by heart", "overfitting", by_heart),
    Fault("imdb", "hardly trained", "underfitting", hardly_trained),
    Fault("imdb", "the forecast's model", "made_for_another_problem", series),
]
