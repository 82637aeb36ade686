"""What is graded: the real hidden MNIST digits of a fresh home, and models that learned the public ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console

from tfprep.files.secrets import read_or_make_secret
from tfprep.problems import Dataset, DataStore, Split, find
from tfprep.sandbox import ArtifactKind, InputForm, Limits, PredictJob, pack_inputs

from .row import run

FORM = InputForm("pixels", (28, 28), "float32")
TRAIN = """
import sys
import keras, numpy as np
keras.utils.set_random_seed(0)
data = np.load(sys.argv[1])
pixels = np.concatenate([data["x_train"], data["x_valid"]]) / 255.0
digits = np.concatenate([data["y_train"], data["y_valid"]])
units, dropped, epochs = int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
layers = keras.layers
model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(units, "relu")])
model.add(layers.Dropout(dropped))
model.add(layers.Dense(10, "softmax"))
rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(pixels) // 128)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
model.fit(pixels, digits, epochs=epochs, batch_size=128, verbose=0)
model.save(sys.argv[2])
"""


class Course(Enum):
    """Two ways to train the model that every MNIST tutorial begins with: units, dropout, epochs."""

    PATIENT = ("256", "0.3", "16")
    """Full marks: 203,530 parameters."""
    HASTY = ("128", "0", "3")
    """Below full marks: 101,770 parameters."""


@dataclass
class Material:
    """Made when it is first asked for."""

    place: Path
    console: Console

    @cached_property
    def home(self) -> Path:
        """A TFPREP_HOME of its own."""
        home = self.place / "home"
        home.mkdir(exist_ok=True)
        return home

    @cached_property
    def dataset(self) -> Dataset:
        """Problem 2 as it is built from the package's data."""
        store = DataStore(self.home / "data", read_or_make_secret(self.home))
        return store.load(find("mnist"), "package", tell=self.console.print)

    @property
    def model(self) -> Path:
        """A model below full marks."""
        return self.trained(Course.HASTY)

    def trained(self, course: Course) -> Path:
        """A model that was trained on the public part."""
        model = self.place / f"{course.name.lower()}.h5"
        if not model.exists():
            self.console.print(f"Training a model to submit: {course.name.lower()}.")
            data = self.dataset.public / "mnist.npz"
            run([sys.executable, "-c", TRAIN, str(data), str(model), *course.value])
        return model

    @cached_property
    def images(self) -> Path:
        """The hidden pictures, as an array (n, 28, 28)."""
        images = self.place / "images.npy"
        np.save(images, np.asarray(self.dataset.inputs(Split.HIDDEN)["pixels"]))
        return images

    @cached_property
    def labels(self) -> Path:
        """Their labels. They lie where only the yardsticks look."""
        labels = self.place / "labels.npy"
        np.save(labels, np.asarray(self.dataset.labels(Split.HIDDEN).values))
        return labels

    def models(self, count: int, course: Course = Course.PATIENT) -> list[Path]:
        """So many different models, each in a folder of its own: the trained one with a little noise."""
        folder = self.place / course.name.lower()
        paths = [folder / f"learner{number:04}" / "mymodel.h5" for number in range(count)]
        for number, path in enumerate(paths):
            if not path.exists():
                path.parent.mkdir(parents=True)
                path.write_bytes(self._variant(number, course))
        return paths

    def job(self) -> PredictJob:
        """As a grader has it: the inputs are packed once for however many submissions."""
        inputs = pack_inputs({"pixels": np.load(self.images)}, (FORM,))
        return PredictJob(ArtifactKind.H5, self.model.read_bytes(), inputs, ((10,),), Limits(seconds=60))

    def _variant(self, number: int, course: Course) -> bytes:
        import io

        import h5py

        random = np.random.default_rng(number)
        content = io.BytesIO(self.trained(course).read_bytes())
        with h5py.File(content, "r+") as file:
            for array in _arrays(file):
                values = array[...]
                array[...] = values + random.normal(0, 1e-4, values.shape).astype(values.dtype)
        return content.getvalue()


def _arrays(file: object) -> Iterator[object]:
    import h5py

    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)  # type: ignore[attr-defined]
    return iter(found)
