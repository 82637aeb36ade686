"""The index of the zoo, and the predictions of its models in a sandbox, as of a submission."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprep.grader.submission.recognition import Recognised, recognise
from tfprep.sandbox import InputForm, Limits, Outcome, PackedInputs, PredictJob, Sandbox, pack_inputs

from .examples import LENGTH, make_inputs

COLLECTION = Path(__file__).parent / "collection"
FORMS = {
    "features": InputForm("features", (9,), "float32"),
    "digits": InputForm("pixels", (28, 28), "float32"),
    "photographs": InputForm("pixels", (64, 64, 3), "float32"),
    "tokens": InputForm("tokens", (LENGTH,), "int32"),
    "text": InputForm("text", (), "string"),
    "odd_text": InputForm("text", (), "string"),
    "window": InputForm("window", (96, 3), "float32"),
}
"""The five problems' input forms, by the kind of inputs."""
LIMITS = Limits(seconds=300, memory_bytes=3 * 2**30)
SIZE_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class Entry:
    """A line of the index: one model, as one release saved it in one format, or could not."""

    release: str
    writer: str
    model: str
    format: str
    kind: str
    file: str | None
    predictions: str = ""
    error: str = ""
    families: tuple[str, ...] = ()
    problem: str = ""
    output: tuple[int, ...] = ()
    bytes: int = 0

    def __str__(self) -> str:
        return self.file or f"{self.release}/{self.model} as {self.format}"

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        assert self.file is not None
        return (COLLECTION / self.file).read_bytes()

    @property
    def recorded(self) -> NDArray[Any]:
        """The predictions it gave where it was made."""
        with np.load(COLLECTION / self.predictions) as kept:
            predictions: NDArray[Any] = kept["predictions"]
        return predictions


def read_index() -> tuple[Entry, ...]:
    """Every line, the good models' and the oddities'."""
    lines = json.loads((COLLECTION / "index.json").read_text())
    return tuple(
        Entry(**{key: tuple(v) if isinstance(v, list) else v for key, v in line.items()}) for line in lines
    )


def find(file: str) -> Entry:
    """The entry of one file: "tf2.15/demand_lstm.h5"."""
    return next(entry for entry in read_index() if entry.file == file)


def has_predictions(entry: Entry) -> bool:
    return bool(entry.predictions) and (COLLECTION / entry.predictions).exists()


def inputs_for(entry: Entry) -> PackedInputs:
    """The inputs that this model predicted where it was made."""
    return inputs(entry.kind, entry.model)


def inputs(kind: str, name: str) -> PackedInputs:
    form = FORMS[kind]
    return pack_inputs({form.name: make_inputs(kind, name)}, (form,))


def predict(sandbox: Sandbox, entry: Entry) -> Outcome:
    """The model's predictions for its own inputs, as a submission's."""
    outputs = (entry.recorded.shape[1:],) if has_predictions(entry) else ((1,),)
    return submit(sandbox, recognised(entry), inputs_for(entry), outputs)


def recognised(entry: Entry) -> Recognised:
    """Its file, as a submission."""
    return recognise(entry.content, str(entry), SIZE_LIMIT)


def submit(
    sandbox: Sandbox, found: Recognised, packed: PackedInputs, outputs: Sequence[tuple[int, ...]]
) -> Outcome:
    """The predictions of a recognised file for these inputs."""
    assert found.kind is not None
    return sandbox.predict(PredictJob(found.kind, found.artifact, packed, tuple(outputs), LIMITS))
