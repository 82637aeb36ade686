"""Measures the Keras cohorts of `measure_honest`: the references, and models from one published base."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.cohorts.integrity.prediction_agreement import shared_mistakes
from tfprep.problems import Dataset, DataStore, Split, find

from ..calibration import secret_of
from .fine_tuners import TUNINGS, fine_tune
from .keras_learners import COURSES, PLANTED, TRAINED_FURTHER, learn
from .measure_weights import Weighed
from .planted import Reorder, reorder_chain, reorder_last, reorder_lstm

Array = NDArray[Any]
KERAS: Final = (*COURSES, *TUNINGS)
"""Their names."""


def dataset_of(problem: str, folder: Path) -> Dataset:
    """The data of the package, as seed 0 of the calibration splits it."""
    return DataStore(folder, secret_of(0)).load(find(problem), "package")


def measure(name: str, folder: Path) -> tuple[Weighed, str]:
    """A cohort by its weights, and a line on its mistakes. What is trained is kept in the folder."""
    weighed, reads = Weighed(name), dict[str, Array]()
    dataset = dataset_of(COURSES[name].problem if name in COURSES else "flowers", folder)
    reorder, scales = _reorder(name)
    for key, learned in (learn if name in COURSES else fine_tune)(name, dataset, folder):
        number, _, kind = key.partition(" ")
        if kind:
            weighed.add_copy(kind, int(number), learned.weights)
        else:
            weighed.add(int(number), learned.weights, reorder, scales)
        answers = learned.predictions
        reads[key] = answers.argmax(1) if answers.shape[1] > 1 else (answers[:, 0] > 0.5).astype(np.int64)
    return weighed, _tell_mistakes(name, reads, dataset)


def _reorder(name: str) -> tuple[Reorder | None, bool]:
    """What can be reordered in such a model, and whether units can be scaled, too."""
    if name in COURSES:
        return (reorder_chain(0, 2, 4, 6), True) if "CNN" in name else (reorder_lstm, False)
    return (reorder_last, True) if "two layers" in name else (None, False)


def _tell_mistakes(name: str, reads: Mapping[str, Array], dataset: Dataset) -> str:
    truth, classes = dataset.labels(Split.HIDDEN).values.ravel(), len(dataset.classes)
    honest = np.stack([read for key, read in reads.items() if key.isdigit()])
    false = [len(shared_mistakes(honest[:size], truth, classes)) for size in (len(honest), 10, 4)]
    found = {}
    for kind in ("", *TRAINED_FURTHER):
        copies = {index: reads.get(f"{index} {kind}".strip()) for index in range(PLANTED)}
        found[kind or "as it is"] = sum(
            [(one.first, one.second) for one in _with(honest, copy, truth, classes)] == [(index, len(honest))]
            for index, copy in copies.items()
            if copy is not None
        )
    return f"{name}: {len(honest)} models, false pairs of all, 10 and 4: {false}, copies found: {found}"


def _with(honest: Array, copy: Array, truth: Array, classes: int) -> Any:
    return shared_mistakes(np.concatenate([honest, copy[None]]), truth, classes)
