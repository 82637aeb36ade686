"""The inputs of a zoo model, made from its name wherever they are needed.

Needs nothing but numpy, so that the oldest release and today's tests make the same inputs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # The oldest release that writes models has a numpy without it.
    from numpy.typing import NDArray

    Inputs = NDArray[Any] | list[str]

COUNT = 4
"""Inputs per model."""
VOCABULARY = 200
"""Token ids of a zoo model. Far fewer than problem 4 has: a committed file should be small."""
LENGTH = 160
WORDS = [
    "a",
    "the",
    "film",
    "was",
    "not",
    "good",
    "bad",
    "plot",
    "actors",
    "great",
    "awful",
    "boring",
    "wonderful",
    "I",
    "you",
    "it",
    "and",
    "but",
    "so",
    "never",
    "always",
    "slow",
    "funny",
    "sad",
    "music",
    "ending",
    "twist",
    "waste",
    "time",
    "love",
    "hate",
    "best",
    "worst",
    "scene",
    "camera",
    "story",
    "children",
    "night",
]

LINE_SEPARATORS = "\x85\u2028\x1c\u2029\x1d\x1e"


def features(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """(count, 9) Cars: cylinders, displacement, horsepower, weight, acceleration, year, three origins."""
    low = np.array([3, 70, 46, 1600, 8, 70], np.float32)
    high = np.array([8, 455, 230, 5100, 25, 82], np.float32)
    cars = low + random.random((count, 6), np.float32) * (high - low)
    origin = np.eye(3, dtype=np.float32)[random.integers(0, 3, count)]
    return np.concatenate([cars, origin], axis=1).astype(np.float32)


def digits(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """(count, 28, 28) Grey pixels from 0 to 1."""
    return random.random((count, 28, 28), np.float32)


def photographs(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """(count, 64, 64, 3) Colour pixels from 0 to 1."""
    return random.random((count, 64, 64, 3), np.float32)


def tokens(random: np.random.Generator, count: int) -> NDArray[np.int32]:
    """(count, 160) Token ids, padded with 0 at the end after 20 tokens or more."""
    ids = random.integers(1, VOCABULARY, (count, LENGTH))
    lengths = random.integers(20, LENGTH + 1, (count, 1))
    return np.where(np.arange(LENGTH) < lengths, ids, 0).astype(np.int32)


def text(random: np.random.Generator, count: int) -> list[str]:
    """Reviews of 5 to 39 words, with capitals, punctuation and line breaks as the real ones have."""
    return [_review(random, int(random.integers(5, 40))) for _ in range(count)]


def _review(random: np.random.Generator, length: int) -> str:
    words = [WORDS[place] for place in random.integers(0, len(WORDS), length)]
    return " ".join(words).capitalize() + ("!<br /><br />Unforgettable, isn't it?" if length % 2 else ".")


def odd_text(random: np.random.Generator, count: int) -> list[str]:
    """Reviews whose words hold characters that end a line for Python and not for TensorFlow."""
    return [
        " ".join(
            word + LINE_SEPARATORS[place % len(LINE_SEPARATORS)] + word if place % 3 == 0 else word
            for place, word in enumerate(_review(random, int(random.integers(8, 40))).split())
        )
        for _ in range(count)
    ]


def window(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """(count, 96, 3) Demand in GW, temperature in degrees, working day as 0 or 1."""
    demand = 3 + 6 * random.random((count, 96), np.float32)
    temperature = 5 + 35 * random.random((count, 96), np.float32)
    working = random.integers(0, 2, (count, 96)).astype(np.float32)
    return np.stack([demand, temperature, working], axis=-1).astype(np.float32)


KINDS: dict[str, Callable[[np.random.Generator, int], Inputs]] = {
    "features": features,
    "digits": digits,
    "photographs": photographs,
    "tokens": tokens,
    "text": text,
    "odd_text": odd_text,
    "window": window,
}


def make_inputs(kind: str, name: str, count: int = COUNT) -> Inputs:
    """Inputs of this kind, seeded by the checksum of `name`: always the same for the same name."""
    return KINDS[kind](np.random.default_rng(zlib.crc32(name.encode())), count)
