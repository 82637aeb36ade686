"""Runs inside an old release: builds each model, trains it for two steps, saves it in every format it knows.

    python write.py RELEASE FOLDER [MODEL ...]

Writes FOLDER/RELEASE/MODEL.h5, .keras, .saved_model.zip, .export.zip and MODEL.npz (the predictions it gave
here), and FOLDER/RELEASE/index.json with a line for each, or why this release could not write it.
"""

from __future__ import annotations

import json
import shutil
import sys
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from catalogue import ZOO_MODELS, ZooModel
from examples import make_inputs
from formats import FORMATS, attempt
from models import keras

THOROUGH = ("tf2.15", "keras3.6")
"""The Keras 2 and the Keras 3 release that write every model in every format."""
EVERYWHERE = (
    "fuel_dense",
    "fuel_normalization",
    "fuel_normalization_scalar",
    "fuel_normalization_first",
    "digits_conv",
    "digits_mixed_precision",
    "reviews_lstm",
    "reviews_text",
    "reviews_text_given",
    "demand_gru",
    "demand_time_distributed",
    "demand_cells",
)
"""The models every release writes as .h5 and .keras: those whose layers changed between releases."""
AS_SAVED_MODEL = ("fuel_normalization", "reviews_text", "demand_gru")
"""The models every release writes as SavedModels too; those are the largest files of the zoo."""


def train_model(zoo_model: ZooModel) -> keras.Model:
    """The model, seeded by its name and trained for two steps on noise, so that no weight is as it began."""
    keras.utils.set_random_seed(zlib.crc32(zoo_model.name.encode()))
    model = zoo_model.build()
    inputs = as_input(make_inputs(zoo_model.kind, zoo_model.name + ".train", 16))
    random = np.random.default_rng(0)
    if "sparse" in zoo_model.loss:
        labels = random.integers(0, zoo_model.output[-1], 16)
    elif "binary" in zoo_model.loss:
        labels = random.integers(0, 2, (16, 1))
    else:
        labels = random.normal(5, 1, (16, *zoo_model.output))
    optimizer = (
        keras.optimizers.Adam(0.01) if zoo_model.name.endswith("_dense") else keras.optimizers.SGD(0.001)
    )
    model.compile(optimizer, zoo_model.loss, metrics=["mae"] if zoo_model.loss == "mse" else ["accuracy"])
    model.fit(inputs, tf.constant(labels), epochs=2, batch_size=16, verbose=0)
    return model


def as_input(inputs: Any) -> Any:
    return tf.constant(inputs)


def write(zoo_model: ZooModel, folder: Path) -> Iterator[dict[str, Any]]:
    """Saves one model in every format; yields what became of each."""
    model = train_model(zoo_model)
    predictions = model.predict(as_input(make_inputs(zoo_model.kind, zoo_model.name)), verbose=0)
    np.savez_compressed(folder / f"{zoo_model.name}.npz", predictions=np.asarray(predictions))
    for name, (ending, save) in formats(folder.name, zoo_model.name).items():
        file = folder / f"{zoo_model.name}{ending}"
        yield describe(zoo_model, name, file) | attempt(save, model, file)


def models(release: str) -> tuple[str, ...]:
    return tuple(zoo_model.name for zoo_model in ZOO_MODELS) if release in THOROUGH else EVERYWHERE


def formats(release: str, model: str) -> dict[str, Any]:
    """The formats in which this release writes this model: the zoo stays small enough to be committed."""
    if release in THOROUGH or model in AS_SAVED_MODEL:
        return FORMATS
    return {name: FORMATS[name] for name in ("h5", "keras")}


def writer() -> str:
    return f"Keras {version('keras')}, TensorFlow {tf.__version__}"


def describe(zoo_model: ZooModel, format_name: str, file: Path) -> dict[str, Any]:
    return {
        "release": file.parent.name,
        "writer": writer(),
        "model": zoo_model.name,
        "format": format_name,
        "families": list(zoo_model.families),
        "problem": zoo_model.problem,
        "kind": zoo_model.kind,
        "output": list(zoo_model.output),
        "file": f"{file.parent.name}/{file.name}",
        "predictions": f"{file.parent.name}/{zoo_model.name}.npz",
    }


def main(release: str, target: str, *wanted: str) -> None:
    folder = Path(target) / release
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = [zoo_model for zoo_model in ZOO_MODELS if zoo_model.name in (wanted or models(release))]
    entries = [entry for zoo_model in chosen for entry in write(zoo_model, folder)]
    (folder / "index.json").write_text(json.dumps(entries, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
