"""Small models of every layer family the five problems invite, built in any TensorFlow from 2.12 to today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from examples import LENGTH, VOCABULARY, ask

keras = tf.keras
layers = tf.keras.layers


@dataclass(frozen=True)
class Specimen:
    """One model of the zoo: what it shows, what it is asked, and how it is built, untrained."""

    name: str
    problem: str
    kind: str
    """Of question, as in `examples.KINDS`."""
    output: tuple[int, ...]
    """The shape of one answer."""
    families: tuple[str, ...]
    build: Callable[[], keras.Model]
    loss: str = "mse"


def fuel_dense():
    return keras.Sequential(
        [
            keras.Input((9,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(4, activation="elu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            layers.Dense(1),
        ]
    )


def fuel_normalization():
    normalization = layers.Normalization(axis=-1)
    normalization.adapt(ask("features", "fuel_normalization.adapt", 32))
    return keras.Sequential(
        [keras.Input((9,)), normalization, layers.Dense(6), layers.BatchNormalization(momentum=0.5), layers.Dense(1)]
    )


def fuel_normalization_scalar():
    normalization = layers.Normalization(axis=None)
    normalization.adapt(ask("features", "fuel_normalization_scalar.adapt", 32))
    return keras.Sequential([keras.Input((9,)), normalization, layers.Dense(6, activation="tanh"), layers.Dense(1)])


def fuel_normalization_given():
    normalization = layers.Normalization(axis=-1, mean=[5.0] * 9, variance=[4.0] * 9)
    return keras.Sequential([keras.Input((9,)), normalization, layers.Dense(4, activation="tanh"), layers.Dense(1)])


def fuel_normalization_unadapted_shape():
    """As in TensorFlow's own fuel tutorial: the layer comes first and tells the model no shape before it is adapted."""
    normalization = layers.Normalization(axis=-1)
    normalization.adapt(ask("features", "fuel_normalization_unadapted_shape.adapt", 32))
    return keras.Sequential([normalization, layers.Dense(5, activation="relu"), layers.Dense(1)])


