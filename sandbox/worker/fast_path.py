"""What TensorFlow and Keras do for training, and a process that answers a few thousand questions need not.

Of the seconds between the fork of a job and its first answers, these two leave a little more than half.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_CALL: Final = "__call__"


def run_operations_directly() -> None:
    """Each operation runs its kernel, as in TensorFlow's C library. To be called before the first operation.

    TensorFlow's Python makes a graph around every single operation and rewrites it for the processor and for
    compilers: the same numbers but for the last bit of a float, paid for again in every process. Graphs that
    a SavedModel brings are rewritten as before.
    """
    from tensorflow.python import pywrap_tfe

    wish = "TFE_ContextOptionsSetRunEagerOpAsFunction"
    decide = getattr(pywrap_tfe, wish, None)
    if decide is not None:
        setattr(pywrap_tfe, wish, lambda options, _: decide(options, False))


@contextmanager
def blank_weights() -> Iterator[None]:
    """Layers begin with zeros where they would draw random numbers: the file's weights replace either."""
    from keras.src.initializers import random_initializers as drawn

    kinds = [
        kind
        for _, kind in inspect.getmembers(drawn, inspect.isclass)
        if issubclass(kind, drawn.RandomInitializer) and _CALL in vars(kind)
    ]
    kept = [vars(kind)[_CALL] for kind in kinds]
    for kind in kinds:
        setattr(kind, _CALL, _zeros)
    try:
        yield
    finally:
        for kind, call in zip(kinds, kept, strict=True):
            setattr(kind, _CALL, call)


def _zeros(self: Any, shape: Any, dtype: Any = None, **_: Any) -> Any:
    import keras

    return keras.ops.zeros(shape, dtype=keras.backend.standardize_dtype(dtype))
