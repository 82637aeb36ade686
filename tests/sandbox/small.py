"""The smallest real jobs: one linear layer written with h5py alone, so that no test here loads TensorFlow."""

from __future__ import annotations

import io
import json
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tfprep.sandbox import ArtifactKind, InputForm, Limits, PackedInputs, PredictJob, TrainJob, pack_inputs

FEATURES = 3
WEIGHTS = np.array([[1.0], [10.0], [100.0]], np.float32)
NUMBERS = np.arange(12, dtype=np.float32).reshape(4, FEATURES)
EXPECTED: NDArray[np.float32] = NUMBERS @ WEIGHTS
LIMITS = Limits(seconds=120)


def linear_h5() -> bytes:
    """A Keras model file that predicts `features @ WEIGHTS`."""
    layers = [
        {
            "class_name": "InputLayer",
            "config": {"batch_shape": [None, FEATURES], "dtype": "float32", "name": "x"},
        },
        {
            "class_name": "Dense",
            "config": {"units": 1, "use_bias": False, "name": "y", "activation": "linear"},
        },
    ]
    config = {"class_name": "Sequential", "config": {"name": "small", "layers": layers}}
    file = io.BytesIO()
    with h5py.File(file, "w") as model:
        model.attrs["keras_version"] = "3.5.0"
        model.attrs["backend"] = "tensorflow"
        model.attrs["model_config"] = json.dumps(config)
        weights = model.create_group("model_weights")
        weights.attrs["layer_names"] = [b"y"]
        weights.attrs["keras_version"] = "3.5.0"
        weights.attrs["backend"] = "tensorflow"
        layer = weights.create_group("y")
        layer.attrs["weight_names"] = [b"y/kernel"]
        layer["y/kernel"] = WEIGHTS
    return file.getvalue()


def inputs() -> PackedInputs:
    """Four rows of three numbers."""
    return pack_inputs({"features": NUMBERS}, (InputForm("features", (FEATURES,), "float32"),))


def predict_job(limits: Limits = LIMITS) -> PredictJob:
    """Predict with the linear model."""
    return PredictJob(ArtifactKind.H5, linear_h5(), inputs(), ((1,),), limits)


def train_job(script: str, public: Path, limits: Limits = LIMITS) -> TrainJob:
    """Run a script beside a folder."""
    return TrainJob(script.encode(), public, limits)
