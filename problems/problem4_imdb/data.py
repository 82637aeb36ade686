"""Film reviews: raw text, 1 for a reviewer who liked the film and 0 for one who did not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Loaded, Splits
from ..split import Shares
from ..texts import TextData, Texts

REVIEWS: Final = TextData(
    classes=("negative", "positive"),
    length=160,
    vocabulary=5000,
    shares=Shares(hidden=0.2, validation=0.1),
    what="review",
    folders=(("neg", "negative", "bad", "0"), ("pos", "positive", "good", "1")),
)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a CSV file of text, label and source, of which those of IMDB count."""
    with raw.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "imdb"]
    labels = np.array([int(row["label"]) for row in rows], dtype=np.int64)
    return REVIEWS.split(Texts([row["text"] for row in rows], labels), secret)


def split_tfds(raw: Loaded, secret: bytes) -> Splits:
    """`raw` has the splits train and test; what else it has carries no labels."""
    examples = [example for name in ("train", "test") for example in raw.splits[name]]
    labels = np.array([example["label"] for example in examples], dtype=np.int64)
    return REVIEWS.split(Texts([example["text"].decode() for example in examples], labels), secret)
