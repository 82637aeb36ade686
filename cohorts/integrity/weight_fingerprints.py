"""Reads weight fingerprints, and compares one array of many models.

They come from the process that ran the model: a hint, no proof.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

VERSION: Final = "2"
_QUANTILES: Final = 8
_FEWEST_VALUES: Final = 4
_SHAPE: Final = re.compile(r"[0-9]{1,10}(x[0-9]{1,10}){1,7}")
_LARGEST: Final = 2**40
_NOTHING: Final = 1e-12


@dataclass(frozen=True)
class WeightFingerprint:
    """A sample of a model's weights."""

    whole: str
    """sha256 over all of them."""
    shapes: tuple[tuple[str | int, ...], ...] = ()
    """Of each array in the sample: its shape, and how many values, columns and rows of it are here."""
    digests: tuple[str, ...] = ()
    values: tuple[Matrix, ...] = ()
    profiles: tuple[tuple[Matrix, Matrix], ...] = ()
    """(units, quantiles) of columns and of rows; without units where there are none."""
    comparable: bool = True
    """False for one of an earlier version: it tells only whether the weights are the same."""

    @property
    def tells(self) -> bool:
        """Whether the same weights tell of one origin.

        Weights that are all zero, NaN or one number do not, nor do those that people write by hand.
        """
        return not self.comparable or any(len(np.unique(each)) >= _FEWEST_VALUES for each in self.values)

    def size(self, index: int) -> int:
        """How many values one of the arrays has."""
        return math.prod(map(int, str(self.shapes[index][0]).split("x")))


def read_weight_fingerprint(text: str) -> WeightFingerprint | None:
    """A fingerprint as `sandbox.worker.weight_fingerprint` writes it, or wrote it; None for other text."""
    version, _, rest = text.partition(";")
    whole, *parts = rest.split(";")
    if len(whole) != 64:
        return None
    if version == "1":
        return WeightFingerprint(whole, comparable=False)
    try:
        arrays = list(starmap(_read_array, (part.split(",") for part in parts)))
    except (ValueError, TypeError):
        return None
    if version != VERSION:
        return None
    arrays.sort(key=lambda array: [*map(int, array[0].split("x")), len(array[2])])
    return WeightFingerprint(
        whole,
        tuple((shape, len(values), *map(len, profiles)) for shape, _, values, profiles in arrays),
        tuple(digest for _, digest, _, _ in arrays),
        tuple(values for _, _, values, _ in arrays),
        tuple(profiles for _, _, _, profiles in arrays),
    )


def correlations(group: Sequence[WeightFingerprint], index: int) -> Matrix:
    """(models, models) Of one array's values, where they are zero in neither: pruning made some zero.

    NaN where too few are left, or where they are all the same.
    """
    values = np.stack([each.values[index] for each in group])
    there = (values != 0).astype(np.float64)
    count, sums, squares = there @ there.T, values @ there.T, values**2 @ there.T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = count * squares - sums**2
        found = (count * (values @ values.T) - sums * sums.T) / np.sqrt(spread * spread.T)
    return np.where((count >= _FEWEST_VALUES) & (spread > _NOTHING) & (spread.T > _NOTHING), found, np.nan)


def match_units(group: Sequence[WeightFingerprint], index: int) -> Matrix:
    """(models, models) How well one array's units match: 1 for equal ones, 0 as if drawn at random.

    NaN where there are no profiles.
    """
    likeness = np.full((len(group), len(group)), np.nan)
    for axis in (0, 1):
        profiles = np.stack([each.profiles[index][axis] for each in group])
        if profiles.shape[1] > 1:
            likeness = np.fmin(likeness, _matched(profiles))
    return likeness


def _matched(profiles: Matrix) -> Matrix:
    """(models, models) From (models, units, quantiles): by each unit's distance to the nearest one."""
    models, units, _ = profiles.shape
    # A unit may be chosen in one model and not in its copy: those that are farthest away do not count.
    kept = max(1, 2 * units // 3)
    flat = profiles.reshape(models * units, -1).astype(np.float32)
    lengths = (flat**2).sum(axis=1)
    apart = np.zeros((models, models))
    for first in range(models):
        start = first * units
        mine = slice(start, start + units)
        distances = lengths[mine, None] + lengths[start:] - 2 * flat[mine] @ flat[start:].T
        split = np.maximum(distances, 0).reshape(units, -1, units)
        there = np.sort(split.min(axis=2), axis=0)[:kept].mean(axis=0)
        back = np.sort(split.min(axis=0), axis=1)[:, :kept].mean(axis=1)
        apart[first, first:] = apart[first:, first] = (there + back) / 2
    means, length = profiles.mean(axis=1), lengths.reshape(models, units).mean(axis=1).astype(np.float64)
    usual = length[:, None] + length - 2 * means @ means.T
    share = np.divide(apart, usual, out=np.zeros_like(apart), where=usual > _NOTHING)
    return np.asarray(1 - share)


def _read_array(
    shape: str, digest: str, values: str, columns: str, rows: str
) -> tuple[str, str, Matrix, tuple[Matrix, Matrix]]:
    read = np.frombuffer(base64.b64decode(values, validate=True), "<f2").astype(np.float64)
    if not np.isfinite(read).all():
        raise ValueError("Not a number.")
    if not _SHAPE.fullmatch(shape):
        raise ValueError("No shape.")
    return _in_two_axes(shape), digest, read, (_read_profiles(columns), _read_profiles(rows))


def _in_two_axes(shape: str) -> str:
    """The shape of the matrix that a kernel is, which it stays in a layer of another class."""
    axes = [int(axis) for axis in shape.split("x")]
    if math.prod(axes) > _LARGEST:
        raise ValueError("No model is so large.")
    columns = axes[-1] if axes[-1] > 1 else axes[-2]
    return f"{math.prod(axes) // max(columns, 1)}x{columns}"


def _read_profiles(text: str) -> Matrix:
    steps = np.frombuffer(base64.b64decode(text, validate=True), np.int8)
    return steps.reshape(-1, _QUANTILES).astype(np.float64)
