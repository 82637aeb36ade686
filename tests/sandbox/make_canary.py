"""Makes the models that every worker must answer: `python -m tests.sandbox.make_canary FOLDER`.

Each predicts numbers @ [1, 10, 100] + 1000. The `.h5` is written as Keras 2 writes one, so that it is
rewritten when it is read. The others are to be made with the oldest Keras that `pyproject.toml` allows,
since no Keras reads every file of a later one. Other bytes come out each time: an archive holds the date.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np

KERNEL = np.array([[1.0], [10.0], [100.0]], np.float32)
BIAS = np.array([1000.0], np.float32)


def make_h5(path: Path) -> None:
    """As Keras 2.15 writes it: `batch_input_shape`, in the layer too."""
    shape = [None, len(KERNEL)]
    inputs = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "ragged": False, "name": "x"}
    dense = {
        "name": "y",
        "trainable": True,
        "dtype": "float32",
        "batch_input_shape": shape,
        "units": 1,
        "activation": "linear",
        "use_bias": True,
    }
    layers = [{"class_name": "InputLayer", "config": inputs}, {"class_name": "Dense", "config": dense}]
    config = {"class_name": "Sequential", "config": {"name": "canary", "layers": layers}}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"y"]
        layer = weights.create_group("y")
        layer.attrs["weight_names"] = [b"y/kernel:0", b"y/bias:0"]
        layer["y/kernel:0"], layer["y/bias:0"] = KERNEL, BIAS


def make_others(folder: Path) -> None:
    """The `.keras` archive, and the SavedModel as a zip."""
    import keras

    model = keras.Sequential([keras.Input((len(KERNEL),), name="x"), keras.layers.Dense(1, name="y")])
    model.set_weights([KERNEL, BIAS])
    model.save(folder / "model.keras")
    with tempfile.TemporaryDirectory() as made:
        model.export(made, verbose=False)
        with zipfile.ZipFile(folder / "saved_model.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(made).rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(made).as_posix())


if __name__ == "__main__":
    make_h5(Path(sys.argv[1], "model.h5"))
    make_others(Path(sys.argv[1]))
