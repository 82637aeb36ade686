"""The vocabulary that a text layer learned, as it stands in a `.keras` archive: a word on each line.

Today's Keras ends a line at ten signs, U+0085 and U+2028 among them, and real reviews hold those inside
words: a word falls apart, all others move on, and the model looks up the wrong ones. Here a line ends where
its writer ended it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_FILE: Final = "vocabulary.txt"
_FROM_WINDOWS: Final = "cp1252"


@contextmanager
def words_by_line() -> Iterator[None]:
    """Lets Keras read vocabularies line by line."""
    import keras

    usual = keras.layers.StringLookup.load_assets
    keras.layers.StringLookup.load_assets = _load_assets
    try:
        yield
    finally:
        keras.layers.StringLookup.load_assets = usual


def split_words(content: bytes) -> list[str]:
    """The words of a vocabulary file, in their order.

    Keras writes it in its writer's encoding, which on Windows may be another than UTF-8, and lines end there
    with two signs.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode(_FROM_WINDOWS, errors="replace")
    words = text.split("\n")
    while words and words[-1] in {"", "\r"}:
        words.pop()
    if len(words) > 1 and all(word.endswith("\r") for word in words[:-1]):
        words = [word.removesuffix("\r") for word in words]
    return words


def _load_assets(layer: Any, folder: str) -> None:
    if layer.input_vocabulary is not None:
        # Words that the layer was given stand in its description.
        return
    words = split_words((Path(folder) / _FILE).read_bytes())
    if layer.output_mode == "tf_idf":
        layer.set_vocabulary(words, idf_weights=layer.idf_weights_const.numpy())
    else:
        layer.set_vocabulary(words)
