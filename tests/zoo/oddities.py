"""Runs inside an old release: models that are loaded with an adaptation, or refused with a reason.

    python oddities.py RELEASE FOLDER

Writes FOLDER/oddities.RELEASE/ with an index.json like the one of `write.py`. Which refusal each earns
stands in the tests, because that is what they are about.
"""

from __future__ import annotations

import json
import shutil
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from examples import LENGTH, VOCABULARY, make_inputs
from formats import FORMATS, attempt, reason, zip_folder
from models import keras, layers
from write import writer


@dataclass(frozen=True)
class Oddity:
    """A model with something unusual about it; `feed` turns the inputs into what it takes."""

    name: str
    kind: str
    build: Callable[[], keras.Model]
    formats: tuple[str, ...] = ("h5",)
    feed: Callable[[Any], Any] = tf.constant


def channel_axis():
    """The learner's network sees (28, 28, 1), the exam's inputs are (28, 28)."""
    return keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(3, 5, strides=3), layers.Flatten(), _ten()]
    )


def batch_of_32():
    return keras.Sequential([keras.Input((28, 28), batch_size=32), layers.Flatten(), layers.Dense(3), _ten()])


def double_precision():
    keras.backend.set_floatx("float64")
    try:
        return keras.Sequential([keras.Input((9,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    finally:
        keras.backend.set_floatx("float32")


def long_token_ids():
    return _reviews(keras.Input((LENGTH,), dtype="int64"))


def short_token_ids():
    return _reviews(keras.Input((LENGTH,), dtype="int16"))


def placeless(function):
    """The function without the path of the file it stands in, which its bytecode would carry into the zoo."""
    function.__code__ = function.__code__.replace(co_filename="oddities.py")
    return function


def lambda_layer():
    return keras.Sequential(
        [
            keras.Input((9,)),
            layers.Lambda(placeless(lambda cars: cars / 100.0), name="shrink"),
            layers.Dense(1),
        ]
    )


def nested_lambda():
    inner = keras.Sequential(
        [keras.Input((9,)), layers.Lambda(placeless(lambda cars: cars / 9.0), name="hidden_away")]
    )
    return keras.Sequential([keras.Input((9,)), inner, layers.Dense(1)])


class Shrink(keras.layers.Layer):
    """A layer of the learner's own, whose code does not travel with the file."""

    def call(self, cars):
        return cars / 50.0


def custom_layer():
    return keras.Sequential([keras.Input((9,)), Shrink(), layers.Dense(1)])


def soft_step(numbers):
    return numbers / (1 + tf.abs(numbers))


def custom_activation():
    return keras.Sequential([keras.Input((9,)), layers.Dense(4, activation=soft_step), layers.Dense(1)])


def custom_loss():
    model = keras.Sequential([keras.Input((9,)), layers.Dense(1)])
    model.compile("adam", placeless(lambda truth, guess: tf.reduce_mean(tf.abs(truth - guess))))
    return model


def operations():
    """Arithmetic on a Keras tensor: TFOpLambda in Keras 2, an operation that can be loaded in Keras 3."""
    photograph = keras.Input((64, 64, 3))
    pixels = layers.GlobalAveragePooling2D()(photograph * 2.0 - 1.0)
    return keras.Model(photograph, layers.Dense(5, activation="softmax")(pixels))


def tensorflow_function():
    cars = keras.Input((9,))
    return keras.Model(cars, layers.Dense(1)(tf.nn.relu(layers.Dense(4)(cars))))


def lines_in_words():
    """A vocabulary that was learned from reviews with characters inside words that end a line elsewhere."""
    vectorization = layers.TextVectorization(max_tokens=80, output_sequence_length=40)
    vectorization.adapt(tf.constant(make_inputs("odd_text", "lines_in_words.adapt", 8)))
    review = keras.Input((1,), dtype=tf.string)
    words = layers.GlobalAveragePooling1D()(layers.Embedding(80, 4)(vectorization(review)))
    return keras.Model(review, layers.Dense(1)(words))


def two_inputs():
    first, second = keras.Input((9,)), keras.Input((9,))
    return keras.Model([first, second], layers.Dense(1)(layers.Concatenate()([first, second])))


def two_outputs():
    cars = keras.Input((9,))
    return keras.Model(cars, [layers.Dense(1)(cars), layers.Dense(1)(cars)])


def odd_input_name():
    cars = keras.Input((9,), name="what_the_car_is_like")
    return keras.Model(cars, layers.Dense(1, name="mpg")(cars))


def never_built():
    """A model that learned its input's shape only from data."""
    model = keras.Sequential([layers.Dense(3), layers.Dense(1)])
    model(tf.constant(make_inputs("features", "never_built.train", 2)))
    return model


def _ten():
    return layers.Dense(10, activation="softmax")


def _reviews(ids):
    words = layers.GlobalAveragePooling1D()(layers.Embedding(VOCABULARY, 3)(ids))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(words))


def twice(cars):
    return [tf.constant(cars)] * 2


SAVED = ("saved_model", "export")
ODDITIES = (
    Oddity(
        "channel_axis",
        "digits",
        channel_axis,
        ("h5", "keras", *SAVED),
        lambda digits: tf.constant(digits[..., None]),
    ),
    Oddity(
        "batch_of_32",
        "digits",
        batch_of_32,
        ("h5", "keras", *SAVED),
        lambda digits: tf.constant(np.resize(digits, (32, 28, 28))),
    ),
    Oddity(
        "double_precision",
        "features",
        double_precision,
        ("h5", "keras", *SAVED),
        lambda cars: tf.constant(cars, tf.float64),
    ),
    Oddity(
        "long_token_ids", "tokens", long_token_ids, ("h5", *SAVED), lambda ids: tf.constant(ids, tf.int64)
    ),
    Oddity("short_token_ids", "tokens", short_token_ids, ("h5",), lambda ids: tf.constant(ids, tf.int16)),
    Oddity("lambda_layer", "features", lambda_layer, ("h5", "keras", *SAVED)),
    Oddity("nested_lambda", "features", nested_lambda, ("h5", "keras")),
    Oddity("custom_layer", "features", custom_layer, ("h5", "keras", *SAVED)),
    Oddity("custom_activation", "features", custom_activation, ("h5", "keras")),
    Oddity("custom_loss", "features", custom_loss, ("h5", "keras")),
    Oddity("operations", "photographs", operations, ("h5", "keras", "saved_model")),
    Oddity("tensorflow_function", "features", tensorflow_function, ("h5", "keras", "saved_model")),
    Oddity(
        "lines_in_words", "odd_text", lines_in_words, ("keras",), lambda texts: tf.constant(texts)[:, None]
    ),
    Oddity("two_inputs", "features", two_inputs, ("h5", "keras", "saved_model"), twice),
    Oddity("two_outputs", "features", two_outputs, ("h5", "keras", "saved_model")),
    Oddity("odd_input_name", "features", odd_input_name, SAVED),
    Oddity("never_built", "features", never_built, ("h5", "keras", *SAVED)),
)


def write(oddity: Oddity, folder: Path) -> list[dict[str, Any]]:
    """Saves one in its formats, and the predictions it gave where there is one prediction to give."""
    keras.utils.set_random_seed(zlib.crc32(oddity.name.encode()))
    about = {"release": folder.name, "writer": writer(), "model": oddity.name, "kind": oddity.kind}
    try:
        model = oddity.build()
    except Exception as error:  # noqa: BLE001 - not every release can build every oddity
        return [about | {"format": name} | reason(error) for name in oddity.formats]
    predictions = model(oddity.feed(make_inputs(oddity.kind, oddity.name)), training=False)
    if not isinstance(predictions, list):
        np.savez_compressed(folder / f"{oddity.name}.npz", predictions=np.asarray(predictions))
    entries = []
    for name in oddity.formats:
        ending, save = FORMATS[name]
        file = folder / f"{oddity.name}{ending}"
        where = {
            "format": name,
            "file": f"{folder.name}/{file.name}",
            "predictions": f"{folder.name}/{oddity.name}.npz",
        }
        entries.append(about | where | attempt(save, model, file))
    return entries


class Module(tf.Module):
    """A SavedModel made without Keras: its signatures are the author's own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = tf.Variable(np.linspace(-1, 1, 9, dtype=np.float32).reshape(9, 1))

    @tf.function(input_signature=[tf.TensorSpec((None, 9), tf.float32, name="cars")])
    def estimate(self, cars):
        return {"mpg": tf.matmul(cars, self.weight)}

    @tf.function(input_signature=[tf.TensorSpec((None, 9), tf.float32, name="cars")])
    def double(self, cars):
        return {"mpg": 2 * tf.matmul(cars, self.weight)}

    @tf.function(input_signature=[tf.TensorSpec((None, 9), tf.float32, name="cars")])
    def both(self, cars):
        return {"mpg": tf.matmul(cars, self.weight), "litres": 235 / tf.matmul(cars, self.weight)}


def write_signatures(folder: Path) -> list[dict[str, Any]]:
    """SavedModels by their signatures: several, with and without the usual one, one, none, two outputs."""
    module = Module()
    choices = {
        "several_signatures": {"estimate": module.estimate, "double": module.double},
        "usual_signature_among_several": {"double": module.double, "serving_default": module.estimate},
        "one_signature_of_another_name": {"estimate": module.estimate},
        "no_signature": {},
        "signature_with_two_outputs": {"serving_default": module.both},
    }
    entries = []
    for name, signatures in choices.items():
        unpacked = folder / name
        tf.saved_model.save(module, str(unpacked), signatures=signatures)
        zip_folder(unpacked, folder / f"{name}.saved_model.zip")
        shutil.rmtree(unpacked)
        np.savez_compressed(
            folder / f"{name}.npz",
            predictions=module.estimate(tf.constant(make_inputs("features", name)))["mpg"],
        )
        about = {
            "release": folder.name,
            "writer": writer(),
            "model": name,
            "kind": "features",
            "format": "saved_model",
        }
        where = {"file": f"{folder.name}/{name}.saved_model.zip", "predictions": f"{folder.name}/{name}.npz"}
        entries.append(about | where)
    return entries


def write_weights(folder: Path) -> list[dict[str, Any]]:
    """Weights without their model: `save_weights`, and a checkpoint folder."""
    model = custom_loss()
    file = folder / "save_weights.weights.h5"
    model.save_weights(str(file))
    checkpoint = folder / "checkpoint"
    tf.train.Checkpoint(model=model).save(str(checkpoint / "ckpt"))
    zip_folder(checkpoint, folder / "checkpoint.zip")
    shutil.rmtree(checkpoint)
    about = {"release": folder.name, "writer": writer(), "kind": "features"}
    return [
        about | {"model": "save_weights", "format": "h5", "file": f"{folder.name}/{file.name}"},
        about | {"model": "checkpoint", "format": "saved_model", "file": f"{folder.name}/checkpoint.zip"},
    ]


def main(release: str, target: str) -> None:
    folder = Path(target) / f"oddities.{release}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = [entry for oddity in ODDITIES for entry in write(oddity, folder)]
    entries += write_signatures(folder) + write_weights(folder)
    (folder / "index.json").write_text(json.dumps(entries, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
