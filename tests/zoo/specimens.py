"""The models of the zoo: what each shows, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import models
from models import keras


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


CATEGORICAL = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
SPECIMENS = (
    Specimen("fuel_dense", "problem1", "features", (1,), ("Dense", "Dropout"), models.fuel_dense),
    Specimen(
        "fuel_normalization",
        "problem1",
        "features",
        (1,),
        ("Normalization", "BatchNormalization"),
        models.fuel_normalization,
    ),
    Specimen(
        "fuel_normalization_scalar",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_scalar,
    ),
    Specimen(
        "fuel_normalization_given",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_given,
    ),
    Specimen(
        "fuel_normalization_first",
        "problem1",
        "features",
        (1,),
        ("Normalization",),
        models.fuel_normalization_first,
    ),
    Specimen(
        "digits_dense", "problem2", "digits", (10,), ("Dense", "Dropout"), models.digits_dense, CATEGORICAL
    ),
    Specimen(
        "digits_conv",
        "problem2",
        "digits",
        (10,),
        ("Conv2D", "DepthwiseConv2D", "pooling", "BatchNormalization"),
        models.digits_conv,
        CATEGORICAL,
    ),
    Specimen(
        "digits_mixed_precision",
        "problem2",
        "digits",
        (10,),
        ("mixed precision", "Conv2D"),
        models.digits_mixed_precision,
        CATEGORICAL,
    ),
    Specimen(
        "flowers_conv",
        "problem3",
        "photographs",
        (5,),
        ("Conv2D", "pooling", "Dropout", "augmentation"),
        models.flowers_conv,
        CATEGORICAL,
    ),
    Specimen(
        "flowers_mobilenet",
        "problem3",
        "photographs",
        (5,),
        ("frozen base", "DepthwiseConv2D", "BatchNormalization"),
        models.flowers_mobilenet,
        CATEGORICAL,
    ),
    Specimen(
        "reviews_pooling",
        "problem4",
        "tokens",
        (1,),
        ("Embedding", "pooling"),
        models.reviews_pooling,
        BINARY,
    ),
    Specimen(
        "reviews_lstm",
        "problem4",
        "tokens",
        (1,),
        ("LSTM", "Bidirectional", "Embedding"),
        models.reviews_lstm,
        BINARY,
    ),
    Specimen(
        "reviews_gru", "problem4", "tokens", (1,), ("GRU", "Embedding", "Dropout"), models.reviews_gru, BINARY
    ),
    Specimen(
        "reviews_conv",
        "problem4",
        "tokens",
        (2,),
        ("Conv1D", "pooling", "Embedding"),
        models.reviews_conv,
        CATEGORICAL,
    ),
    Specimen(
        "reviews_attention",
        "problem4",
        "tokens",
        (1,),
        ("attention", "Embedding"),
        models.reviews_attention,
        BINARY,
    ),
    Specimen("reviews_text", "problem4", "text", (1,), ("TextVectorization",), models.reviews_text, BINARY),
    Specimen(
        "reviews_text_given",
        "problem4",
        "text",
        (1,),
        ("TextVectorization", "LSTM"),
        models.reviews_text_given,
        BINARY,
    ),
    Specimen("demand_lstm", "problem5", "window", (24,), ("LSTM",), models.demand_lstm),
    Specimen("demand_gru", "problem5", "window", (24, 1), ("GRU", "Bidirectional"), models.demand_gru),
    Specimen(
        "demand_conv",
        "problem5",
        "window",
        (24,),
        ("Conv1D", "BatchNormalization", "pooling"),
        models.demand_conv,
    ),
    Specimen(
        "demand_time_distributed",
        "problem5",
        "window",
        (96, 24),
        ("TimeDistributed", "Bidirectional", "LSTM"),
        models.demand_time_distributed,
    ),
    Specimen(
        "demand_cells", "problem5", "window", (24,), ("TimeDistributed", "LSTM", "GRU"), models.demand_cells
    ),
)
