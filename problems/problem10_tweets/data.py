"""Tweets: 23,140 of airlines, companies and news, 1 for a favourable one and 0 for one that is not."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Splits
from ..split import Shares
from ..texts import TextData, Texts, tokens

TWEETS: Final = TextData(
    classes=("negative", "positive"),
    length=40,
    vocabulary=5000,
    shares=Shares(hidden=0.2, validation=0.1),
    what="tweet",
    near=True,
    folders=(("neg", "negative", "bad", "0"), ("pos", "positive", "good", "1")),
)
_SENT_ON: Final = re.compile(r"^RT @\w+:?\s*|https?://\S+")
"""What differs in one tweet that several people sent on."""


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a CSV file of sentiment, confidence and text; what is neutral is left out."""
    with raw.open(newline="", encoding="latin-1") as file:
        rows = [row for row in csv.DictReader(file) if row["sentiment"] in TWEETS.classes]
    texts = [_SENT_ON.sub("", row["text"]).strip() for row in rows]
    kept = [number for number, text in enumerate(texts) if tokens(text)]
    labels = np.array([TWEETS.classes.index(rows[number]["sentiment"]) for number in kept], dtype=np.int64)
    return TWEETS.split(Texts([texts[number] for number in kept], labels), secret)
