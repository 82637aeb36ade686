"""TensorBoard event files to JSON: `python -m tfprep.grader.submission.event_files FOLDER`.

A process of its own with limits, so that neither TensorFlow nor a damaged file reaches the one that grades.
"""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ...files.confine import Confinement

MOST_FILES: Final = 50
MOST_BYTES: Final = 64 * 2**20
MOST_EVENTS: Final = 200_000
MOST_TAGS: Final = 100
_MEMORY: Final = 2**30
"""Bytes, beside what TensorBoard takes itself."""
_SECONDS: Final = 20.0
"""Of a core."""


def read_events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Every scalar of a training's event files, by name, as (step, value); the first epoch is 1.

    Keras calls an epoch's numbers `epoch_loss` and the like: where there are such, only those are given.
    """
    series: dict[str, dict[int, float]] = {}
    for file in _files(folder):
        prefix = "val_" if file.parent.name == "validation" else ""
        for tag, step, value in islice(_scalars(file), MOST_EVENTS):
            name = f"{prefix}\n{tag}"
            if name in series or len(series) < MOST_TAGS:
                series.setdefault(name, {})[step] = value
    epochs = {name: points for name, points in series.items() if "\nepoch_" in name}
    return {
        name.replace("\nepoch_", "").replace("\n", ""): [
            (step + bool(epochs), value) for step, value in sorted(points.items())
        ]
        for name, points in (epochs or series).items()
    }


def _files(folder: Path) -> list[Path]:
    """The event files of a training, as Keras lays them out: in its folder and one below, no links."""
    found = (file for pattern in ("*.tfevents.*", "*/*.tfevents.*") for file in folder.glob(pattern))
    return sorted(filter(_can_be_read, islice(found, MOST_FILES)))


def _can_be_read(file: Path) -> bool:
    try:
        status = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= MOST_BYTES


def _scalars(file: Path) -> Iterator[tuple[str, int, float]]:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    try:
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                number = _scalar(value)
                if number is not None:
                    yield value.tag, int(event.step), number
    except Exception as error:  # noqa: BLE001 the reader says in many ways that a file ends too soon
        print(f"{file}: {error}", file=sys.stderr)  # noqa: T201 this is what the process is for


def _scalar(value: Any) -> float | None:
    from tensorboard.util.tensor_util import make_ndarray

    if not value.HasField("tensor"):
        return None
    array = make_ndarray(value.tensor)
    return float(array.reshape(-1)[0]) if array.size == 1 and array.dtype.kind in "fiu" else None


def main() -> None:
    """Prints the series as one JSON object."""
    # TensorBoard's own name for "do without TensorFlow": its reader is complete without it.
    sys.modules["tensorboard.compat.notf"] = ModuleType("tensorboard.compat.notf")
    from tensorboard.backend.event_processing import event_file_loader  # noqa: F401 before memory is limited

    Confinement(0, _MEMORY).allow(_MEMORY, _SECONDS)
    print(json.dumps(read_events(Path(sys.argv[1]))))  # noqa: T201


if __name__ == "__main__":
    main()
