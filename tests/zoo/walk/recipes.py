"""How each built-in layer is made: which inputs it takes, and how it is called. Runs in an old release.

A recipe belongs to the class of its name; `find_layers` gives every class that the release has, so that a
layer without a recipe is seen. Options that a release does not know fail there, and are listed as not
written.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable  # noqa: UP035 - Python 3.8

import tensorflow as tf

keras = tf.keras
Make = Callable[[Any], Any]
Wire = Callable[[Any, Any, Any], Any]


class Layers:
    """The release's layers by name, wherever it keeps them."""

    def __getattr__(self, name: str) -> Any:
        for module in modules():
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"this release has no {name}")


def modules() -> list[Any]:
    experimental = getattr(keras.layers, "experimental", None)
    return [keras.layers, *([experimental.preprocessing, experimental] if experimental else [])]


ABSTRACT = ("Layer", "Wrapper", "AbstractRNNCell", "PreprocessingLayer", "InputSpec")
"""Bases of other layers; and a class that is none."""
ELSEWHERE = {
    "InputLayer": "begins every functional model",
    "Lambda": "refused by name: its code is in the file",
    "TFSMLayer": "refused: it names a folder of the machine that wrote it",
    "JaxLayer": "needs JAX, and a function of one's own",
    "FlaxLayer": "needs Flax, and a module of one's own",
    "TorchModuleWrapper": "needs PyTorch, and a module of one's own",
    "DenseFeatures": "takes a dictionary of feature columns",
    "CuDNNGRU": "needs a GPU",
    "CuDNNLSTM": "needs a GPU",
    "SyncBatchNormalization": "deprecated name of BatchNormalization(synchronized=True)",
    "MaxNumBoundingBoxes": "takes boxes, not an array",
}
"""Why a class has no recipe."""


def find_layers() -> dict[str, Any]:
    """Every class of layers that this release has, once: `AvgPool1D` is `AveragePooling1D` again."""
    found: Any = {}
    for module in modules():
        for name, item in vars(module).items():
            known = inspect.isclass(item) and name not in ABSTRACT and item not in found.values()
            if known and issubclass(item, keras.layers.Layer):
                found[name] = item
    return {item.__name__ if item.__name__ in RECIPES else name: item for name, item in found.items()}


class Recipe:
    """One way to use one layer. `wire(layers, layer, inputs)` calls it; None: on the inputs alone."""

    def __init__(self, name: str, option: str, inputs: str, make: Make, wire: Wire | None) -> None:
        self.name, self.option, self.inputs, self.make, self.wire = name, option, inputs, make, wire

    def __str__(self) -> str:
        return f"{self.name}.{self.option}" if self.option else self.name


RECIPES: Any = {}
"""By the name of the layer, or of what is not a layer (an activation, say): its recipes."""


def add(name: str, inputs: str, make: Make, wire: Wire | None = None, **options: Any) -> None:
    """The recipe of the defaults, and one for each option: how it is made, or that and other inputs."""
    recipes = [Recipe(name, "", inputs, make, wire)]
    for option, how in options.items():
        kind, made = how if isinstance(how, tuple) else (inputs, how)
        recipes.append(Recipe(name, option, kind, made, wire))
    RECIPES.setdefault(name, []).extend(recipes)


def two(layers: Any, layer: Any, x: Any) -> Any:
    """Two branches from one input, merged."""
    return layer([layers.Dense(4, name="left")(x), layers.Dense(4, name="right")(x)])


def query_and_value(layers: Any, layer: Any, x: Any) -> Any:
    """A tensor by position and one by keyword."""
    return layer(layers.Dense(4, name="query")(x), value=layers.Dense(4, name="value")(x))


def itself(layers: Any, layer: Any, x: Any) -> Any:
    return layer(x, x)


def with_state(layers: Any, layer: Any, x: Any) -> Any:
    """A recurrent layer that begins with a state which another part of the model gives."""
    pooled = layers.GlobalAveragePooling1D(name="summary")(x)
    states = 2 if "LSTM" in type(layer).__name__ else 1
    return layer(x, initial_state=[layers.Dense(3, name=f"state_{n}")(pooled) for n in range(states)])


def masked(layers: Any, layer: Any, x: Any) -> Any:
    return layer(layers.Masking(name="masking")(x))


def embedded(layers: Any, layer: Any, x: Any) -> Any:
    return layer(layers.Embedding(7, 4, mask_zero=True, name="words")(x))


def adapted(layer: Any, data: Any) -> Any:
    layer.adapt(data)
    return layer
