"""A hidden test set in two halves: one that practice is told of, one that is looked at when it counts.

Which example is in which half follows from their order, which the home's secret decides: nothing is stored.
Classes, and tenths of a number, are alike in both. Inputs that are the same are in one half. A series is cut
into stretches of time that alternate, so far apart that no window of one half overlaps one of the other.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .problem import Inputs, Labels

SMALLEST: Final = 400
"""Fewer hidden examples are not divided: half of them would tell too little."""
STRETCHES: Final = 4
"""Of a series. Of few, one half would have the winter; between many, too many windows would be lost."""
_STRATA: Final = 10

Places = NDArray[np.intp]


def divide(labels: Labels, inputs: Inputs, classes: int, groups_apart: int) -> tuple[Places, Places] | None:
    """The places of both halves, rising; None where there is too little to divide.

    Args:
        labels: of the n hidden examples.
        inputs: in the same order, in every form.
        classes: how many there are; 0 where a number is predicted.
        groups_apart: groups of the labels whose numbers are so far apart have no examples that overlap.
    """
    if len(labels.values) < SMALLEST:
        return None
    if labels.groups is not None:
        halves = by_time(labels.groups, groups_apart)
    else:
        halves = _by_stratum(_strata(labels.values, classes), _like_the_one_before(inputs))
    complete = all(
        len(half) >= SMALLEST // 4 and (not classes or len(np.unique(labels.values[half])) == classes)
        for half in halves
    )
    return halves if complete else None


def by_time(groups: NDArray[np.int64], apart: int, stretches: int = STRETCHES) -> tuple[Places, Places]:
    """Stretches of equal length, by turns. What lies between two of them is in neither half."""
    first, gap = int(groups.min()), apart - 1
    step = (int(groups.max()) - first + 1 + gap) / stretches
    stretch = np.floor((groups - first) / step).astype(np.intp)
    inside = groups + gap < first + np.ceil((stretch + 1) * step)
    one, other = (np.flatnonzero((stretch % 2 == half) & inside) for half in (0, 1))
    return one, other


def _strata(values: NDArray[Any], classes: int) -> NDArray[np.intp]:
    """(n,) The class of each example; of a number, which tenth it is in."""
    if classes:
        return values.astype(np.intp)
    height = values.reshape(len(values), -1).mean(axis=1)
    ranks = np.argsort(np.argsort(height, kind="stable"), kind="stable")
    return np.asarray(ranks * _STRATA // len(values))


def _like_the_one_before(inputs: Inputs) -> NDArray[np.bool_]:
    """(n,) Whether an example has its neighbour's input, in any form: like ones meet in the keyed order."""
    count = len(next(iter(inputs.values())))
    same = np.zeros(count, dtype=np.bool_)
    for values in inputs.values():
        if isinstance(values, np.ndarray):
            flat = values.reshape(count, -1)
            same[1:] |= (flat[1:] == flat[:-1]).all(axis=1)
        else:
            same[1:] |= [one == other for one, other in zip(values[1:], values[:-1], strict=True)]
    return same


def _by_stratum(strata: NDArray[np.intp], same: NDArray[np.bool_]) -> tuple[Places, Places]:
    """Every other example of a stratum, in their order; like ones go with the first of them."""
    unit = np.cumsum(~same) - 1
    firsts = np.flatnonzero(~same)
    order = np.argsort(strata[firsts], kind="stable")
    turn = np.empty(len(firsts), dtype=np.intp)
    turn[order] = np.arange(len(firsts)) % 2
    halves = turn[unit]
    return np.flatnonzero(halves == 0), np.flatnonzero(halves == 1)
