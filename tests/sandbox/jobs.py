"""Jobs that several tests of the sandbox run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from tfprep.sandbox import (
    ArtifactKind,
    Ending,
    InputForm,
    Limits,
    Outcome,
    PackedInputs,
    PredictJob,
    Sandbox,
    TrainJob,
    pack_inputs,
)

PIXELS = InputForm("pixels", (28, 28), "float32")
TOKENS = InputForm("tokens", (4,), "int32")
TEXT = InputForm("text", (), "string")
PATIENT = Limits(seconds=120)
KINDS = {".h5": ArtifactKind.H5, ".keras": ArtifactKind.KERAS, "": ArtifactKind.SAVED_MODEL}

TRAIN = """
import csv, os, sys
import numpy as np, keras
with open("data/train.csv") as file:
    rows = list(csv.DictReader(file))
print("rows", len(rows), open("data/below/more.txt").read(), __name__, sys.argv)
print("error line", file=sys.stderr)
print("\\x1b[31mred\\x1b[0m \\xff")
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss="mse")
model.fit(np.zeros((8, 28, 28)), np.zeros((8, 10)), epochs=2, verbose=2)
{save}
"""
"""A script that says what it sees, trains, and ends with `save`."""


def digits(folder: Path) -> PackedInputs:
    """The fifty inputs that the model files got when they were made."""
    return pack_inputs({"pixels": np.load(folder / "inputs.npy")}, (PIXELS,))


def predict_with(  # noqa: PLR0917
    sandbox: Sandbox,
    folder: Path,
    name: str,
    limits: Limits = PATIENT,
    inputs: PackedInputs | None = None,
    outputs: tuple[tuple[int, ...], ...] = ((10,),),
) -> Outcome:
    """Predicts with the model file called `name` in a folder of model files."""
    return sandbox.predict(job_with(folder, name, limits, inputs, outputs))


def job_with(
    folder: Path,
    name: str,
    limits: Limits = PATIENT,
    inputs: PackedInputs | None = None,
    outputs: tuple[tuple[int, ...], ...] = ((10,),),
) -> PredictJob:
    """The job for it."""
    path = folder / name
    model = zip_folder(path) if path.is_dir() else path.read_bytes()
    return PredictJob(KINDS[path.suffix], model, inputs or digits(folder), outputs, limits)


def token_job(folder: Path) -> tuple[PredictJob, PackedInputs]:
    """A job for a model of token ids, and inputs with ids that it does not know."""
    tokens = np.load(folder / "tokens.npy")
    known, unseen = (pack_inputs({"tokens": each}, (TOKENS,)) for each in (tokens, tokens + 10_000))
    return job_with(folder, "tokens.h5", inputs=known, outputs=((1,),)), unseen


def expected(folder: Path, name: str) -> np.ndarray:
    """What the model predicted when it was made."""
    predictions: np.ndarray = np.load(folder / f"{name}.npy")
    return predictions


def run_script(
    sandbox: Sandbox, public: Path, script: str, limits: Limits = PATIENT, **more: object
) -> Outcome:
    """Trains with a script beside the files of a folder."""
    return sandbox.train(TrainJob(script.encode(), public, limits, **more))  # type: ignore[arg-type]


def zip_folder(folder: Path) -> bytes:
    """A folder as a zip with its content at the top."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def expect_refusal(outcome: Outcome, code: str, *words: str) -> None:
    """Expects a refusal with this code and these words in its message."""
    assert outcome.ending is Ending.REFUSED, outcome
    assert outcome.refusal is not None
    assert outcome.refusal.code == code, outcome.refusal
    for word in words:
        assert word in outcome.refusal.message
