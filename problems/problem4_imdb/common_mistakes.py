"""What goes wrong with the reviews: padding on the other side, and ids of another numbering."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from ..problem import Array, CommonMistakes, Perturbation, Rerendering
from .data import LENGTH, VOCABULARY
from .rerender import retold

_NUMBERING: Final = (
    "Use the ids of data/vocabulary.txt: 0 is padding, 1 an unknown word, and words begin with 2."
)


def padded_in_front(tokens: Array) -> Array:
    """(n, LENGTH) The zeros after each review moved before it."""
    lengths = (tokens != 0).sum(axis=1)
    columns = (np.arange(LENGTH)[None, :] + lengths[:, None]) % LENGTH
    return np.take_along_axis(tokens, columns, axis=1)


def renumbered(tokens: Array, by: int) -> Array:
    """(n, LENGTH) Every word's id moved by so many; padding and unknown words stay what they are."""
    moved = tokens + by
    known = (tokens > 1) & (moved > 0) & (moved < VOCABULARY)
    return np.asarray(np.where(known, moved, np.minimum(tokens, 1)), dtype=tokens.dtype)


def backwards(tokens: Array) -> Array:
    """(n, LENGTH) The last word first."""
    return np.ascontiguousarray(tokens[:, ::-1])


def _shifted(by: int, where: str) -> Perturbation:
    return Perturbation(
        "shifted_token_ids",
        "tokens",
        partial(renumbered, by=by),
        f"Your model knows each word under an id that is {abs(by)} {where} than in vocabulary.txt.",
        _NUMBERING,
    )


common_mistakes = CommonMistakes(
    perturbations=(
        Perturbation(
            "padding_in_front",
            "tokens",
            padded_in_front,
            "Your model expects padding before the words, but the inputs are padded at the end.",
            'Pad with padding="post" before training, or let Embedding mask the zeros (mask_zero=True).',
        ),
        _shifted(-1, "lower"),
        _shifted(1, "higher"),
        _shifted(2, "higher"),
        Perturbation(
            "reversed_in_time",
            "tokens",
            backwards,
            "Your model expects the words of a review in the opposite order.",
            "Feed the words in the order in which they were written.",
        ),
    ),
    mistaken_for="Perhaps your word numbers are not those of data/vocabulary.txt: a Tokenizer of one's own "
    f"numbers words in another way. {_NUMBERING}",
    regularise="SpatialDropout1D behind the Embedding, or Dropout before the last layer",
    rerendering=Rerendering(retold, "with sentences in another order, other names and a few other words"),
    ample_parameters=5_000_000,
)
