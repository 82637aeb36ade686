"""Ordinary attempts, as courses, tutorials and public solutions have them: most have no fault at all.

Depths, widths, optimizers and epochs are those of TensorFlow's tutorials on regression, digits, flowers,
texts, series, of Keras's own examples (MLP, CNN, LSTM of reviews), of the courses by DeepLearning.AI and of
T81-558, of "Deep Learning with Python"; then each of them varied in one thing, as learners do.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from .attempt import LOGITS, Attempt


def _all(problem: str, *attempts: tuple[str, str, dict[str, Any]], **usual: Any) -> list[Attempt]:
    return [Attempt(problem, name, body, **{**usual, **changed}) for name, body, changed in attempts]


_TWO: Final = "dense 64, dense 64"
CARS: Final = _all(
    "regression",
    ("a line, as the tutorial begins", "", {"rate": 0.1, "loss": "mae"}),
    ("the tutorial's two layers", _TWO, {"loss": "mae"}),
    (
        "the older tutorial's RMSprop",
        _TWO,
        {"optimizer": "rmsprop", "rate": 0.001, "epochs": 300, "patience": 10},
    ),
    ("25 and 10 on plain columns", "dense 25, dense 10", {"scaling": ""}),
    (
        "25 and 10 on plain columns, stopped early",
        "dense 25, dense 10",
        {"scaling": "", "epochs": 300, "patience": 5},
    ),
    ("a line by SGD on plain columns", "", {"scaling": "", "optimizer": "sgd"}),
    ("two layers on plain columns", _TWO, {"scaling": "", "loss": "mae"}),
    ("two layers on plain columns, 300 epochs", _TWO, {"scaling": "", "loss": "mae", "epochs": 300}),
    ("a pyramid", "dense 128, dense 64, dense 32", {"epochs": 50}),
    ("ten units, twenty epochs", "dense 10", {"epochs": 20}),
    ("one layer by SGD", "dense 64", {"optimizer": "sgd", "epochs": 30}),
    ("two layers by a slow SGD", _TWO, {"optimizer": "sgd", "rate": 0.001, "epochs": 50}),
    ("32 and 64 by RMSprop", "dense 32, dense 64", {"optimizer": "rmsprop"}),
    ("two layers, rate 0.1", _TWO, {"rate": 0.1}),
    ("two layers, rate 1", _TWO, {"rate": 1.0}),
    ("two layers, rate 0.00001", _TWO, {"rate": 1e-5}),
    ("sigmoid layers", _TWO, {"activation": "sigmoid", "loss": "mae"}),
    ("tanh layers", _TWO, {"activation": "tanh", "loss": "mae"}),
    ("wide and deep", "dense 512, dense 512, dense 256", {"epochs": 200}),
    ("half of the units dropped", "dense 64, dropout 0.5, dense 64, dropout 0.5", {"loss": "mae"}),
    ("two layers, ten epochs", _TWO, {"epochs": 10}),
    ("ends in a relu", _TWO, {"last": "relu", "epochs": 30}),
    ("ends in a sigmoid", _TWO, {"last": "sigmoid"}),
    ("scaled outside the model", _TWO, {"scaling": "outside", "loss": "mae"}),
    ("batch normalisation first", _TWO, {"scaling": "batch"}),
    ("large batches, thirty epochs", _TWO, {"batch": 256, "epochs": 30}),
    ("small batches", _TWO, {"batch": 4, "epochs": 50}),
    ("wide on plain columns", "dense 1024, dense 512", {"scaling": "", "epochs": 50}),
    ("the target standardised", _TWO, {"target": "standardised"}),
    ("six sigmoid layers", ", ".join(["dense 16"] * 6), {"activation": "sigmoid"}),
    ("a line by Adam as it comes", "", {"loss": "mae"}),
    ("Huber's loss", _TWO, {"loss": "huber", "epochs": 60}),
    ("elu layers", _TWO, {"activation": "elu", "rate": 0.01, "loss": "mae", "epochs": 60}),
    ("batch normalisation throughout", "dense 64, batchnorm, dense 64, batchnorm", {"scaling": ""}),
    ("eight units on plain columns", "dense 8", {"scaling": "", "rate": 0.01, "epochs": 200}),
    ("squared logarithmic loss", _TWO, {"loss": "mean_squared_logarithmic_error", "epochs": 60}),
    ("Adadelta", _TWO, {"optimizer": "adadelta"}),
    ("a line by SGD", "", {"optimizer": "sgd"}),
    ("twenty epochs, no log", _TWO, {"epochs": 20, "log": False}),
    ("strong weight decay", _TWO, {"l2": 1.0}),
    ("a Normalization never adapted", _TWO, {"scaling": "unadapted", "epochs": 60}),
    ("Adagrad", _TWO, {"optimizer": "adagrad"}),
    ("one epoch", "dense 128", {"epochs": 1}),
    ("forty epochs, no validation", _TWO, {"epochs": 40, "validation": False}),
    scaling="inside",
    epochs=100,
)

_CONV1: Final = "conv 32, pool, conv 32, flatten"
DEMAND: Final = _all(
    "forecast",
    ("a dense layer on plain windows", "flatten, dense 32", {"scaling": ""}),
    ("a line on plain windows", "flatten", {"scaling": "", "loss": "mae"}),
    ("a line", "flatten", {"loss": "mae"}),
    ("the tutorial's two dense layers", "flatten, dense 64, dense 64", {"epochs": 20, "patience": 2}),
    ("wide", "flatten, dense 512, dense 512", {"epochs": 20}),
    ("wide, dropped", "flatten, dense 256, dropout 0.5, dense 256, dropout 0.5", {"epochs": 10}),
    (
        "the course's convolution and LSTM",
        "conv 32 5, lstm 16, dense 30, dense 10",
        {
            "scaling": "",
            "optimizer": "sgd",
            "rate": 1e-6,
            "momentum": 0.9,
            "loss": "huber",
            "epochs": 4,
            "batch": 64,
        },
    ),
    ("the tutorial's LSTM", "lstm 32", {"epochs": 4, "batch": 64}),
    ("an LSTM on plain windows", "lstm 32", {"scaling": "", "epochs": 4, "batch": 64}),
    ("a GRU", "gru 32", {"epochs": 4, "batch": 64}),
    ("two LSTMs", "lstm 32, lstm 32", {"epochs": 3, "batch": 64}),
    ("a simple recurrent network", "rnn 32", {"epochs": 5, "batch": 64}),
    (
        "a simple recurrent network by SGD",
        "rnn 32",
        {"optimizer": "sgd", "rate": 1e-4, "epochs": 5, "batch": 64},
    ),
    ("convolutions, averaged", "conv 32, pool, conv 32, average", {"epochs": 5}),
    ("convolutions, flattened", _CONV1, {"epochs": 5}),
    ("convolutions on plain windows", _CONV1, {"scaling": "", "epochs": 5}),
    ("the last half-hour only", "end, flatten, dense 64", {"epochs": 10}),
    ("ends in a relu", "flatten, dense 64", {"last": "relu"}),
    ("ends in a sigmoid", "flatten, dense 64", {"last": "sigmoid"}),
    ("ends in a tanh", "flatten, dense 64", {"last": "tanh"}),
    ("by SGD", "flatten, dense 64", {"optimizer": "sgd"}),
    ("by a slow SGD", "flatten, dense 64", {"optimizer": "sgd", "rate": 1e-5, "epochs": 5}),
    ("rate 0.1", "flatten, dense 64", {"rate": 0.1}),
    ("rate 0.03 and wide", "flatten, dense 256, dense 256", {"rate": 0.03, "epochs": 6}),
    ("rate 0.00001", "flatten, dense 64, dense 64", {"rate": 1e-5}),
    ("one epoch", "flatten, dense 64", {"epochs": 1}),
    ("two epochs of large batches", "flatten, dense 64", {"epochs": 2, "batch": 512}),
    ("large batches", "flatten, dense 128", {"batch": 512, "epochs": 20}),
    ("small batches", "flatten, dense 128", {"batch": 8, "epochs": 3}),
    ("the target standardised", "flatten, dense 64", {"target": "standardised"}),
    ("scaled outside the model", "flatten, dense 64", {"scaling": "outside"}),
    ("batch normalisation first", "flatten, dense 64", {"scaling": "batch"}),
    ("sigmoid layers", "flatten, dense 64, dense 64", {"activation": "sigmoid"}),
    ("tanh layers", "flatten, dense 64, dense 64", {"activation": "tanh"}),
    ("eight units", "flatten, dense 8", {"epochs": 10}),
    ("twenty epochs by RMSprop", "flatten, dense 64, dense 64", {"optimizer": "rmsprop", "epochs": 20}),
    ("forty epochs", "flatten, dense 128, dense 128", {"epochs": 40, "loss": "mae"}),
    ("no log", "flatten, dense 32", {"epochs": 3, "log": False}),
    ("no validation", "flatten, dense 64, dense 64", {"epochs": 8, "validation": False}),
    ("strong weight decay", "flatten, dense 64, dense 64", {"l2": 0.1}),
    scaling="inside",
    epochs=10,
)

_MLP: Final = "flatten, dense 128"
_CNN: Final = "conv 32, pool, conv 64, pool, flatten"
DIGITS: Final = _all(
    "mnist",
    ("the quickstart", "flatten, dense 128, dropout 0.2", {}),
    ("the course's callback network", "flatten, dense 512", {"epochs": 5, "batch": 64}),
    ("no hidden layer", "flatten", {}),
    (
        "Keras's MLP, five epochs",
        "flatten, dense 512, dropout 0.2, dense 512, dropout 0.2",
        {"optimizer": "rmsprop", "batch": 128},
    ),
    ("Keras's CNN, one epoch", _CNN + ", dropout 0.5", {"epochs": 1, "batch": 128}),
    ("the course's convolution", "conv 32, pool, flatten, dense 128", {"epochs": 1}),
    ("one epoch", _MLP, {"epochs": 1}),
    ("two epochs of 32 units", "flatten, dense 32", {"epochs": 2}),
    ("by SGD", _MLP, {"optimizer": "sgd"}),
    ("by SGD, large batches", "flatten, dense 64", {"optimizer": "sgd", "batch": 256}),
    ("sixteen units", "flatten, dense 16", {"epochs": 8, "batch": 64}),
    ("two layers, 20 epochs", "flatten, dense 128, dense 64", {"epochs": 20, "batch": 128}),
    ("sigmoid layers", "flatten, dense 64, dense 64", {"activation": "sigmoid", "epochs": 4}),
    ("rate 0.1", _MLP, {"rate": 0.1, "epochs": 4}),
    ("rate 0.01", "flatten, dense 64", {"rate": 0.01, "epochs": 6}),
    ("rate 0.00001", _MLP, {"rate": 1e-5, "batch": 128}),
    ("pixels to 255", "flatten, dense 64", {"scaling": "255", "epochs": 4}),
    ("divided by 255 twice", _MLP, {"scaling": "twice", "epochs": 3}),
    ("logits, and a loss that takes them", _MLP, {"last": "", "loss": LOGITS, "epochs": 4}),
    ("logits, and a loss for probabilities", _MLP, {"last": "", "epochs": 3}),
    ("squared error", "flatten, dense 64", {"loss": "mse", "epochs": 4}),
    (
        "ends in a sigmoid",
        "flatten, dense 64",
        {"last": "sigmoid", "loss": "categorical_crossentropy", "epochs": 3},
    ),
    ("large batches, no log", _MLP, {"batch": 512, "epochs": 4, "log": False}),
    ("half of the units dropped", "flatten, dense 64, dropout 0.5", {"epochs": 5, "batch": 64}),
    (
        "flips and turns",
        "conv 16, pool, flatten, dense 64",
        {"augment": "flip rotate", "epochs": 2, "batch": 128},
    ),
    ("batch normalisation", "flatten, dense 128, batchnorm", {"epochs": 5, "batch": 64}),
    epochs=5,
)

_THREE: Final = "conv 16, pool, conv 32, pool, conv 64, pool, flatten, dense 128"
PHOTOGRAPHS: Final = _all(
    "flowers",
    ("the tutorial's network", _THREE, {}),
    ("the tutorial's network, fifty epochs", _THREE, {"epochs": 50}),
    (
        "the tutorial's network, turned and dropped",
        "conv 16, pool, conv 32, pool, conv 64, pool, dropout 0.2, flatten, dense 128",
        {"augment": "flip rotate zoom", "epochs": 15},
    ),
    ("one convolution", "conv 16, pool, flatten, dense 32", {}),
    ("no convolution", "flatten, dense 64", {"epochs": 15}),
    ("averaged", "conv 32, pool, conv 64, pool, average", {"epochs": 20}),
    (
        "averaged, flipped",
        "conv 32, pool, conv 48, pool, conv 64, average",
        {"augment": "flip shift", "epochs": 30},
    ),
    ("five epochs", _THREE, {"epochs": 5}),
    ("by SGD", _THREE, {"optimizer": "sgd", "epochs": 20}),
    ("rate 0.01", _THREE, {"rate": 0.01, "epochs": 15}),
    ("rate 0.0001", _THREE, {"rate": 1e-4, "epochs": 15}),
    (
        "batch normalisation",
        "conv 16, batchnorm, pool, conv 32, batchnorm, pool, flatten, dense 64",
        {"epochs": 20},
    ),
    ("dropped", "conv 16, pool, conv 32, pool, flatten, dense 64, dropout 0.5", {"epochs": 30}),
    ("divided by 255 twice", _THREE, {"scaling": "twice"}),
    (
        "RMSprop, as the book",
        "conv 32, pool, conv 64, pool, conv 64, pool, flatten, dense 64",
        {"optimizer": "rmsprop", "rate": 1e-3, "epochs": 30},
    ),
    ("no log", _THREE, {"epochs": 15, "log": False}),
    epochs=10,
)

REVIEWS: Final = _all(
    "imdb",
    ("averaged words, one epoch", "average, dense 16", {"epochs": 1, "batch": 64}),
    ("averaged words", "average, dense 16", {"epochs": 10, "batch": 512}),
    ("averaged words, thirty epochs", "average, dense 24", {"epochs": 30}),
    ("flattened words, as the course", "flatten, dense 6", {"epochs": 5}),
    ("an LSTM", "lstm 32", {}),
    ("an LSTM that masks", "lstm 32", {"mask": True}),
    ("an LSTM in both directions", "bilstm 32, dense 16", {}),
    ("an LSTM, padded in front", "lstm 32", {"front": True}),
    ("two LSTMs", "lstm 16, lstm 16", {"epochs": 2}),
    ("a GRU", "gru 32", {"epochs": 2}),
    ("a convolution", "conv 64 5, max, dense 16", {}),
    ("a convolution, eight epochs", "conv 64 5, max", {"epochs": 6}),
    ("a simple recurrent network", "rnn 32", {"epochs": 2}),
    ("averaged words by SGD", "average, dense 16", {"optimizer": "sgd", "epochs": 5, "batch": 64}),
    ("averaged words, rate 0.1", "average, dense 16", {"rate": 0.1, "epochs": 4, "batch": 64}),
    ("averaged words, rate 0.0001", "average, dense 16", {"rate": 1e-4, "epochs": 4, "batch": 64}),
    (
        "a logit, and a loss that takes it",
        "average, dense 16",
        {"last": "", "loss": LOGITS, "epochs": 3, "batch": 64},
    ),
    ("a logit, and a loss for probabilities", "average, dense 16", {"last": "", "epochs": 3, "batch": 64}),
    ("no log", "average", {"epochs": 2, "batch": 64, "log": False}),
    ("largest words, twenty epochs", "max, dense 16", {"epochs": 12, "batch": 64}),
    epochs=3,
    batch=128,
)

CORPUS: Final = (*CARS, *DEMAND, *DIGITS, *PHOTOGRAPHS, *REVIEWS)
_PARTS: Final = 3


def is_held_out(attempt: Attempt) -> bool:
    """Whether it is of the third that nobody looks at while the findings are worked on."""
    name = f"{attempt.problem} {attempt.name}"
    return hashlib.sha256(name.encode()).digest()[0] % _PARTS == 0
