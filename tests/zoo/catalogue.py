"""The models of the zoo: which layers each has, and which inputs it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import models
from models import keras


@dataclass(frozen=True)
class ZooModel:
    """One model of the zoo: its layers, its inputs, and how it is built, untrained."""

    name: str
    problem: str
    kind: str
    """Of inputs, as in `examples.KINDS`."""
    output: tuple[int, ...]
    """The shape of one prediction."""
    families: tuple[str, ...]
    build: Callable[[], keras.Model]
    loss: str = "mse"


CATEGORICAL = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
ZOO_MODELS = (
    ZooModel("fuel_dense", "problem1", "features", (1,), ("Dense", "Dropout"), models.fuel_dense),
    ZooModel(
        "fuel_normalization",
        "problem1",
        "features",
        (1,),
        ("Normalization", "BatchNormalization"),
        models.fuel_normalization,
    ),
    ZooModel(
        "fuel_normalization_scalar",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_scalar,
    ),
    ZooModel(
        "fuel_normalization_given",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_given,
    ),
    ZooModel(
        "fuel_normalization_first",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_first,
    ),
    ZooModel(
        "digits_dense", "problem2", "digits", (10,), ("Dense", "Dropout"), models.digits_dense, CATEGORICAL
    ),
    ZooModel(
        "digits_conv",
        "problem2",
        "digits",
        (10,),
        ("Conv2D", "DepthwiseConv2D", "pooling", "BatchNormalization"),
        models.digits_conv,
        CATEGORICAL,
    ),
    ZooModel(
        "digits_mixed_precision",
        "problem2",
        "digits",
        (10,),
        ("mixed precision", "Conv2D"),
        models.digits_mixed_precision,
        CATEGORICAL,
    ),
    ZooModel(
        "flowers_conv",
        "problem3",
        "photographs",
        (5,),
        ("Conv2D", "pooling", "Dropout", "augmentation"),
        models.flowers_conv,
        CATEGORICAL,
    ),
    ZooModel(
        "flowers_mobilenet",
        "problem3",
        "photographs",
        (5,),
        ("frozen base", "DepthwiseConv2D", "BatchNormalization"),
        models.flowers_mobilenet,
        CATEGORICAL,
    ),
    ZooModel(
        "reviews_pooling",
        "problem4",
        "tokens",
        (1,),
        ("Embedding", "pooling"),
        models.reviews_pooling,
        BINARY,
    ),
    ZooModel(
        "reviews_lstm",
        "problem4",
        "tokens",
        (1,),
        ("LSTM", "Bidirectional", "Embedding"),
        models.reviews_lstm,
        BINARY,
    ),
    ZooModel(
        "reviews_gru", "problem4", "tokens", (1,), ("GRU", "Embedding", "Dropout"), models.reviews_gru, BINARY
    ),
    ZooModel(
        "reviews_conv",
        "problem4",
        "tokens",
        (2,),
        ("Conv1D", "pooling", "Embedding"),
        models.reviews_conv,
        CATEGORICAL,
    ),
    ZooModel(
        "reviews_attention",
        "problem4",
        "tokens",
        (1,),
        ("attention", "Embedding"),
        models.reviews_attention,
        BINARY,
    ),
    ZooModel("reviews_text", "problem4", "text", (1,), ("TextVectorization",), models.reviews_text, BINARY),
    ZooModel(
        "reviews_text_given",
        "problem4",
        "text",
        (1,),
        ("TextVectorization", "LSTM"),
        models.reviews_text_given,
        BINARY,
    ),
    ZooModel("demand_lstm", "problem5", "window", (24,), ("LSTM",), models.demand_lstm),
    ZooModel("demand_gru", "problem5", "window", (24, 1), ("GRU", "Bidirectional"), models.demand_gru),
    ZooModel(
        "demand_conv",
        "problem5",
        "window",
        (24,),
        ("Conv1D", "BatchNormalization", "pooling"),
        models.demand_conv,
    ),
    ZooModel(
        "demand_time_distributed",
        "problem5",
        "window",
        (96, 24),
        ("TimeDistributed", "Bidirectional", "LSTM"),
        models.demand_time_distributed,
    ),
    ZooModel(
        "demand_cells", "problem5", "window", (24,), ("TimeDistributed", "LSTM", "GRU"), models.demand_cells
    ),
)
