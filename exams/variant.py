"""Each learner's own hidden test set: a stratified sample of the mentor's, drawn with a key.

The strata are the classes, or tenths of the value to predict. The same share of every stratum is drawn for
everyone, so that all variants have the same size and mix, and a band means the same. Examples of one group
(windows of one day) stay together.
"""

from __future__ import annotations

import hmac
import shutil
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..problems import Dataset, Inputs, LabelledSet, Labels, Split, Splits
from ..problems.dataset import SAMPLE_OF, Provenance, read_dataset, source_kind, write_dataset

STRATA: Final = 10
"""Of values that are no classes."""
UNKEYED: Final = ""
"""Stands for the secret that split the data: a variant belongs to no home."""


def choose_variant(labels: Labels, key: bytes, share: float) -> NDArray[np.intp]:
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


def write_variant(folder: Path, dataset: Dataset, chosen: NDArray[np.intp]) -> Dataset:
    """The data set with only the chosen hidden examples, in an empty folder; belongs to no home yet."""
    hidden = LabelledSet(
        _take_inputs(dataset.inputs(Split.HIDDEN), chosen), _take(dataset.labels(Split.HIDDEN), chosen)
    )
    splits = Splits(
        write_public=partial(_copy_public, dataset),
        validation=LabelledSet(dataset.inputs(Split.VALIDATION), dataset.labels(Split.VALIDATION)),
        hidden=hidden,
        classes=dataset.classes,
        public_count=dataset.counts.public,
        duplicates=dataset.counts.duplicates,
        training=_training(dataset),
    )
    origin = Provenance(source_kind(dataset.data_source), f"{SAMPLE_OF}{dataset.source}", UNKEYED)
    write_dataset(folder, dataset.problem, origin, splits, dataset.chosen_bands)
    return read_dataset(folder, dataset.problem, UNKEYED)


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
        strata = ranks * min(STRATA, len(units)) // len(units)
    return [np.flatnonzero(strata == stratum).tolist() for stratum in np.unique(strata)]


def _draw(units: NDArray[np.int64], key: bytes) -> list[bytes]:
    return [hmac.digest(key, int(unit).to_bytes(8, signed=True), "sha256") for unit in units]


def _take(labels: Labels, chosen: NDArray[np.intp]) -> Labels:
    return Labels(labels.values[chosen], None if labels.groups is None else labels.groups[chosen])


def _take_inputs(inputs: Inputs, chosen: NDArray[np.intp]) -> Inputs:
    return {
        name: values[chosen] if isinstance(values, np.ndarray) else [values[place] for place in chosen]
        for name, values in inputs.items()
    }


def _copy_public(dataset: Dataset, public: Path) -> None:
    shutil.copytree(dataset.public, public, dirs_exist_ok=True)


def _training(dataset: Dataset) -> LabelledSet | None:
    if not dataset.has(Split.TRAINING):
        return None
    return LabelledSet(dataset.inputs(Split.TRAINING), dataset.labels(Split.TRAINING))
