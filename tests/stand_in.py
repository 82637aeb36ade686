"""A sandbox that no model runs in: "score 4 of 17" predicts miles per gallon as badly as earns 4.

A model that says no score predicts the same number for every car.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tfprep.sandbox import ArtifactKind, Ending, Limits, Outcome, PredictJob, TrainJob
from tfprep.sandbox.protocol.packing import read_array

_WEIGHT: Final = 3
"""The column of the cars' weight, from which their mileage follows (cars.py)."""
_ERRORS: Final = (9.0, 4.5, 3.5, 2.5, 1.5, 0.5)
"""The error that earns each score, under the bands of cars.py."""


_ONE_AT_A_TIME: Final = Lock()
"""NumPy reads a header with `ast.literal_eval`, which threads disturb before Python 3.11.8: gh-106905."""


@dataclass
class StandIn:
    """Reads the score in a model's text."""

    name: str = "stand-in"

    def predict(self, job: PredictJob) -> Outcome:
        said = job.model.partition(b"score ")[2].split()
        predictions = (
            _as_bad_as(int(said[0]), job) if said else np.full((job.inputs.count, 1), 42.0, np.float32)
        )
        return Outcome(Ending.COMPLETED, predictions=predictions, environment={"python": "3"})

    def train(self, job: TrainJob) -> Outcome:
        """Whatever the script says, its model is as good as a reference's."""
        model = b"\x89HDF\r\n\x1a\nscore 5 of 5"
        return Outcome(Ending.COMPLETED, model=model, model_kind=ArtifactKind.H5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


@dataclass
class Pool:
    """Two workers, and the limits that they were made for."""

    limits: Limits
    slots: int = 2
    most_slots: int = 2

    def make(self, slot: int) -> StandIn:
        """Another one."""
        return StandIn()

    def end(self) -> None:
        """Nothing runs on."""

    def close(self) -> None:
        """It holds nothing."""


def stand_in_pool(limits: Limits, workers: int | None, gpus: str | None) -> Pool:
    """In place of `docker_pool`."""
    return Pool(limits)


def _as_bad_as(score: int, job: PredictJob) -> NDArray[np.float32]:
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "inputs")
        path.write_bytes(job.inputs.packed)
        cars = np.array(read_array(path, "features"))
    return (10 + cars[:, _WEIGHT : _WEIGHT + 1] / 100 + _ERRORS[score]).astype(np.float32)
