"""What files of older Keras versions need before Keras 3 can read them: small changes to what is stored.

Each was found on real files; together they let Keras 3 read all of 112 saved between Keras 2.4 and 3.0.5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

Config = dict[str, Any]
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_STATISTICS: Final = ("mean", "variance")


def walk_layers(config: Any) -> Iterator[Config]:
    """Every description with a class name, however deeply it is wrapped."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "class_name" in node and isinstance(node.get("config"), dict):
                yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def drop_time_major(layer: Config) -> bool:
    """Recurrent layers of Keras 2 say `time_major`, unknown to Keras 3. True where it was dropped."""
    if layer["class_name"] not in _RECURRENT or layer["config"].get("time_major"):
        return False
    return layer["config"].pop("time_major", None) is not None


def drop_groups(layer: Config) -> bool:
    """`DepthwiseConv2D` of Keras 2 says `groups: 1`, which Keras 3 does not know."""
    if layer["class_name"] != "DepthwiseConv2D" or layer["config"].get("groups", 1) != 1:
        return False
    return layer["config"].pop("groups", None) is not None


SHIMS: Final[tuple[Callable[[Config], bool], ...]] = (drop_time_major, drop_groups)


def modernise(config: Config) -> bool:
    """Applies every shim to a model's description, in place. True where anything changed."""
    changed = [shim(layer) for layer in walk_layers(config) for shim in SHIMS]
    return any(changed)


def rewrite_h5(path: Path) -> None:
    """Modernises the description stored in a `.h5` file."""
    import h5py

    with h5py.File(path, "r+") as file:
        stored = file.attrs["model_config"]
        config = json.loads(stored)
        if modernise(config):
            file.attrs["model_config"] = json.dumps(config)


def wrapped_layers() -> dict[str, Any]:
    """Layers that Keras 3 does not find by itself inside Bidirectional and TimeDistributed of older files."""
    import keras

    return {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU}


def normalizations_that_note(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """A Normalization layer that writes the shape of its statistics into `shapes`, by the layer's name."""
    import keras

    class Normalization(keras.layers.Normalization):  # type: ignore[misc]
        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            if self.input_mean is None:
                shapes[self.name] = tuple(self.adapt_mean.shape)

    return {"Normalization": Normalization}


def reshape_statistics(path: Path, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Normalization stored its mean and variance as scalars: gives them their layer's shape.

    True where a file needed it.
    """
    import h5py
    import numpy as np

    scalars: list[tuple[str, tuple[int, ...]]] = []

    def note(name: str, item: Any) -> None:
        parts = name.split("/")
        kind = parts[-1].split(":")[0]
        owner = next((part for part in reversed(parts[:-1]) if part in shapes), None)
        if owner and kind in _STATISTICS and item.size == 1 and item.shape != shapes[owner]:
            scalars.append((name, shapes[owner]))

    with h5py.File(path, "r+") as file:
        weights = file["model_weights"]
        weights.visititems(lambda name, item: note(name, item) if isinstance(item, h5py.Dataset) else None)
        for name, shape in scalars:
            values = np.broadcast_to(np.asarray(weights[name]).reshape(()), shape)
            del weights[name]
            weights[name] = values
    return bool(scalars)
