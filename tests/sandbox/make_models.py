"""Small model files of every kind that tests submit, made once per test run in a process of its own.

Run as `python make_models.py FOLDER`. Beside a model NAME is NAME.npy: its predictions for inputs.npy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

COUNT = 50
TEXTS = ["a good film", "a bad film", "", "good good good", "böse 映画"] * 10


def make_all(folder: Path) -> None:
    """Writes every model and its expected predictions into a folder."""
    keras.utils.set_random_seed(1)
    inputs = np.random.default_rng(0).random((COUNT, 28, 28), dtype=np.float32)
    np.save(folder / "inputs.npy", inputs)
    _digits(folder, inputs)
    _adapted(folder, inputs)
    _normalising(folder, inputs)
    _unwelcome(folder, inputs)
    _words(folder)
    _saved_models(folder, inputs)


def _digits(folder: Path, inputs: np.ndarray) -> None:
    model = _classifier(keras.Input((28, 28)))
    model.save(folder / "digits.h5")
    model.save(folder / "digits.keras")
    model.export(folder / "digits", verbose=False)
    for name in ("digits.h5", "digits.keras", "digits"):
        np.save(folder / f"{name}.npy", model(inputs, training=False).numpy())


def _adapted(folder: Path, inputs: np.ndarray) -> None:
    channel = _classifier(keras.Input((28, 28, 1)))
    channel.save(folder / "channel.h5")
    np.save(folder / "channel.h5.npy", channel(inputs[..., None]).numpy())
    frozen = _classifier(keras.Input(batch_shape=(32, 28, 28)))
    frozen.save(folder / "frozen.h5")
    padded = np.concatenate([inputs, inputs[:14]])
    predictions = np.concatenate([frozen(padded[:32]).numpy(), frozen(padded[32:]).numpy()])[:COUNT]
    np.save(folder / "frozen.h5.npy", predictions)
    half = _classifier(keras.Input((28, 28)), dtype="float16")
    half.save(folder / "half.keras")


def _normalising(folder: Path, inputs: np.ndarray) -> None:
    adapted, given = keras.layers.Normalization(), keras.layers.Normalization(mean=0.0, variance=1.0)
    adapted.adapt(inputs)
    inside = keras.Sequential([keras.Input((28, 28)), keras.layers.Normalization()])
    for name, layer in (
        ("normalising.h5", adapted),
        ("given.h5", given),
        ("never_adapted.h5", keras.layers.Normalization()),
        ("never_adapted.keras", inside),
    ):
        layers = [layer, keras.layers.Flatten(), keras.layers.Dense(10)]
        keras.Sequential([keras.Input((28, 28)), *layers]).save(folder / name)


def _unwelcome(folder: Path, inputs: np.ndarray) -> None:
    _classifier(keras.Input((20, 20))).save(folder / "wrong_input.h5")
    _classifier(keras.Input((28, 28)), units=9).save(folder / "wrong_output.h5")
    broken = _classifier(keras.Input((28, 28)))
    broken.layers[-1].kernel.assign(broken.layers[-1].kernel * np.nan)
    broken.save(folder / "nan.h5")
    broken.save_weights(folder / "only.weights.h5")
    scaled = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Lambda(lambda x: x / 2),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    scaled.save(folder / "lambda.h5")
    scaled.save(folder / "lambda.keras")
    first, second = keras.Input((28, 28)), keras.Input((28, 28))
    both = keras.layers.Dense(10)(keras.layers.Flatten()(keras.layers.Add()([first, second])))
    keras.Model([first, second], both).save(folder / "two_inputs.h5")


def _words(folder: Path) -> None:
    vectorize = keras.layers.TextVectorization(
        20, output_sequence_length=4, vocabulary=["good", "bad", "film"]
    )
    text = keras.Sequential(
        [keras.Input((1,), dtype="string"), vectorize, keras.layers.Embedding(20, 4), keras.layers.Flatten()]
    )
    text.add(keras.layers.Dense(1, activation="sigmoid"))
    text.save(folder / "text.keras")
    np.save(folder / "text.keras.npy", text(tf.constant([[text] for text in TEXTS])).numpy())
    tokens = keras.Sequential(
        [keras.Input((4,)), keras.layers.Embedding(20, 4), keras.layers.LSTM(3), keras.layers.Dense(1)]
    )
    tokens.save(folder / "tokens.h5")
    small = keras.Sequential([keras.Input((4,)), keras.layers.Embedding(3, 4), keras.layers.Flatten()])
    small.add(keras.layers.Dense(1))
    small.save(folder / "small_vocabulary.h5")
    inputs = np.arange(COUNT * 4, dtype=np.int32).reshape(COUNT, 4) % 20
    np.save(folder / "tokens.npy", inputs)
    np.save(folder / "tokens.h5.npy", tokens(inputs).numpy())
    cars = keras.layers.Normalization(axis=-1)
    cars.adapt(np.full((8, 3), 2.0) + np.arange(8)[:, None])
    keras.Sequential([keras.Input((3,)), cars, keras.layers.Dense(1)]).save(folder / "cars.h5")


def _saved_models(folder: Path, inputs: np.ndarray) -> None:
    shape = tf.TensorSpec((None, 28, 28), tf.float32)

    def save(name: str, call) -> None:  # type: ignore[no-untyped-def]
        module = tf.Module()
        module.call = tf.function(call, input_signature=[shape])
        tf.saved_model.save(module, str(folder / name), signatures={"serving_default": module.call})

    def spin(x: tf.Tensor) -> dict[str, tf.Tensor]:
        turns = tf.while_loop(lambda i: i < 2**62, lambda i: [i + 1], [tf.constant(0, tf.int64)])[0]
        return {"out": x[:, 0, :10] + tf.cast(turns, tf.float32)}

    def swallow(x: tf.Tensor) -> dict[str, tf.Tensor]:
        _, heap = tf.while_loop(
            lambda i, heap: i < 2**20,
            lambda i, heap: [i + 1, tf.concat([heap, tf.random.uniform([2**24])], 0)],
            [tf.constant(0), tf.zeros([1])],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        )
        return {"out": x[:, 0, :10] + heap[-1]}

    def speak(x: tf.Tensor) -> dict[str, tf.Tensor]:
        tf.print("the first input is", x[0], summarize=-1)
        return {"out": x[:, 0, :10]}

    def complain(x: tf.Tensor) -> dict[str, tf.Tensor]:
        tf.debugging.assert_less(x, -1.0, message="too large")
        return {"out": x[:, 0, :10]}

    def dice(x: tf.Tensor) -> dict[str, tf.Tensor]:
        # Two seeds of 0, as of a learner who has set none: the clock decides.
        return {"out": x[:, 0, :10] + tf.raw_ops.RandomUniform(shape=[10], dtype=tf.float32)}

    calls = {"spin": spin, "swallow": swallow, "speak": speak, "complain": complain, "dice": dice}
    for name, call in calls.items():
        save(name, call)
    np.save(folder / "speak.npy", inputs[:, 0, :10])
    tf.saved_model.save(tf.Module(), str(folder / "no_signature"))


def _classifier(entry: keras.KerasTensor, units: int = 10, dtype: str = "float32") -> keras.Model:
    inner = keras.layers.Flatten()(entry)
    inner = keras.layers.Dense(16, activation="relu", dtype=dtype)(inner)
    return keras.Model(entry, keras.layers.Dense(units, activation="softmax", dtype=dtype)(inner))


if __name__ == "__main__":
    make_all(Path(sys.argv[1]))
