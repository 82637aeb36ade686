"""Leaves out work that training needs and a short predict job does not.

Of the seconds between the fork of a job and its first predictions, this saves a little less than half.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_CALL: Final = "__call__"


def run_operations_directly() -> None:
    """Runs the kernel of each eager operation without a graph around it. Call it before the first operation.

    TensorFlow's Python makes a graph of every single operation and optimises it, again in every process; the
    results differ in the last bit of a float at most. Graphs of a SavedModel are optimised as usual.
    """
    try:
        from tensorflow.python import pywrap_tfe
    except ImportError:
        return  # The module is not public. Without it, jobs only take longer.
    setter = "TFE_ContextOptionsSetRunEagerOpAsFunction"
    original = getattr(pywrap_tfe, setter, None)
    if original is not None:
        setattr(pywrap_tfe, setter, lambda options, _: original(options, False))


@contextmanager
def skip_initialisation() -> Iterator[None]:
    """Layers start with zeros instead of random weights: the weights in the file replace them anyway."""
    classes = _random_initialisers()
    originals = [vars(cls)[_CALL] for cls in classes]
    for cls in classes:
        setattr(cls, _CALL, _zeros)
    try:
        yield
    finally:
        for cls, call in zip(classes, originals, strict=True):
            setattr(cls, _CALL, call)


def _random_initialisers() -> list[type[Any]]:
    """The classes that draw random weights; none where Keras has moved them: loading then takes longer."""
    try:
        from keras.src.initializers import random_initializers as module

        base = module.RandomInitializer
    except (ImportError, AttributeError):
        return []
    return [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, base) and _CALL in vars(cls)
    ]


def _zeros(self: Any, shape: Any, dtype: Any = None, **_: Any) -> Any:
    import keras

    return keras.ops.zeros(shape, dtype=keras.backend.standardize_dtype(dtype))
