"""Which hidden examples an exam asks, and which are left for the cohort's problems: none is in both.

The hidden examples of a problem are divided once: a half for the exam, the other half for everything else.
Where there are enough, they are the halves of `problems.halves`; of fewer, a key of the mentor's secret draws
them. A series is cut in time, so that no window of one half overlaps one of the other. Of the exam's half
each learner gets a sample of their own, drawn with a key too, in strata: the classes, or tenths of the value
to predict. So all samples have the same size and mix, and a band means the same. Examples of one group, such
as windows of one day, stay together.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..files.text import counted
from ..problems import Dataset, Labels, Split
from ..problems.halves import STRETCHES, by_time, divide

MakeKey = Callable[[str], bytes]
"""A key made of the secret that divided the data, another one for each purpose: `DataStore.key_for`."""

STRATA: Final = 10
"""Of values that are no classes."""
POOL: Final = 0.5
"""The share of the hidden examples that an exam asks."""
LEAST_WINDOWS: Final = 20
"""Of a series that an exam's half and the other one each have, where they are cut so that none overlap."""
FEW: Final = 100
"""Where so many are in the exam's half, or fewer, everybody is asked all of them: a sample would only be
noisier, and nobody sees any of them."""


def for_problems(dataset: Dataset, make_key: MakeKey) -> Dataset:
    """The data set without the hidden examples that an exam asks."""
    return dataset.with_hidden_part(_halves(dataset, make_key)[0])


def for_exam(dataset: Dataset, make_key: MakeKey) -> Dataset:
    """The data set with the hidden examples that an exam asks, and no other."""
    return dataset.with_hidden_part(_halves(dataset, make_key)[1])


def variant_of(pool: Dataset, exam: str, learner: str, share: float, make_key: MakeKey) -> NDArray[np.intp]:
    """Which examples of an exam's half one learner is asked.

    Args:
        pool: what `for_exam` gives.
        exam: the exam's id.
        learner: the learner's id.
        share: of each stratum, above 0 and at most 1.
        make_key: as for `for_exam`.

    Returns:
        (m,) indices into the hidden examples of `pool`.
    """
    purpose = json.dumps(["exam variant", exam, learner, pool.problem.id, pool.fingerprint])
    return draw_examples(pool.labels(Split.HIDDEN), make_key(purpose), share_of(pool, share))


def share_of(pool: Dataset, share: float) -> float:
    """The share of an exam's half that each learner is asked: more than the rules say where it is small."""
    return max(share, min(1.0, FEW / pool.counts.hidden))


def draw_examples(labels: Labels, key: bytes, share: float) -> NDArray[np.intp]:
    """Indices of about `share` of the examples, in an order of its own; the same key draws the same ones.

    Raises:
        ValueError: for a share that is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError("The share of the hidden examples is above 0 and at most 1.")
    groups = np.arange(len(labels.values)) if labels.groups is None else labels.groups
    units, first = np.unique(groups, return_index=True)
    order = _draw(units, key)
    chosen: list[int] = []
    for stratum in _strata(labels, groups, units, first):
        drawn = sorted(stratum, key=order.__getitem__)
        chosen += drawn[: max(1, round(share * len(stratum)))]
    picked = sorted(chosen, key=order.__getitem__)
    members = [np.flatnonzero(groups == units[unit]) for unit in picked]
    return np.concatenate(members)


def overlapping(dataset: Dataset, make_key: MakeKey) -> int:
    """How many of the windows that an exam asks share time with one that is left for the problems.

    None where examples are no windows. Else only where a series is too short to be cut: `LEAST_WINDOWS`.
    """
    groups, apart = dataset.labels(Split.HIDDEN).groups, dataset.problem.groups_apart
    if groups is None or apart <= 1:
        return 0
    left, asked = (groups[half] for half in _halves(dataset, make_key))
    return int((np.abs(asked[:, None] - left).min(axis=1, initial=apart) < apart).sum())


def overlap_told(problem: str, shared: int) -> str:
    """The sentence about so many windows."""
    windows = counted(shared, "window of the exam shares", "windows of the exam share")
    return (
        f"{problem}: {windows} time with windows of the cohort's problems, whose scores tell "
        "a little of them. The series is too short to be cut in two."
    )


def _halves(dataset: Dataset, make_key: MakeKey) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the examples that are left for the problems, and of those that the exam asks."""
    labels = dataset.labels(Split.HIDDEN)
    classes, apart = len(dataset.classes), dataset.problem.groups_apart
    if found := divide(labels, dataset.inputs(Split.HIDDEN), classes, apart):
        return found
    if labels.groups is not None and apart > 1:
        # Between two stretches windows are lost: of few windows there are fewer stretches.
        cut = [by_time(labels.groups, apart, stretches) for stretches in range(STRETCHES, 1, -1)]
        for least in (max(LEAST_WINDOWS, len(labels.groups) // 4), LEAST_WINDOWS):
            for halves in cut:
                if min(map(len, halves)) >= least:
                    return halves
    pool = draw_examples(
        labels, make_key(json.dumps(["exam pool", dataset.problem.id, dataset.fingerprint])), POOL
    )
    return np.setdiff1d(np.arange(len(labels.values), dtype=np.intp), pool), pool


def _strata(
    labels: Labels, groups: NDArray[np.int64], units: NDArray[np.int64], first: NDArray[np.intp]
) -> list[list[int]]:
    """Positions in `units`, stratum by stratum."""
    values = labels.values
    if values.ndim == 1 and np.issubdtype(values.dtype, np.integer):
        strata = values[first]
    else:
        means = values.reshape(len(values), -1).mean(axis=1)
        height = np.array([means[groups == unit].mean() for unit in units])
        ranks = np.argsort(np.argsort(height, kind="stable"), kind="stable")
        # At least two in each: of a stratum of one, every draw would have all.
        strata = ranks * min(STRATA, max(1, len(units) // 2)) // len(units)
    return [np.flatnonzero(strata == stratum).tolist() for stratum in np.unique(strata)]


def _draw(units: NDArray[np.int64], key: bytes) -> list[bytes]:
    return [hmac.digest(key, int(unit).to_bytes(8, signed=True), "sha256") for unit in units]