def digits_dense():
    return keras.Sequential(
        [
            layers.Flatten(input_shape=(28, 28)) if _keras2() else layers.Flatten(),
            layers.Dense(4, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


def digits_conv():
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.LeakyReLU(),
            layers.SeparableConv2D(6, 3, strides=2),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def digits_mixed_precision():
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        return keras.Sequential(
            [
                keras.Input((28, 28)),
                layers.Reshape((28, 28, 1)),
                layers.Conv2D(4, 3, strides=2, activation="relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dense(8, activation="relu"),
                layers.Dense(10),
                layers.Activation("softmax", dtype="float32"),
            ]
        )
    finally:
        keras.mixed_precision.set_global_policy(before)


def flowers_conv():
    return keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.Rescaling(2.0, offset=-1.0),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, strides=2, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dropout(0.3),
            layers.Dense(5, activation="softmax"),
        ]
    )


def flowers_mobilenet():
    """Transfer learning: a frozen base of inverted residuals as a model inside the model."""
    base = _mobilenet_base()
    base.trainable = False
    photograph = keras.Input((64, 64, 3))
    features = base(layers.Rescaling(2.0, offset=-1.0)(photograph), training=False)
    features = layers.GlobalAveragePooling2D()(features)
    return keras.Model(photograph, layers.Dense(5, activation="softmax")(layers.Dropout(0.2)(features)))


def _mobilenet_base():
    pixels = keras.Input((64, 64, 3))
    entry = layers.Conv2D(4, 3, strides=4, padding="same", use_bias=False)(pixels)
    entry = layers.ReLU(6.0)(layers.BatchNormalization(epsilon=1e-3)(entry))
    wide = layers.Conv2D(8, 1, use_bias=False)(entry)
    wide = layers.ReLU(6.0)(layers.BatchNormalization()(wide))
    wide = layers.ZeroPadding2D(((0, 1), (0, 1)))(wide)
    wide = layers.DepthwiseConv2D(2, use_bias=False)(wide)
    wide = layers.ReLU(6.0)(layers.BatchNormalization()(wide))
    narrow = layers.BatchNormalization()(layers.Conv2D(4, 1, use_bias=False)(wide))
    base = keras.Model(pixels, layers.Add()([entry, narrow]), name="mobilenetv2_small")
    random = np.random.default_rng(3)
    base.set_weights([np.abs(random.normal(0.4, 0.2, w.shape)).astype("float32") + 0.05 for w in base.get_weights()])
    return base


def reviews_pooling():
    return keras.Sequential(
        [
            keras.Input((LENGTH,)),
            layers.Embedding(VOCABULARY, 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(4, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def reviews_lstm():
    return keras.Sequential(
        [
            keras.Input((LENGTH,)),
            layers.Embedding(VOCABULARY, 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def reviews_gru():
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(VOCABULARY, 4),
            layers.SpatialDropout1D(0.2),
            layers.GRU(3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def reviews_conv():
    return keras.Sequential(
        [
            keras.Input((LENGTH,)),
            layers.Embedding(VOCABULARY, 4),
            layers.Conv1D(4, 5, activation="relu"),
            layers.MaxPooling1D(4),
            layers.Conv1D(4, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )


def reviews_attention():
    ids = keras.Input((LENGTH,), dtype="int32")
    words = layers.Embedding(VOCABULARY, 4)(ids)
    seen = layers.MultiHeadAttention(num_heads=2, key_dim=2)(words, words)
    words = layers.LayerNormalization()(layers.Add()([words, seen]))
    seen = layers.Attention()([words, words])
    pooled = layers.Concatenate()([layers.GlobalAveragePooling1D()(seen), layers.GlobalMaxPooling1D()(words)])
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(pooled))


def reviews_text():
    """Raw strings of shape (1,), with a vocabulary the layer learned itself."""
    vectorization = layers.TextVectorization(max_tokens=60, output_sequence_length=40)
    vectorization.adapt(tf.constant(ask("text", "reviews_text.adapt", 32)))
    return keras.Sequential(
        [
            keras.Input((1,), dtype=tf.string),
            vectorization,
            layers.Embedding(60, 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def reviews_text_given():
    """Raw strings of shape (), with the vocabulary handed to the layer."""
    vocabulary = sorted({word.lower() for word in ask("text", "reviews_text_given.words", 1)[0].split()})
    review = keras.Input((), dtype=tf.string)
    ids = layers.TextVectorization(vocabulary=vocabulary, output_sequence_length=40)(review)
    words = layers.Embedding(len(vocabulary) + 2, 4, mask_zero=True)(ids)
    return keras.Model(review, layers.Dense(1, activation="sigmoid")(layers.LSTM(3)(words)))


def demand_lstm():
    return keras.Sequential(
        [
            keras.Input((96, 3)),
            layers.LSTM(4, return_sequences=True),
            layers.LSTM(4),
            layers.Dense(24),
        ]
    )


def demand_gru():
    return keras.Sequential(
        [keras.Input((96, 3)), layers.Bidirectional(layers.GRU(3)), layers.Dense(24), layers.Reshape((24, 1))]
    )


def demand_conv():
    return keras.Sequential(
        [
            keras.Input((96, 3)),
            layers.BatchNormalization(momentum=0.5),
            layers.Conv1D(4, 5, padding="causal", activation="relu"),
            layers.AveragePooling1D(4),
            layers.Conv1D(4, 3, dilation_rate=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(24),
        ]
    )


def demand_time_distributed():
    """A value per input step; the last one is read."""
    return keras.Sequential(
        [
            keras.Input((96, 3)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(24)),
        ]
    )


def demand_cells():
    """Recurrent layers wrapped in TimeDistributed, and a bare cell in an RNN."""
    return keras.Sequential(
        [
            keras.Input((96, 3)),
            layers.Reshape((12, 8, 3)),
            layers.TimeDistributed(layers.LSTM(3)),
            layers.RNN(layers.GRUCell(3), return_sequences=True),
            layers.SimpleRNN(3),
            layers.Dense(24),
        ]
    )


def _keras2() -> bool:
    return tf.__version__ < "2.16"


CATEGORICAL = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
SPECIMENS = (
    Specimen("fuel_dense", "problem1", "features", (1,), ("Dense", "Dropout"), fuel_dense),
    Specimen("fuel_normalization", "problem1", "features", (1,), ("Normalization", "BatchNormalization"), fuel_normalization),
    Specimen("fuel_normalization_scalar", "problem1", "features", (1,), ("Normalization",), fuel_normalization_scalar),
    Specimen("fuel_normalization_given", "problem1", "features", (1,), ("Normalization",), fuel_normalization_given),
    Specimen("fuel_normalization_first", "problem1", "features", (1,), ("Normalization",), fuel_normalization_unadapted_shape),
    Specimen("digits_dense", "problem2", "digits", (10,), ("Dense", "Dropout"), digits_dense, CATEGORICAL),
    Specimen("digits_conv", "problem2", "digits", (10,), ("Conv2D", "DepthwiseConv2D", "pooling", "BatchNormalization"), digits_conv, CATEGORICAL),
    Specimen("digits_mixed_precision", "problem2", "digits", (10,), ("mixed precision", "Conv2D"), digits_mixed_precision, CATEGORICAL),
    Specimen("flowers_conv", "problem3", "photographs", (5,), ("Conv2D", "pooling", "Dropout", "augmentation"), flowers_conv, CATEGORICAL),
    Specimen("flowers_mobilenet", "problem3", "photographs", (5,), ("frozen base", "DepthwiseConv2D", "BatchNormalization"), flowers_mobilenet, CATEGORICAL),
    Specimen("reviews_pooling", "problem4", "tokens", (1,), ("Embedding", "pooling"), reviews_pooling, BINARY),
    Specimen("reviews_lstm", "problem4", "tokens", (1,), ("LSTM", "Bidirectional", "Embedding"), reviews_lstm, BINARY),
    Specimen("reviews_gru", "problem4", "tokens", (1,), ("GRU", "Embedding", "Dropout"), reviews_gru, BINARY),
    Specimen("reviews_conv", "problem4", "tokens", (2,), ("Conv1D", "pooling", "Embedding"), reviews_conv, CATEGORICAL),
    Specimen("reviews_attention", "problem4", "tokens", (1,), ("attention", "Embedding"), reviews_attention, BINARY),
    Specimen("reviews_text", "problem4", "text", (1,), ("TextVectorization",), reviews_text, BINARY),
    Specimen("reviews_text_given", "problem4", "text", (1,), ("TextVectorization", "LSTM"), reviews_text_given, BINARY),
    Specimen("demand_lstm", "problem5", "window", (24,), ("LSTM",), demand_lstm),
    Specimen("demand_gru", "problem5", "window", (24, 1), ("GRU", "Bidirectional"), demand_gru),
    Specimen("demand_conv", "problem5", "window", (24,), ("Conv1D", "BatchNormalization", "pooling"), demand_conv),
    Specimen("demand_time_distributed", "problem5", "window", (96, 24), ("TimeDistributed", "Bidirectional", "LSTM"), demand_time_distributed),
    Specimen("demand_cells", "problem5", "window", (24,), ("TimeDistributed", "LSTM", "GRU"), demand_cells),
)
