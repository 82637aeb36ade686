"""Finds the pairs of models whose weights are near-identical in all that training changed.

Two models of one architecture are as alike as the least alike of their arrays, the last layer among them.
Whoever begins with a published base shares its arrays with others, and has a last layer of their own.
How the thresholds were chosen is in design/similarity.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ...files.text import counted
from .weight_fingerprints import Matrix, WeightFingerprint, correlations, match_units

_Compare = Callable[[Sequence[WeightFingerprint], int], Matrix]

_SHARED: Final = 0.9
"""An array so much alike in half of all pairs is a common base."""
_KNOWN: Final = 5
"""From so many others on it is known how alike honest models are."""
_LINKED: Final = 1.5
"""Whoever is not farther away than so many times a pair's distance belongs to its group."""
_MOST_KERNELS: Final = 64
"""In a fingerprint."""
_MOST_PAIRS: Final = 1_000


@dataclass(frozen=True)
class Threshold:
    """How alike the least alike arrays of a pair are, at least."""

    among_others: float
    apart: float
    """Its distance from 1, as a share of the distance of either model to the nearest other one."""
    alone: float
    """Where too few others have this architecture."""


IN_ORDER: Final = Threshold(among_others=0.7, apart=0.5, alone=0.9)
ANY_ORDER: Final = Threshold(among_others=0.94, apart=0.5, alone=0.97)
ONE_ARRAY: Final = Threshold(among_others=0.985, apart=0.125, alone=2.0)
"""Of a single array beside a common base. The last layer alone converges to one solution from every seed, so
more is asked of it, and without others nothing is said."""
_ONE_LARGE: Final = 1_000
"""And the array must have so many values: smaller ones converge in a few epochs."""
_ALL_ALIKE: Final = 0.99
"""The same of a few models that are alike in all arrays: last layers on a base may converge."""


@dataclass(frozen=True)
class NearPair:
    """Two models with near-identical weights, by their keys."""

    first: int
    second: int
    least: float
    """How alike the least alike of their arrays are: 1 for the same."""
    in_order: bool
    """False where that holds only for hidden units in any order."""
    kernels: int
    """Arrays of weights in the fingerprint: all of a model's, or the last and some of the first."""
    compared: int
    """Kernels that differ between the two and are no common base; 0 where every kernel is the same."""
    others: int
    """Models of this architecture that are not linked to the two."""
    highest: float
    """How alike either is to one of those, at most; 0 without others."""

    @property
    def evidence(self) -> str:
        """What was compared, and the numbers, in sentences."""
        if not self.compared:
            return f"All {self.kernels} kernels (arrays of weights) are the same to three digits."
        compared = counted(self.compared, "was", "were")
        texts = [f"Of {counted(self.kernels, 'kernel')} (arrays of weights) {compared} compared."]
        if self.in_order:
            texts.append(f"The least correlation is {self.least:.3f}.")
        else:
            texts.append(f"With hidden units in any order they agree by {self.least:.3f}.")
        if self.in_order and self.kernels > self.compared:
            texts.append("The others are alike in most models here, or the same in both.")
        if self.others:
            others = counted(
                self.others, "other of this architecture reaches", "others of this architecture reach"
            )
            texts.append(f"The {others} at most {self.highest:.3f}.")
        return " ".join(texts)


