"""A `.h5` of an older Keras, rewritten in place so that today's reads it."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from .keras2_config import OPERATION, mark_operations, modernise, tell_width

_STATISTICS: Final = ("mean", "variance")
_OPERATIONS: Final = ("numpy", "nn", "math", "core", "image", "linalg")


def rewrite_h5(path: Path) -> None:
    """Modernises the description stored in a `.h5` file."""
    import h5py

    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        changes = (
            modernise(config),
            mark_operations(config, operations()),
            tell_width(config, _widths(file)),
        )
        if any(changes):
            file.attrs["model_config"] = json.dumps(config)


def classes(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """Every class a `.h5` may name without saying where it stands.

    Keras does not find layers wrapped in Bidirectional or TimeDistributed, cells, and operations by itself.
    Normalization is one that notes in `shapes` which shape its statistics have, by the layer's name.
    """
    import keras

    layers = {name: item for name, item in vars(keras.layers).items() if inspect.isclass(item)}
    named = {OPERATION + name: item for name, item in operations().items()}
    return layers | named | {"Normalization": _noting(shapes)}


def operations() -> dict[str, Any]:
    """Keras's operations by class name: what `x * 2` becomes in a functional model of Keras 3."""
    # They are not exported anywhere; a release that moves them makes such files unreadable and no others.
    from keras import Operation

    modules = [import_module(f"keras.src.ops.{name}") for name in _OPERATIONS]
    return {
        name: item
        for module in modules
        for name, item in vars(module).items()
        if inspect.isclass(item) and issubclass(item, Operation) and item is not Operation
    }


def reshape_statistics(path: Path, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Normalization(axis=None) stored one mean and variance for all features: gives them their layer's shape.

    True where a file needed it.
    """
    import h5py
    import numpy as np

    scalars: list[tuple[str, tuple[int, ...]]] = []

    def note(name: str, item: Any) -> None:
        parts = name.split("/")
        owner = next((part for part in reversed(parts[:-1]) if part in shapes), None)
        if owner and _kind(name) in _STATISTICS and item.size == 1 and item.shape != shapes[owner]:
            scalars.append((name, shapes[owner]))

    with h5py.File(path, "r+") as file:
        weights = file["model_weights"]
        weights.visititems(lambda name, item: note(name, item) if isinstance(item, h5py.Dataset) else None)
        for name, shape in scalars:
            values = np.broadcast_to(np.asarray(weights[name]).reshape(()), shape)
            del weights[name]
            weights[name] = values
    return bool(scalars)


def _noting(shapes: dict[str, tuple[int, ...]]) -> Any:
    import keras

    class Normalization(keras.layers.Normalization):  # type: ignore[misc]
        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            if self.input_mean is None:
                shapes[self.name] = tuple(self.adapt_mean.shape)

    return Normalization


def _widths(file: Any) -> dict[str, int]:
    """The number of features by Normalization layer."""
    import h5py

    widths: dict[str, int] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and _kind(name) == "mean" and item.ndim == 1:
            widths[name.partition("/")[0]] = item.shape[0]

    file.get("model_weights", file).visititems(note)
    return widths


def _kind(name: str) -> str:
    return name.rpartition("/")[2].partition(":")[0]
