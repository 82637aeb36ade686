"""Small models of every layer family the five problems invite, built in any TensorFlow from 2.12 to today."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from examples import LENGTH, VOCABULARY, make_inputs

keras = tf.keras
layers = tf.keras.layers


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
    normalization.adapt(make_inputs("features", "fuel_normalization.adapt", 32))
    return keras.Sequential(
        [
            keras.Input((9,)),
            normalization,
            layers.Dense(6),
            layers.BatchNormalization(momentum=0.5),
            layers.Dense(1),
        ]
    )


def fuel_normalization_scalar():
    normalization = layers.Normalization(axis=None)
    normalization.adapt(make_inputs("features", "fuel_normalization_scalar.adapt", 32))
    return keras.Sequential(
        [keras.Input((9,)), normalization, layers.Dense(6, activation="tanh"), layers.Dense(1)]
    )


def fuel_normalization_given():
    normalization = layers.Normalization(axis=-1, mean=[5.0] * 9, variance=[4.0] * 9)
    return keras.Sequential(
        [keras.Input((9,)), normalization, layers.Dense(4, activation="tanh"), layers.Dense(1)]
    )


def fuel_normalization_first():
    """As in TensorFlow's own fuel tutorial: the layer comes first, and no shape is given anywhere."""
    normalization = layers.Normalization(axis=-1)
    normalization.adapt(make_inputs("features", "fuel_normalization_unadapted_shape.adapt", 32))
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
    base.set_weights(
        [np.abs(random.normal(0.4, 0.2, w.shape)).astype("float32") + 0.05 for w in base.get_weights()]
    )
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
    vectorization.adapt(tf.constant(make_inputs("text", "reviews_text.adapt", 32)))
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
    """Raw strings of shape (), with a vocabulary given to the layer."""
    vocabulary = sorted(
        {word.lower() for word in make_inputs("text", "reviews_text_given.words", 1)[0].split()}
    )
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
