"""Faulty models of problem 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from .fault import Fault, Honest, barely_short, fit, rename_outputs, spoil

L = keras.layers
EXAMPLES = 8_000
"""As many as show a mistake, so that making the models does not take an hour."""

Change = Callable[[np.ndarray], np.ndarray]


def read(honest: Honest) -> tuple[np.ndarray, np.ndarray]:
    with np.load(honest.public / "mnist.npz") as digits:
        x, y = digits["x_train"][:EXAMPLES], digits["y_train"][:EXAMPLES]
    return x.astype(np.float32) / 255, y.astype(np.int64)


def network(*entry: Any, width: int = 128, end: str = "softmax") -> Any:
    return keras.Sequential(
        [keras.Input((28, 28)), *entry, L.Flatten(), L.Dense(width, "relu"), L.Dense(10, end)]
    )


def trained(honest: Honest, change: Change = lambda x: x, model: Any = None, epochs: int = 4) -> Any:
    x, y = read(honest)
    return fit(
        model if model is not None else network(),
        change(x),
        y,
        "sparse_categorical_crossentropy",
        epochs,
    )


def without_class(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(), x[y != 7], y[y != 7], "sparse_categorical_crossentropy", 3)


def nearly_one_class(honest: Honest) -> Any:
    """Trained on labels of which all but a few say 3."""
    x, y = read(honest)
    return fit(network(), x, np.where(np.arange(len(y)) % 30, 3, y), "sparse_categorical_crossentropy", 1)


def logits(honest: Honest) -> Any:
    """Linear outputs, compiled with a loss that takes them for probabilities."""
    return trained(honest, model=network(end="linear"), epochs=1)


def channel_first(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential(
        [keras.Input((1, 28, 28)), L.Flatten(), L.Dense(64, "relu"), L.Dense(10, "softmax")]
    )
    return fit(model, x[:2_000, None], y[:2_000], "sparse_categorical_crossentropy", 1)


def labels_from_one(honest: Honest) -> Any:
    x, y = read(honest)
    model = keras.Sequential([keras.Input((28, 28)), L.Flatten(), L.Dense(11, "softmax")])
    return fit(model, x[:2_000], y[:2_000] + 1, "sparse_categorical_crossentropy", 1)


def flowers(honest: Honest) -> Any:
    return keras.Sequential(
        [keras.Input((64, 64, 3)), L.Conv2D(8, 3), L.GlobalAveragePooling2D(), L.Dense(10, "softmax")]
    )


def huge(honest: Honest) -> Any:
    x, y = read(honest)
    return fit(network(width=8_000), x[:500], y[:500], "sparse_categorical_crossentropy", 2, 1e-3)


def normalised(honest: Honest, axis: int) -> Any:
    """Trained on as many examples as a learner has: on few of them it is weak on its own scale too."""
    with np.load(honest.public / "mnist.npz") as digits:
        x, y = digits["x_train"].astype(np.float32), digits["y_train"].astype(np.int64)
    x = keras.utils.normalize(x, axis=axis)
    return fit(network(), x, y, "sparse_categorical_crossentropy", 5, 0.001, 256)


def doubled_softmax(honest: Honest) -> Any:
    return trained(honest, model=keras.Sequential([*network().layers, L.Softmax()]))


def other_pictures(honest: Honest) -> Any:
    """Trained on other pictures of this shape: here, of sums and differences of digits."""
    x, _ = read(honest)
    mixed = np.abs(x - np.roll(x[:, ::-1], 7, axis=0))
    kinds = (mixed[:, 4:24, 4:24].sum(axis=(1, 2)) // 12).astype(np.int64) % 10
    return fit(network(), mixed, kinds, "sparse_categorical_crossentropy", 8)


FAULTS = [
    Fault(
        "mnist",
        "keras.utils.normalize(x, axis=1)",
        "other_scale",
        lambda h: normalised(h, 1),
    ),
    Fault(
        "mnist",
        "keras.utils.normalize(x), the last axis",
        "other_scale",
        lambda h: normalised(h, -1),
    ),
    Fault("mnist", "a softmax of a softmax", "activation_twice", doubled_softmax),
    Fault("mnist", "other pictures of this shape", "trained_on_other_inputs", other_pictures),
    Fault("mnist", "trained on 0-255", "forgot_to_rescale", lambda h: trained(h, lambda x: x * 255)),
    Fault(
        "mnist",
        "Rescaling(1/255) inside, trained on 0-255",
        "rescaled_twice",
        lambda h: trained(h, lambda x: x * 255, network(L.Rescaling(1 / 255))),
    ),
    Fault(
        "mnist",
        "divided by 255 twice before training",
        "rescaled_twice",
        lambda h: trained(h, lambda x: x / 255, epochs=12),
    ),
    Fault("mnist", "trained on -1 to 1", "other_scale", lambda h: trained(h, lambda x: x * 2 - 1)),
    Fault("mnist", "trained on inverted pixels", "inverted_pixels", lambda h: trained(h, lambda x: 1 - x)),
    Fault(
        "mnist",
        "height and width exchanged",
        "axes_exchanged",
        lambda h: trained(h, lambda x: x.swapaxes(1, 2)),
    ),
    Fault(
        "mnist",
        "labels one too high",
        "labels_off_by_one",
        lambda h: rename_outputs(h.model(), np.roll(np.arange(10), 1)),
    ),
    Fault(
        "mnist",
        "labels one too low",
        "labels_off_by_one",
        lambda h: rename_outputs(h.model(), np.roll(np.arange(10), -1)),
    ),
    Fault(
        "mnist",
        "labels permuted",
        "labels_permuted",
        lambda h: rename_outputs(h.model(), np.random.default_rng(3).permutation(10)),
    ),
    Fault(
        "mnist",
        "two labels exchanged",
        "labels_permuted",
        lambda h: rename_outputs(h.model(), np.array([0, 1, 2, 3, 9, 5, 6, 7, 8, 4])),
    ),
    Fault("mnist", "labels from 1, eleven outputs", "output_shape", labels_from_one),
    Fault("mnist", "no 7 in the training data", "class_never_predicted", without_class),
    Fault("mnist", "logits in a loss for probabilities", "logits_for_probabilities", logits),
    Fault("mnist", "weights of zero", "constant_predictions", lambda h: spoil(h.model(), 0)),
    Fault(
        "mnist",
        "nearly all labels one class",
        "collapsed_predictions",
        nearly_one_class,
        "constant_predictions",
    ),
    Fault("mnist", "NaN weights", "predictions_not_finite", lambda h: spoil(h.model(), np.nan)),
    Fault("mnist", "infinite weights", "predictions_not_finite", lambda h: spoil(h.model(), np.inf)),
    Fault("mnist", "channels first", "axes_in_another_order", channel_first),
    Fault("mnist", "the flowers' model", "made_for_another_problem", flowers),
    Fault("mnist", "six million parameters", "larger_than_needed", huge),
    Fault(
        "mnist",
        "one epoch of a small layer",
        "underfitting",
        lambda h: trained(h, model=network(width=8), epochs=1),
    ),
    Fault("mnist", "nearly there", "barely_missed", barely_short),
]
