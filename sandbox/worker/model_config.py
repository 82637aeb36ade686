"""The stored config of a Keras model: nested layers, and how they are connected.

A stranger wrote it, so nothing here expects a key to be there or a value to have a type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

Config = dict[str, Any]
GRAPHS: Final = ("Functional", "Model", "Sequential")
CONSTANT: Final = "_CONSTANT_VALUE"
"""Stands in a call of Keras 2 for the name of a layer, where an input is a number."""


def walk_layers(config: Any) -> Iterator[Config]:
    """Every config with a class name, however deeply it is nested; the outermost first."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("class_name"), str) and isinstance(node.get("config"), dict):
                yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def walk_objects(config: Any) -> Iterator[Config]:
    """Every description of an object or a function of some module that makes the model, however deep.

    Left out is what is not loaded: how the outermost model was compiled. Keras compiles those inside it.
    """
    waiting = [{**config, "compile_config": None} if isinstance(config, dict) else config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("class_name"), str) and isinstance(node.get("module"), str):
                yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def inner_layers(model: Config) -> list[Config]:
    """The layers of a Functional or Sequential that have a class and a config; none of anything else."""
    layers = model["config"].get("layers")
    if model["class_name"] not in GRAPHS or not isinstance(layers, list):
        return []
    return [layer for layer in layers if is_layer(layer)]


def is_layer(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), dict)
    )


def connected_layers(model: Config) -> list[Config]:
    """The layers of a functional model, each with a name and calls; none where any lacks them."""
    layers = model["config"].get("layers")
    if not isinstance(layers, list) or "output_layers" not in model["config"]:
        return []
    whole = all(
        is_layer(layer)
        and isinstance(layer.get("name"), str)
        and isinstance(layer.get("inbound_nodes"), list)
        for layer in layers
    )
    return layers if whole else []


def tensors_in(value: Any, names: Collection[str]) -> list[list[Any]]:
    """Every `[layer, call number, output number, …]` of these layers, however deeply it is nested."""
    found = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            if is_tensor(node) and node[0] in names:
                found.append(node)
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
    return found


def is_tensor(value: Any) -> bool:
    """Whether this is a tensor as Keras 2 stores it in a call."""
    return is_call(value) and isinstance(value[2], int)


def is_call(value: Any) -> bool:
    """The same, or a constant in its place."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and (len(value) == 3 or isinstance(value[3], dict))
    )


def drop(layer: Config, names: Collection[str]) -> bool:
    """Drops these settings. True where any was there."""
    found = [name for name in names if name in layer["config"]]
    for name in found:
        del layer["config"][name]
    return bool(found)


def rename_class(layer: Config, name: str) -> bool:
    """Gives a layer another class name, for one of the loader's own classes."""
    layer["class_name"] = name
    if "module" in layer:
        layer.update(module=None, registered_name=name)
        # What Keras 2 stored there is for its own class.
        layer.pop("build_config", None)
    return True
