"""A sketch of a model's weights: enough to see that two models are one, too little to rebuild either.

    1;<sha256 over all weights>;<shape>,<8 signs of its sha256>,<sampled values>;<shape>,...

Weights in another order, in another file format or under other names give the same sha256. Of the largest
arrays some values are kept, always from the same places, with their mean and spread taken out: two sketches
of one shape can be correlated. Whoever reads a sketch must not believe it more than the model it is of.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_ARRAYS: Final = 20
MOST_VALUES: Final = 2_000
"""Of all arrays together; a byte each."""
_MOST_OF_ONE: Final = 200
_MOST_READ: Final = 2**17
"""Values of one array that its sha256 covers: of a larger one, so many evenly apart."""
_FEW: Final = 32
"""Smaller arrays are alike by chance, or because they are hardly trained."""
_SCALE: Final = 24


def fingerprint_weights(read_weights: Callable[[], Sequence[Any]]) -> str:
    """A sketch of a model's arrays, at most 4 KiB; empty where there are no numbers, or none can be read."""
    try:
        return _sketch([array for array in map(_as_numbers, read_weights()) if array is not None])
    except Exception:  # noqa: BLE001 - a model that cannot be sketched can still be asked
        return ""


def _sketch(arrays: Sequence[NDArray[np.float32]]) -> str:
    if not arrays:
        return ""
    digests = [_digest(array) for array in arrays]
    whole = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
    told = sorted(
        (place for place, array in enumerate(arrays) if array.ndim > 1 and array.size >= _FEW),
        key=lambda place: -arrays[place].size,
    )[:MOST_ARRAYS]
    # By shape, so that a format which stores arrays in another order changes little.
    told.sort(key=lambda place: (arrays[place].shape, place))
    values = min(_MOST_OF_ONE, MOST_VALUES // max(1, len(told)))
    parts = [
        f"{_shape(arrays[place])},{digests[place][:8]},{_sample(arrays[place], values)}" for place in told
    ]
    return ";".join(["1", whole, *parts])


def _as_numbers(weight: Any) -> NDArray[np.float32] | None:
    """The array as float32; None for counters, seeds and words, which are no weights."""
    array = np.asarray(weight)
    if not array.size or (array.dtype.kind != "f" and array.dtype.name != "bfloat16"):
        return None
    return np.asarray(array, dtype=np.float32)


def _digest(array: NDArray[np.float32]) -> str:
    flat = array.ravel()
    read = flat[:: -(-flat.size // _MOST_READ)]
    shaped = f"{_shape(array)} ".encode()
    return hashlib.sha256(shaped + read.astype("<f4").tobytes()).hexdigest()


def _shape(array: NDArray[np.float32]) -> str:
    return "x".join(map(str, array.shape))


def _sample(array: NDArray[np.float32], count: int) -> str:
    """Values of the array in base64, a signed byte each."""
    places = np.random.default_rng(array.size).integers(0, array.size, min(count, array.size))
    values = np.nan_to_num(array.ravel()[places].astype(np.float64), posinf=0.0, neginf=0.0)
    spread = values.std() or 1.0
    steps = np.clip(np.rint((values - values.mean()) / spread * _SCALE), -127, 127)
    return base64.b64encode(steps.astype(np.int8).tobytes()).decode()
