"""What saved models and their parts are called. Names decide nothing about a file that is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...sandbox.protocol import file_formats

SAVED_MODEL_FILE: Final = file_formats.SAVED_MODEL_FILE
SAVED_MODEL_ENTRIES: Final = frozenset(
    {"saved_model.pb", "keras_metadata.pb", "fingerprint.pb", "variables", "assets", "assets.extra", "debug"}
)
"""What a SavedModel consists of. Whatever else lies in the folder is left out, so it changes no digest."""
KERAS_PARTS: Final = frozenset({"config.json", "metadata.json", "model.weights.h5"})
KERAS_ENTRIES: Final = KERAS_PARTS | {"assets"}
"""What a .keras file consists of when it is unpacked."""
MODEL_SUFFIXES: Final = (".h5", ".hdf5", ".keras")


def is_keras_folder(names: Iterable[str]) -> bool:
    """Whether the entries of a folder are those of an unpacked .keras file, weights included."""
    return {"config.json", "model.weights.h5"}.issubset(names)


def is_model_name(name: str) -> bool:
    """Whether a file of this name holds a whole model, as .h5, .hdf5 or .keras in any case."""
    folded = name.casefold()
    return folded.endswith(MODEL_SUFFIXES) and not folded.endswith(".weights.h5")
