"""A fingerprint of a model's weights: enough to see that two models are the same, too little to rebuild one.

    1;<sha256 over all weights>;<shape>,<8 characters of its sha256>,<sampled values>;<shape>,...

Weights in another order, in another file format or under other names give the same sha256. It holds some
values of the largest arrays, always from the same places and standardised, so that two fingerprints of one
shape can be correlated. It was computed beside a stranger's code, and is to be trusted no more than that.
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
"""Values of all arrays together, a byte each."""
_MOST_VALUES_OF_ONE: Final = 200
_MOST_HASHED: Final = 2**17
"""How many values of one array its sha256 covers: of a larger array, so many evenly spaced ones."""
_SMALLEST: Final = 32
"""Values in an array: smaller arrays are similar by chance."""
_SCALE: Final = 24


def fingerprint_weights(read_weights: Callable[[], Sequence[Any]]) -> str:
    """The fingerprint of a model's arrays, at most 4 KiB; empty if they cannot be read or hold no floats."""
    try:
        return _fingerprint([array for array in map(_as_numbers, read_weights()) if array is not None])
    except Exception:  # noqa: BLE001 - a model without a fingerprint can still predict
        return ""


def _fingerprint(arrays: Sequence[NDArray[np.float32]]) -> str:
    if not arrays:
        return ""
    digests = [_digest(array) for array in arrays]
    whole = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
    chosen = sorted(
        (place for place, array in enumerate(arrays) if array.ndim > 1 and array.size >= _SMALLEST),
        key=lambda place: -arrays[place].size,
    )[:MOST_ARRAYS]
    # By shape, so that a format with another order of arrays changes little.
    chosen.sort(key=lambda place: (arrays[place].shape, place))
    values = min(_MOST_VALUES_OF_ONE, MOST_VALUES // max(1, len(chosen)))
    parts = [
        f"{_shape(arrays[place])},{digests[place][:8]},{_sample(arrays[place], values)}" for place in chosen
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
    read = flat[:: -(-flat.size // _MOST_HASHED)]
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
