"""Measures what weights tell: models trained apart, and copies of some of them, each alone in the cohort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.cohorts.integrity.weight_comparison import GroupComparison, match_reordered, near_pairs
from tfprep.cohorts.integrity.weight_fingerprints import (
    WeightFingerprint,
    correlations,
    read_weight_fingerprint,
)
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

from .keras_learners import OTHER_BATCH
from .planted import Reorder, copies

Array = NDArray[Any]
KEPT: Final = Path(__file__).with_name("honest_weights.npz")
PLANTED: Final = 5
"""Copies of each kind are planted of so many models."""
_COPY: Final = 10_000


@dataclass
class Weighed:
    """The fingerprints of models that were trained apart, and of copies by kind and by the copied model."""

    name: str
    honest: dict[int, str] = field(default_factory=dict)
    copies: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, number: int, weights: Sequence[Array], reorder: Reorder | None, scales: bool) -> None:
        """A model, and every copy of it that needs no training."""
        self.honest[number] = fingerprint_weights(lambda: weights)
        if number < PLANTED:
            for kind, copy in copies(weights, reorder, scales).items():
                self.add_copy(kind, number, copy)

    def add_copy(self, kind: str, number: int, weights: Sequence[Array]) -> None:
        """A copy that was trained further, say."""
        self.copies[kind][number] = fingerprint_weights(lambda: weights)

    def column(self) -> list[str]:
        """A column of the table: the honest, and how many copies of each kind are found."""
        honest = {number: read(text) for number, text in self.honest.items()}
        false, pairs = len(list(near_pairs(honest))), len(list(combinations(honest, 2)))
        highest = [f"{_highest(list(honest.values()), one):.2f}" for one in (correlations, match_reordered)]
        found = [
            f"{self._found(kind, honest)} of {len(self.copies[kind])}" if kind in self.copies else ""
            for kind in KINDS
        ]
        return [self.name, str(len(honest)), f"{false} of {pairs:,}", *highest, *found]

    def _found(self, kind: str, honest: Mapping[int, WeightFingerprint]) -> int:
        """How many of a kind's copies are found, each alone among the honest, and nobody else."""
        hits = 0
        for number, text in self.copies[kind].items():
            copy = read(text)
            same = copy.whole == honest[number].whole
            named = {
                (one.first, one.second) for one in near_pairs(honest if same else {**honest, _COPY: copy})
            }
            hits += named == (set() if same else {(number, _COPY)})
        return hits


def table(cohorts: Sequence[Weighed]) -> str:
    """The table of design/similarity.md: a column for each cohort."""
    heads = ["", "models", "false pairs", "highest", "highest in any order", *KINDS]
    lines = [
        f"| {' | '.join(row)} |" for row in zip(heads, *(each.column() for each in cohorts), strict=True)
    ]
    return "\n".join([lines[0], "|---" * (len(cohorts) + 1) + "|", *lines[1:]])


def keep_weights(cohorts: Sequence[Weighed]) -> None:
    """Writes fingerprints for the quick tests: of honest models, and of copies of model 0."""
    stored = {}
    for name, (number, kinds) in _TO_KEEP.items():
        (cohort,) = (each for each in cohorts if each.name == name)
        stored[f"{name}: honest"] = np.array(list(cohort.honest.values())[:number])
        copies = {
            kind: texts[0]
            for kind, texts in cohort.copies.items()
            if kind in kinds and kind != OTHER_BATCH and 0 in texts
        }
        stored[f"{name}: kinds"] = np.array(list(copies))
        stored[f"{name}: copies"] = np.array(list(copies.values()))
    np.savez_compressed(KEPT, **{key: np.char.encode(value, "ascii") for key, value in stored.items()})


def read(text: str) -> WeightFingerprint:
    """A fingerprint of this version."""
    found = read_weight_fingerprint(text)
    assert found is not None
    assert found.comparable
    return found


def _highest(honest: Sequence[WeightFingerprint], compare: Any) -> float:
    """How alike the least alike arrays of any two are, at most."""
    return float(np.triu(GroupComparison(honest, compare).least, 1).max())


KINDS: Final = (
    "as it is",
    "float16",
    "int8",
    "blurred by 1%",
    "blurred by 5%",
    "blurred by 20%",
    "blurred by 50%",
    "pruned by 30%",
    "pruned by 50%",
    "pruned by 90%",
    "one more epoch",
    "a second course",
    OTHER_BATCH,
    "reordered",
    "reordered and scaled",
    "reordered, float16",
    "reordered, int8",
    "reordered, blurred by 1%",
    "reordered, blurred by 3%",
    "reordered, blurred by 5%",
)
_SOME_KINDS: Final = (
    "float16",
    "int8",
    "blurred by 5%",
    "pruned by 50%",
    "one more epoch",
    "a second course",
    "reordered",
    "reordered and scaled",
)
_TO_KEEP: Final = {
    "cars, 64-64, short course": (60, KINDS),
    "digits, reference CNN": (50, KINDS),
    "reviews, reference LSTM": (20, KINDS),
    "flowers, MobileNetV2 frozen, two layers": (8, _SOME_KINDS),
    "flowers, MobileNetV2 trained": (8, _SOME_KINDS),
}
"""So many of each cohort's honest models, and copies of these kinds."""
