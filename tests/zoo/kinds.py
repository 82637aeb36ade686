"""Runs inside an old release: models of which each shows one kind of file that Keras 3 alone cannot read.

    python kinds.py RELEASE FOLDER

Writes FOLDER/kinds.RELEASE/ with an index.json like the one of `write.py`. It runs under Python 3.8 too, with
TensorFlow from 2.2 on. What becomes of each file stands in tests/sandbox/test_zoo.py.
"""

import json
import shutil
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from examples import LENGTH, VOCABULARY, make_inputs
from formats import FORMATS, attempt

keras = tf.keras
layers = tf.keras.layers


def no_input_layer():
    return keras.Sequential([layers.Dense(4, activation="relu", input_shape=(9,)), layers.Dense(1)])


def no_input_layer_nested():
    return keras.Sequential([no_input_layer(), layers.Dense(1)])


def no_input_layer_tokens():
    return keras.Sequential(
        [
            layers.Embedding(VOCABULARY, 2, input_length=LENGTH),
            layers.Bidirectional(layers.LSTM(2)),
            layers.Dense(1),
        ]
    )


def _trained(optimizer):
    model = keras.Sequential([layers.Dense(3, input_shape=(9,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    model.fit(make_inputs("features", "kinds.train", 8), np.zeros((8, 1)), verbose=0)
    return model


def trained():
    return _trained("adam")


def trained_with_ftrl():
    return _trained("ftrl")


def functions_of_tensorflow():
    inputs = keras.Input((9,))
    scaled = inputs / 1000.0 - 1.0
    joined = tf.concat([2.0 - scaled, tf.nn.relu6(scaled)[:, 2:7]], axis=-1)
    return keras.Model(inputs, layers.Dense(1)(tf.reshape(joined, [-1, 14])))


def hard_sigmoid():
    return keras.Sequential(
        [
            keras.Input((96, 3)),
            layers.Bidirectional(layers.LSTM(2, recurrent_activation="hard_sigmoid", return_sequences=True)),
            layers.GRU(2, recurrent_activation="hard_sigmoid"),
            layers.Dense(24, activation="hard_sigmoid"),
        ]
    )


def additive_attention():
    inputs = keras.Input((96, 3))
    query = layers.LSTM(3, return_sequences=True)(inputs)
    both = [layers.AdditiveAttention()([query, inputs]), layers.Attention(use_scale=True)([query, query])]
    return keras.Model(inputs, layers.Dense(24)(layers.GlobalAveragePooling1D()(layers.concatenate(both))))


def _base(shape, name):
    inputs = keras.Input(shape)
    hidden = layers.Conv2D(2, 3, strides=4, activation="relu")(inputs)
    return keras.Model(inputs, layers.BatchNormalization()(hidden), name=name)


def base_in_sequential():
    return keras.Sequential(
        [_base((64, 64, 3), "base"), layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")]
    )


def base_nested_thrice():
    inner = keras.Sequential([_base((64, 64, 3), "base"), layers.GlobalAveragePooling2D()])
    inputs = keras.Input((64, 64, 3))
    middle = keras.Model(inputs, layers.Dense(3)(inner(inputs)))
    return keras.Sequential([middle, layers.Dense(10, activation="softmax")])


def names_with_slashes():
    inputs = keras.Input((9,), name="in/put")
    hidden = layers.Dense(3, name="block/dense")(inputs)
    joined = layers.Add(name="block/add")([hidden, layers.Dense(3, name="block_dense")(hidden)])
    return keras.Model(inputs, layers.Dense(1, name="out/put")(joined), name="my/model")


def initial_state():
    inputs = keras.Input((96, 3))
    last, *states = layers.Bidirectional(layers.LSTM(2, return_state=True))(inputs)
    hidden = layers.Bidirectional(layers.LSTM(2))(layers.RepeatVector(4)(last), initial_state=states)
    last, state = layers.GRU(3, return_state=True)(inputs)
    further = layers.GRU(3)(inputs, initial_state=state)
    return keras.Model(inputs, layers.Dense(24)(layers.concatenate([hidden, last, further])))


def merged_masks():
    inputs = keras.Input((LENGTH,))
    masked = layers.Embedding(VOCABULARY, 2, mask_zero=True)(inputs)
    open_ = layers.Embedding(VOCABULARY, 2)(inputs)
    both = [
        layers.LSTM(2)(layers.Add()([masked, open_])),
        layers.LSTM(2)(layers.concatenate([masked, open_])),
    ]
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate(both)))


def several_axes():
    return keras.Sequential(
        [keras.Input((96, 3)), layers.LayerNormalization(axis=[1, 2]), layers.Flatten(), layers.Dense(24)]
    )


def random_layers_gone():
    return keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.RandomCrop(30, 40),
            layers.RandomHeight(0.2),
            layers.RandomWidth(0.2),
            layers.Resizing(12, 12, interpolation="gaussian"),
            layers.Conv2DTranspose(2, 3),
            layers.GlobalAveragePooling2D(),
            layers.ThresholdedReLU(0.1),
            layers.Dense(10, activation="softmax"),
        ]
    )


def locally_connected():
    return keras.Sequential(
        [
            keras.Input((9,)),
            layers.Reshape((9, 1)),
            layers.LocallyConnected1D(2, 3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def stateful():
    return keras.Sequential(
        [keras.Input((96, 3), batch_size=2), layers.SimpleRNN(3, stateful=True), layers.Dense(24)]
    )


def activations_of_tensorflow():
    inputs = keras.Input((28, 28))
    hidden = layers.Flatten()(inputs)
    for activation in (tf.nn.swish, tf.sin, tf.nn.relu6, tf.nn.log_softmax):
        hidden = layers.Activation(activation)(layers.Dense(4)(hidden))
    return keras.Model(inputs, layers.Dense(10, activation=tf.nn.softmax)(hidden))


def rotation():
    return keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.RandomRotation(0.1),
            layers.Conv2D(2, 3, strides=8),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def never_built():
    return keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(1)])


FILES = ("h5", "keras")
KERAS_2 = {
    base_in_sequential: ("photographs", FILES),
    base_nested_thrice: ("photographs", FILES),
    names_with_slashes: ("features", FILES),
    initial_state: ("window", FILES),
    merged_masks: ("tokens", FILES),
    several_axes: ("window", ("h5",)),
    hard_sigmoid: ("window", FILES),
    functions_of_tensorflow: ("features", FILES),
    random_layers_gone: ("photographs", FILES),
    locally_connected: ("features", FILES),
    stateful: ("window", ("h5", "keras", "saved_model")),
}
KINDS: Any = {
    "tf2.2": {
        no_input_layer: ("features", ("h5",)),
        no_input_layer_nested: ("features", ("h5",)),
        no_input_layer_tokens: ("tokens", ("h5",)),
        trained: ("features", ("saved_model",)),
    },
    "tf2.3": {functions_of_tensorflow: ("features", ("h5",))},
    "tf2.9": {
        additive_attention: ("window", ("h5",)),
        trained_with_ftrl: ("features", ("saved_model",)),
    },
    "tf2.15": KERAS_2,
    "keras3.3": {
        activations_of_tensorflow: ("digits", FILES),
        merged_masks: ("tokens", ("keras",)),
        rotation: ("photographs", ("keras",)),
        several_axes: ("window", ("h5",)),
        never_built: ("features", FILES),
        stateful: ("window", ("keras",)),
    },
}
"""By release: each model, its kind of inputs, and the formats that it is saved in."""


def write(build, kind, formats, folder):
    """Saves one model; a line of the index for each file."""
    name = build.__name__
    tf.random.set_seed(zlib.crc32(name.encode()))
    keras.backend.clear_session()
    model = build()
    random = np.random.default_rng(1)
    model.set_weights([weight + random.uniform(0, 0.5, weight.shape) for weight in model.get_weights()])
    about = {
        "release": folder.name,
        "writer": f"Keras {getattr(keras, '__version__', tf.__version__)}, TensorFlow {tf.__version__}",
        "model": name,
        "kind": kind,
    }
    if model.built:
        inputs = tf.constant(make_inputs(kind, name))
        size = model.inputs[0].shape[0] or len(inputs)
        predictions = []
        for start in range(0, len(inputs), size):
            if name == "stateful":
                layer = model.layers[0]
                getattr(layer, "reset_states", getattr(layer, "reset_state", None))()
            predictions.append(np.asarray(model(inputs[start : start + size], training=False)))
        np.savez_compressed(folder / f"{name}.npz", predictions=np.concatenate(predictions))
        about["predictions"] = f"{folder.name}/{name}.npz"
    for each in formats:
        ending, save = FORMATS[each]
        file = folder / f"{name}{ending}"
        yield {**about, "format": each, "file": f"{folder.name}/{file.name}", **attempt(save, model, file)}


def main(release, target):
    folder = Path(target) / f"kinds.{release}"
    shutil.rmtree(str(folder), ignore_errors=True)
    folder.mkdir(parents=True)
    entries = [
        entry
        for build, (kind, formats) in KINDS[release].items()
        for entry in write(build, kind, formats, folder)
    ]
    (folder / "index.json").write_text(json.dumps(entries, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
