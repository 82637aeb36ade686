"""What is graded: the real hidden MNIST digits of a fresh home, and models that learned the public ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console

from tfprep.problems import Dataset, DataStore, Part, find, read_or_make_secret
from tfprep.sandbox import AnswerJob, ArtifactKind, InputForm, Limits, pack

from .row import run

FORM = InputForm("pixels", (28, 28), "float32")
TRAIN = """
import sys
import keras, numpy as np
keras.utils.set_random_seed(0)
data = np.load(sys.argv[1])
layers = keras.layers
model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(128, "relu")])
model.add(layers.Dense(10, "softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(data["x_train"] / 255.0, data["y_train"], epochs=4, batch_size=128, verbose=0)
model.save(sys.argv[2])
"""
"""101,770 parameters: the model every MNIST tutorial begins with."""


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

    @cached_property
    def model(self) -> Path:
        """A model that was trained on the public part."""
        model = self.place / "mymodel.h5"
        if not model.exists():
            self.console.print("Training a model to submit.")
            run([sys.executable, "-c", TRAIN, str(self.dataset.public / "mnist.npz"), str(model)])
        return model

    @cached_property
    def images(self) -> Path:
        """The hidden pictures, as an array (n, 28, 28)."""
        images = self.place / "images.npy"
        np.save(images, np.asarray(self.dataset.questions(Part.HIDDEN)["pixels"]))
        return images

    @cached_property
    def labels(self) -> Path:
        """Their labels. They lie where only the yardsticks look."""
        labels = self.place / "labels.npy"
        np.save(labels, np.asarray(self.dataset.answers(Part.HIDDEN).values))
        return labels

    def models(self, count: int) -> list[Path]:
        """So many different models, each in a folder of its own: the trained one with a little noise."""
        folder = self.place / "models"
        paths = [folder / f"learner{number:04}" / "mymodel.h5" for number in range(count)]
        for number, path in enumerate(paths):
            if not path.exists():
                path.parent.mkdir(parents=True)
                path.write_bytes(self._variant(number))
        return paths

    def job(self) -> AnswerJob:
        """As a grader has it: the questions are packed once for however many submissions."""
        questions = pack({"pixels": np.load(self.images)}, (FORM,))
        return AnswerJob(ArtifactKind.H5, self.model.read_bytes(), questions, ((10,),), Limits(seconds=60))

    def _variant(self, number: int) -> bytes:
        import io

        import h5py

        random = np.random.default_rng(number)
        content = io.BytesIO(self.model.read_bytes())
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
