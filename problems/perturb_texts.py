"""Mistakes that people make with every text of ids: padding on the other side, another numbering."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from .problem import Array, Perturbation
from .texts import TOKENS

NUMBERING: Final = (
    "Use the ids of data/vocabulary.txt: 0 is padding, 1 an unknown word, and words begin with 2."
)


def padded_in_front(tokens: Array) -> Array:
    """(n, length) The zeros after each text moved before it."""
    length = tokens.shape[1]
    lengths = (tokens != 0).sum(axis=1)
    columns = (np.arange(length)[None, :] + lengths[:, None]) % length
    return np.take_along_axis(tokens, columns, axis=1)


def renumbered(tokens: Array, by: int, vocabulary: int) -> Array:
    """(n, length) Every word's id moved by so many; padding and unknown words stay what they are."""
    moved = tokens + by
    known = (tokens > 1) & (moved > 0) & (moved < vocabulary)
    return np.asarray(np.where(known, moved, np.minimum(tokens, 1)), dtype=tokens.dtype)


def backwards(tokens: Array) -> Array:
    """(n, length) The last word first."""
    return np.ascontiguousarray(tokens[:, ::-1])


def of_texts(vocabulary: int, what: str) -> tuple[Perturbation, ...]:
    """For a vocabulary of so many ids, and texts called so: "review"."""

    def shifted(by: int, where: str) -> Perturbation:
        return Perturbation(
            "shifted_token_ids",
            TOKENS,
            partial(renumbered, by=by, vocabulary=vocabulary),
            f"Your model knows each word under an id that is {abs(by)} {where} than in vocabulary.txt.",
            NUMBERING,
        )

    return (
        Perturbation(
            "padding_in_front",
            TOKENS,
            padded_in_front,
            "Your model expects padding before the words, but the inputs are padded at the end.",
            'Pad with padding="post" before training, or let Embedding mask the zeros (mask_zero=True).',
        ),
        shifted(-1, "lower"),
        shifted(1, "higher"),
        shifted(2, "higher"),
        Perturbation(
            "reversed_in_time",
            TOKENS,
            backwards,
            f"Your model expects the words of a {what} in the opposite order.",
            "Feed the words in the order in which they were written.",
        ),
    )
