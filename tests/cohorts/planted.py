"""Copies of a model that somebody tried to hide: arrays in the order of `get_weights`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = Sequence[Array]
Reorder = Callable[[Weights, np.random.Generator, bool], list[Array]]
"""From weights to those of a model that predicts the same, with its hidden units in another order; True: also
scaled, each by its own number."""


def blurred(weights: Weights, share: float) -> list[Array]:
    """With noise in every kernel: this share of its spread."""
    random = np.random.default_rng(7)
    return [
        each + random.normal(0, share * each.std(), each.shape).astype(np.float32) if each.ndim > 1 else each
        for each in weights
    ]


def pruned(weights: Weights, share: float) -> list[Array]:
    """This share of every kernel's values, the smallest, set to zero."""
    return [
        np.where(np.abs(each) < np.quantile(np.abs(each), share), np.float32(0), each)
        if each.ndim > 1
        else each
        for each in weights
    ]


def in_float16(weights: Weights) -> list[Array]:
    """Rounded to 16 bits."""
    return [each.astype(np.float16) for each in weights]


def in_int8(weights: Weights) -> list[Array]:
    """Every kernel rounded to 255 steps, as a quantised model holds it."""
    return [_rounded(each) if each.ndim > 1 else each for each in weights]


def reorder_chain(*kernels: int) -> Reorder:
    """Of layers in a row: dense ones and convolutions, a bias behind each kernel and ReLU between them."""

    def reorder(weights: Weights, random: np.random.Generator, scaled: bool) -> list[Array]:
        found = [each.copy() for each in weights]
        for kernel, following in pairwise(kernels):
            units = found[kernel].shape[-1]
            order = random.permutation(units)
            scale = np.exp(random.normal(0, 1, units) if scaled else np.zeros(units)).astype(np.float32)
            found[kernel] = found[kernel][..., order] * scale
            found[kernel + 1] = found[kernel + 1][order] * scale
            # Behind a convolution that is flattened, each channel is in every so manieth row.
            shape = found[following].shape
            rows = found[following].reshape(-1, units, shape[-1])
            found[following] = (rows[:, order] / scale[:, None]).reshape(shape)
        return found

    return reorder


def reorder_last(weights: Weights, random: np.random.Generator, scaled: bool) -> list[Array]:
    """Of two dense layers behind a base that stays as it is."""
    first = len(weights) - 4
    return [*weights[:first], *reorder_chain(0, 2)(weights[first:], random, scaled)]


def reorder_lstm(weights: Weights, random: np.random.Generator, scaled: bool) -> list[Array]:
    """Of an embedding, a bidirectional LSTM and a dense layer; nothing there can be scaled."""
    found = [each.copy() for each in weights]
    width, units = found[0].shape[1], found[2].shape[0]
    order = random.permutation(width)
    found[0] = found[0][:, order]
    for place, first in ((0, 1), (1, 4)):
        inside = random.permutation(units)
        gates = np.concatenate([gate * units + inside for gate in range(4)])
        found[first] = found[first][order][:, gates]
        found[first + 1] = found[first + 1][inside][:, gates]
        found[first + 2] = found[first + 2][gates]
        rows = found[7][place * units : (place + 1) * units]
        found[7][place * units : (place + 1) * units] = rows[inside]
    return found


def copies(weights: Weights, reorder: Reorder | None, scales: bool) -> dict[str, list[Array]]:
    """A copy of each kind that needs no training, by its name in the table of design/similarity.md."""
    found = {name: hide(weights) for name, hide in _HIDDEN.items()}
    if reorder is not None:
        other = reorder(weights, np.random.default_rng(5), False)
        found |= {
            "reordered": other,
            "reordered, float16": in_float16(other),
            "reordered, int8": in_int8(other),
        }
        found |= {f"reordered, blurred by {share:.0%}": blurred(other, share) for share in (0.01, 0.03, 0.05)}
    if reorder is not None and scales:
        found["reordered and scaled"] = reorder(weights, np.random.default_rng(6), True)
    return found


def _rounded(array: Array) -> Array:
    step = np.abs(array).max() / 127
    return (np.rint(array / step) * step).astype(np.float32) if step else array


_HIDDEN: Final[Mapping[str, Callable[[Weights], list[Array]]]] = {
    "as it is": list,
    "float16": in_float16,
    "int8": in_int8,
    "blurred by 1%": lambda weights: blurred(weights, 0.01),
    "blurred by 5%": lambda weights: blurred(weights, 0.05),
    "blurred by 20%": lambda weights: blurred(weights, 0.2),
    "blurred by 50%": lambda weights: blurred(weights, 0.5),
    "pruned by 30%": lambda weights: pruned(weights, 0.3),
    "pruned by 50%": lambda weights: pruned(weights, 0.5),
    "pruned by 90%": lambda weights: pruned(weights, 0.9),
}