def near_pairs(fingerprints: Mapping[int, WeightFingerprint]) -> Iterator[NearPair]:
    """Pairs of keys whose weights are near-identical."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for key, each in fingerprints.items():
        if each.comparable and each.shapes and each.tells:
            groups[each.shapes].append(key)
    for keys in groups.values():
        if len(keys) > 1:
            yield from _near_in([fingerprints[key] for key in keys], keys)


def _near_in(group: Sequence[WeightFingerprint], keys: Sequence[int]) -> Iterator[NearPair]:
    yield from _same_kernels(group, keys)
    found: set[tuple[int, int]] = set()
    for compare, threshold in ((correlations, IN_ORDER), (match_reordered, ANY_ORDER)):
        comparison = GroupComparison(group, compare)
        for first, second in comparison.candidates(threshold.among_others):
            near = comparison.judge(first, second, threshold)
            if near is not None and (first, second) not in found:
                found.add((first, second))
                yield replace(near, first=keys[first], second=keys[second], in_order=threshold is IN_ORDER)


def _same_kernels(group: Sequence[WeightFingerprint], keys: Sequence[int]) -> Iterator[NearPair]:
    """Models whose kernels are the same, and something else is not: biases, say, or layers put in between.

    Of a larger model the fingerprint may lack the very kernel that differs. What most have is a common base.
    """
    kernels, same = len(group[0].shapes), defaultdict[tuple[bytes, ...], list[int]](list)
    for index, each in enumerate(group):
        same[tuple(values.tobytes() for values in each.values)].append(index)
    for alike in same.values() if 1 < kernels < _MOST_KERNELS else ():
        first, others = alike[0], len(group) - len(alike)
        if others < len(alike) and len(group) >= _KNOWN + 2:
            continue
        for second in alike[1:]:
            if group[first].whole != group[second].whole:
                yield NearPair(keys[first], keys[second], 1.0, True, kernels, 0, others, 0.0)


def match_reordered(group: Sequence[WeightFingerprint], index: int) -> Matrix:
    """(models, models) How well one array's units match; NaN where they are in one order: that tells nothing.

    A published base keeps the order of its units: like this it makes nobody alike.
    """
    return np.where(correlations(group, index) >= _SHARED, np.nan, match_units(group, index))


class GroupComparison:
    """The models of one architecture, each pair by the least alike of their arrays."""

    def __init__(self, group: Sequence[WeightFingerprint], compare: _Compare) -> None:
        count = len(group)
        self._arrays = len(group[0].shapes)
        self.least = np.ones((count, count))
        self._differ = np.zeros((count, count), np.int64)
        self._trained = np.zeros((count, count), np.int64)
        self._values = np.zeros((count, count), np.int64)
        pairs = np.triu_indices(count, 1)
        for index in range(self._arrays):
            alike = compare(group, index)
            digests = np.array([each.digests[index] for each in group])
            differ = (digests[:, None] != digests[None, :]) & ~np.isnan(alike)
            self.least = np.where(differ, np.minimum(self.least, alike), self.least)
            self._differ += differ
            # A base keeps its order. Units of one shape are alike in any two models, which is no base.
            if compare is match_reordered or np.median(np.where(differ, alike, 1.0)[pairs]) < _SHARED:
                self._trained += differ
                self._values += differ * group[0].size(index)
        # A fingerprint that is full may lack the last layer: then nothing can be told of a few.
        self._all_alike = (self._trained == 0) & (count < _KNOWN + 2) & (self._arrays < _MOST_KERNELS)
        if count < _KNOWN + 2:
            # Where even the last layer is alike in all of a few models, that may be no base but one model.
            self._trained = np.where(self._all_alike, self._differ, self._trained)

    def candidates(self, least: float) -> Iterator[tuple[int, int]]:
        """Pairs (first < second) of at least this likeness, the most alike first."""
        firsts, seconds = np.nonzero(np.triu((self.least >= least) & (self._trained > 0), 1))
        order = np.argsort(-self.least[firsts, seconds], kind="stable")[:_MOST_PAIRS]
        yield from zip(firsts[order].tolist(), seconds[order].tolist(), strict=True)

    def judge(self, first: int, second: int, threshold: Threshold) -> NearPair | None:
        """The pair, where it is more alike than the threshold and the others let one expect."""
        least, compared = float(self.least[first, second]), int(self._trained[first, second])
        if compared == 1:
            threshold = ONE_ARRAY
        too_small = compared == 1 and self._values[first, second] < _ONE_LARGE
        if self._arrays < 2 or too_small or least < threshold.among_others:
            return None
        others = self._others(first, second, 1 - _LINKED * (1 - least))
        highest = float(self.least[np.ix_([first, second], others)].max()) if len(others) else 0.0
        alone = max(threshold.alone, _ALL_ALIKE if self._all_alike[first, second] else 0.0)
        if len(others) < _KNOWN and least < alone:
            return None
        if len(others) and 1 - least > threshold.apart * (1 - highest):
            return None
        return NearPair(first, second, least, True, self._arrays, compared, len(others), highest)

    def _others(self, first: int, second: int, linked: float) -> list[int]:
        """The models that are not linked to the pair, not by others either."""
        group, seen = {first, second}, [first, second]
        while seen:
            near = np.flatnonzero(self.least[seen.pop()] >= linked).tolist()
            seen += [each for each in near if each not in group]
            group.update(near)
        return [each for each in range(len(self.least)) if each not in group]
