"""A fingerprint of a model's weights: enough to see that two models are the same, too little to rebuild one.

    2;<sha256 over all weights>;<shape>,<8 characters of its sha256>,<values>,<columns>,<rows>;<shape>,...

Weights in another order, in another file format or under other names give the same sha256. Of each array of
two axes or more it holds some values, always from the same places, and profiles of a few columns and rows:
those survive when hidden units are put in another order or, between layers of ReLU, scaled. It was computed
beside a stranger's code, and is to be trusted no more than that.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "2"
MOST_ARRAYS: Final = 64
MOST_VALUES: Final = 6_144
"""Values of all arrays together, two bytes each."""
_MOST_VALUES_OF_ONE: Final = 256
_FIRST_ARRAYS: Final = 16
"""Of more than MOST_ARRAYS arrays so many are the first ones; the others are the last."""
_MOST_HASHED: Final = 2**17
"""How many values of one array its sha256 covers: of a larger array, so many evenly spaced ones."""
_SMALLEST: Final = 4
"""Values in an array."""
PROFILED: Final = 16
"""So many arrays have profiles: the last ones. So many units of each, too."""
QUANTILES: Final = 8
_MOST_PROFILED: Final = 2**20
"""Values in an array that has profiles."""
_ROUNDS: Final = 8
_UNIT: Final = 1e-12
_STEPS: Final = 24


def fingerprint_weights(read_weights: Callable[[], Sequence[Any]]) -> str:
    """The fingerprint of a model's arrays, at most 28 KiB; empty if they cannot be read or hold no floats."""
    try:
        return _fingerprint([array for array in map(_as_numbers, read_weights()) if array is not None])
    except Exception:  # noqa: BLE001 - a model without a fingerprint can still predict
        return ""


def _fingerprint(arrays: Sequence[NDArray[np.float32]]) -> str:
    if not arrays:
        return ""
    digests = [_digest(array) for array in arrays]
    whole = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
    kernels = [place for place, array in enumerate(arrays) if array.ndim > 1 and array.size >= _SMALLEST]
    if len(kernels) > MOST_ARRAYS:
        kernels = kernels[:_FIRST_ARRAYS] + kernels[_FIRST_ARRAYS - MOST_ARRAYS :]
    profiled = set(kernels[-PROFILED:])
    count = min(_MOST_VALUES_OF_ONE, MOST_VALUES // max(1, len(kernels)))
    parts = [
        ",".join(
            [
                _shape(arrays[place]),
                digests[place][:8],
                _sample(arrays[place], count),
                *(_profiles(arrays[place]) if place in profiled else ("", "")),
            ]
        )
        # By shape, so that a format with another order of arrays changes little.
        for place in sorted(kernels, key=lambda place: (arrays[place].shape, place))
    ]
    return ";".join([VERSION, whole, *parts])


def _as_numbers(weight: Any) -> NDArray[np.float32] | None:
    """The array as float32; None for counters, seeds and words, which are no weights."""
    array = np.asarray(weight)
    # A quantised kernel is of int8.
    numbers = array.dtype.kind == "f" or array.dtype.name in ("bfloat16", "int8")
    return np.asarray(array, dtype=np.float32) if numbers and array.size else None


def _digest(array: NDArray[np.float32]) -> str:
    flat = array.ravel()
    read = flat[:: -(-flat.size // _MOST_HASHED)]
    shaped = f"{_shape(array)} ".encode()
    return hashlib.sha256(shaped + read.astype("<f4").tobytes()).hexdigest()


def _shape(array: NDArray[np.float32]) -> str:
    return "x".join(map(str, array.shape))


def _sample(array: NDArray[np.float32], count: int) -> str:
    """Values of the array in base64: float16, in units of their own quadratic mean."""
    places = np.random.default_rng(array.size).integers(0, array.size, min(count, array.size))
    values = _finite(array.ravel()[places])
    scaled = values / (np.sqrt(np.mean(values**2)) or 1.0)
    return _encoded(scaled.astype("<f2"))


def _profiles(array: NDArray[np.float32]) -> tuple[str, str]:
    """Of columns and of rows, in base64: quantiles of each, a signed byte; empty where there are none.

    A unit that is scaled by what divides the next layer changes a column here and a row there. So columns and
    rows are first brought to one length, in turns (Sinkhorn and Knopp, 1967): which numbers they had before
    makes no difference then.
    """
    # A depthwise convolution has its channels before an axis of one.
    kernel = array.reshape(-1, array.shape[-1] if array.shape[-1] > 1 else array.shape[-2])
    if kernel.size > _MOST_PROFILED or min(kernel.shape) < 2:
        return "", ""
    matrix = _finite(kernel)
    squares = matrix**2
    rows, columns = np.ones(matrix.shape[0]), np.ones(matrix.shape[1])
    for _ in range(_ROUNDS):
        columns = 1 / np.maximum(rows @ squares / matrix.shape[0], _UNIT)
        rows = 1 / np.maximum(squares @ columns / matrix.shape[1], _UNIT)
    even = matrix * np.sqrt(rows)[:, None] * np.sqrt(columns)
    return _profile(even.T), _profile(even)


def _profile(units: NDArray[np.float64]) -> str:
    """Quantiles of the units that are least like noise: those with the largest fourth powers."""
    chosen = np.argsort(-np.sum(units**4, axis=1), kind="stable")[:PROFILED]
    lengths = np.sqrt(np.mean(units[chosen] ** 2, axis=1, keepdims=True))
    shares = np.quantile(
        units[chosen] / np.maximum(lengths, _UNIT), np.linspace(0, 1, QUANTILES), axis=1, method="nearest"
    )
    return _encoded(np.clip(np.rint(shares.T * _STEPS), -127, 127).astype(np.int8))


def _finite(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)


def _encoded(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()
