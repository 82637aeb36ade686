"""Sketches of weights, read and compared. They are the word of a process that ran the model: a hint."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 0.9
"""Each of two models' arrays must be correlated so much; what it was measured on: design/similarity.md."""
_ARRAYS: Final = 2
"""So many must have been trained. Without a hidden layer all honest models converge to the same weights, as
they do after one last layer on a base that both took from elsewhere."""


@dataclass(frozen=True)
class WeightFingerprint:
    """What is known of a model's weights."""

    whole: str
    """sha256 over all of them."""
    shapes: tuple[tuple[str, int], ...]
    """Of each array that is told: its shape, and how many of its values are there."""
    digests: tuple[str, ...]
    values: tuple[NDArray[np.float32], ...]
    """Each of mean 0 and length 1, or all 0 for an array whose values are all the same."""


def read_weight_fingerprint(text: str) -> WeightFingerprint | None:
    """A sketch as `sandbox.worker.weight_fingerprint` writes it; None where it is none."""
    version, _, rest = text.partition(";")
    whole, *parts = rest.split(";")
    try:
        arrays = [split.split(",") for split in parts]
        values = [np.frombuffer(base64.b64decode(told, validate=True), np.int8) for _, _, told in arrays]
    except ValueError:
        return None
    if version != "1" or len(whole) != 64:
        return None
    return WeightFingerprint(
        whole,
        tuple((shape, len(told)) for (shape, _, _), told in zip(arrays, values, strict=True)),
        tuple(digest for _, digest, _ in arrays),
        tuple(_unit(told) for told in values),
    )


def near_pairs(sketches: Mapping[int, WeightFingerprint]) -> Iterator[tuple[int, int, float]]:
    """Pairs of keys whose weights are near-identical, and the correlation of the arrays that are least alike.

    Arrays that are the same in both tell nothing: they may come from one pretrained base.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    for key, weight_fingerprint in sketches.items():
        groups[weight_fingerprint.shapes].append(key)
    for shapes, keys in groups.items():
        if len(shapes) >= _ARRAYS and len(keys) > 1:
            yield from _near_in([sketches[key] for key in keys], keys)


def _near_in(sketches: list[WeightFingerprint], keys: list[int]) -> Iterator[tuple[int, int, float]]:
    least = np.ones((len(keys), len(keys)))
    trained = np.zeros_like(least)
    for place in range(len(sketches[0].shapes)):
        values = np.stack([weight_fingerprint.values[place] for weight_fingerprint in sketches])
        digests = np.array([weight_fingerprint.digests[place] for weight_fingerprint in sketches])
        other = digests[:, None] != digests[None, :]
        least = np.where(other, np.minimum(least, values @ values.T), least)
        trained += other
    near = np.triu((least >= NEAR) & (trained >= _ARRAYS), 1)
    for first, second in np.argwhere(near):
        yield keys[first], keys[second], float(least[first, second])


def _unit(told: NDArray[np.int8]) -> NDArray[np.float32]:
    values = told.astype(np.float32)
    values -= values.mean() if values.size else 0
    length = float(np.linalg.norm(values))
    return values / length if length else values
