"""Reads and compares weight fingerprints. They come from the process that ran the model: a hint, no proof."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 0.9
"""The least correlation in each array of two models. Its measurement is in design/similarity.md."""
_ARRAYS: Final = 2
"""So many arrays must differ. Without a hidden layer all honest models converge to the same weights, and so
does a last layer on a pretrained base that is not trained further."""


@dataclass(frozen=True)
class WeightFingerprint:
    """A sample of a model's weights."""

    whole: str
    """sha256 over all of them."""
    shapes: tuple[tuple[str, int], ...]
    """Of each array in the sample: its shape, and how many of its values are here."""
    digests: tuple[str, ...]
    values: tuple[NDArray[np.float32], ...]
    """Each of mean 0 and length 1, or all 0 for an array whose values are all the same."""


def read_weight_fingerprint(text: str) -> WeightFingerprint | None:
    """A fingerprint as `sandbox.worker.weight_fingerprint` writes it; None for any other text."""
    version, _, rest = text.partition(";")
    whole, *parts = rest.split(";")
    try:
        arrays = [split.split(",") for split in parts]
        values = [np.frombuffer(base64.b64decode(text, validate=True), np.int8) for _, _, text in arrays]
    except ValueError:
        return None
    if version != "1" or len(whole) != 64:
        return None
    return WeightFingerprint(
        whole,
        tuple((shape, len(array)) for (shape, _, _), array in zip(arrays, values, strict=True)),
        tuple(digest for _, digest, _ in arrays),
        tuple(_unit(array) for array in values),
    )


def near_pairs(fingerprints: Mapping[int, WeightFingerprint]) -> Iterator[tuple[int, int, float]]:
    """Pairs of keys whose weights are near-identical, and the correlation of the arrays that are least alike.

    Arrays that are the same in both are left out: they may come from one pretrained base.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    for key, weight_fingerprint in fingerprints.items():
        groups[weight_fingerprint.shapes].append(key)
    for shapes, keys in groups.items():
        if len(shapes) >= _ARRAYS and len(keys) > 1:
            yield from _near_in([fingerprints[key] for key in keys], keys)


def _near_in(fingerprints: list[WeightFingerprint], keys: list[int]) -> Iterator[tuple[int, int, float]]:
    least = np.ones((len(keys), len(keys)))
    trained = np.zeros_like(least)
    for index in range(len(fingerprints[0].shapes)):
        values = np.stack([each.values[index] for each in fingerprints])
        digests = np.array([each.digests[index] for each in fingerprints])
        other = digests[:, None] != digests[None, :]
        least = np.where(other, np.minimum(least, values @ values.T), least)
        trained += other
    near = np.triu((least >= NEAR) & (trained >= _ARRAYS), 1)
    for first, second in np.argwhere(near):
        yield keys[first], keys[second], float(least[first, second])


def _unit(array: NDArray[np.int8]) -> NDArray[np.float32]:
    values = array.astype(np.float32)
    values -= values.mean() if values.size else 0
    length = float(np.linalg.norm(values))
    return values / length if length else values
