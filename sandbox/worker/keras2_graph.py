"""How the layers of a stored model are connected, rewritten as today's Keras reads it.

Each function is one rewriting, as in keras2_config: it changes one model (or layer) in place, and tells
whether anything changed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from .keras2_functions import OWN_OPERATIONS
from .model_config import (
    CONSTANT,
    GRAPHS,
    Config,
    connected_layers,
    drop,
    inner_layers,
    is_call,
    is_layer,
    is_tensor,
    tensors_in,
)
from .refusals import without_inputs

RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_SHAPE: Final = "batch_input_shape"
_NESTED: Final = ("input_layers", "output_layers")


def name_sequential(config: Any) -> bool:
    """Keras 2.0 to 2.2.2 stored a Sequential as a list of its layers, without a name."""
    found = 0
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("class_name") == "Sequential" and isinstance(node.get("config"), list):
                found += 1
                name = node.get("name") or f"sequential_{found}"
                node["config"] = {"name": name, "layers": node["config"]}
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return bool(found)


def add_input_layer(model: Config) -> bool:
    """A Sequential of TensorFlow 2.0 to 2.2: its first layer holds the input shape, and is no InputLayer."""
    first = next(iter(inner_layers(model)), None)
    if model["class_name"] != "Sequential" or first is None or first["class_name"] == "InputLayer":
        return False
    shape, dtype = _input_of(first)
    if shape is None:
        return False
    name = f"{first['config'].get('name', 'first')}_input"
    layer: Config = {
        "class_name": "InputLayer",
        "config": {"batch_shape": shape, "dtype": dtype, "name": name},
    }
    if "module" in first:
        layer.update(module="keras.layers", registered_name=None)
    model["config"]["layers"].insert(0, layer)
    return True


def _input_of(layer: Config) -> tuple[list[Any] | None, str]:
    """Shape and dtype of a layer's input, or of the first layer inside it."""
    for _ in range(100):
        shape, dtype = layer["config"].get(_SHAPE), layer["config"].get("dtype")
        if isinstance(shape, list):
            return shape, dtype if isinstance(dtype, str) else "float32"
        inner = inner_layers(layer)
        if not inner:
            break
        layer = inner[0]
    return None, "float32"


def drop_repeated_shapes(model: Config) -> bool:
    """The first layer of a Keras 2 model stores once more the shape of the model's InputLayer."""
    layers = inner_layers(model)
    if not any(layer["class_name"] == "InputLayer" for layer in layers):
        return False
    repeated = [layer for layer in layers if layer["class_name"] not in ("InputLayer", *GRAPHS)]
    return any([drop(layer, (_SHAPE,)) for layer in repeated])  # noqa: C419 - each of them


def recount_nested_calls(model: Config) -> bool:
    """A model inside a model (a frozen base, say): Keras 2 numbers its calls from 1, Keras 3 from 0.

    They stay as they are where any call has the number 0.
    """
    layers = connected_layers(model)
    nodes = [layer["inbound_nodes"] for layer in layers]
    nested = {layer["name"]: layer["class_name"] for layer in layers if layer["class_name"] in GRAPHS}
    changed = False
    for name, kind in nested.items():
        calls = tensors_in(nodes, (name,))
        # Keras 3 itself takes one off where a Functional gives the whole model's output.
        if kind == "Sequential":
            calls += tensors_in(model["config"]["output_layers"], (name,))
        if calls and all(call[1] >= 1 for call in calls):
            for call in calls:
                call[1] -= 1
            changed = True
    return changed


def unwrap_single_tensors(model: Config) -> bool:
    """A model inside a model with one input or output, stored as a list of one before Keras 3.9.

    Keras 3 then gives the next layer a list, which most layers refuse.
    """
    children = [*inner_layers(model), model["config"].get("layer")]
    changed = False
    for child in children:
        for name in _NESTED if is_layer(child) and "layers" in child["config"] else ():
            tensors = child["config"].get(name)
            if isinstance(tensors, list) and len(tensors) == 1 and is_tensor(tensors[0]):
                child["config"][name] = tensors[0]
                changed = True
    return changed


def rename_slashes(model: Config) -> bool:
    """Keras 3 takes no name with a slash, such as "conv1/bn" of DenseNet121."""
    changed = _rename(model["config"], {})
    layers = connected_layers(model)
    names = {layer["name"] for layer in layers}
    new = {}
    for name in sorted(name for name in names if "/" in name):
        new[name] = name.replace("/", "_")
        while new[name] in names:
            new[name] += "_"
        names.add(new[name])
    if not new:
        return changed
    for layer in layers:
        layer["name"] = new.get(layer["name"], layer["name"])
        _rename(layer["config"], new)
    places = [layer["inbound_nodes"] for layer in layers] + [model["config"].get(name) for name in _NESTED]
    for tensor in tensors_in(places, new):
        tensor[0] = new[tensor[0]]
    return True


def _rename(config: Config, new: dict[str, str]) -> bool:
    name = config.get("name")
    if not isinstance(name, str) or "/" not in name:
        return False
    config["name"] = new.get(name) or name.replace("/", "_")
    return True


def write_calls(model: Config) -> bool:
    """Calls that Keras 3 reads in its own form only.

    They are calls of an operation, with a tensor passed by keyword (the `value` of attention), and of a
    recurrent layer with an initial state, which Keras 2 stored as further inputs.

    Raises:
        Refused: a call is stored without its inputs.
    """
    layers = connected_layers(model)
    names = {layer["name"] for layer in layers}
    changed = False
    for layer in layers:
        for place, node in enumerate(layer["inbound_nodes"]):
            calls = [node] if is_call(node) else node
            if not isinstance(calls, list) or not calls or not all(is_call(call) for call in calls):
                continue
            keywords = calls[0][3] if len(calls[0]) > 3 else {}
            states = _has_states(layer, calls)
            operation = layer["class_name"] in OWN_OPERATIONS
            if not (states or operation or is_call(node) or tensors_in(keywords, names)):
                continue
            if operation and calls[0][0] == CONSTANT and not tensors_in(keywords, names):
                raise without_inputs(layer["name"])
            inputs = [call[2] if call[0] == CONSTANT else call[:3] for call in calls]
            written: Config = {"args": [inputs], "kwargs": dict(keywords)}
            if states:
                given = {name: value for name, value in keywords.items() if value is not None}
                written = {"args": inputs[:1], "kwargs": given | {"initial_state": inputs[1:]}}
                # It holds the shapes of all inputs, and Keras 3 builds the layer from the first.
                layer.pop("build_config", None)
            elif is_call(node) or (len(calls) == 1 and not operation):
                written["args"] = inputs
            layer["inbound_nodes"][place] = written
            _mark_tensors(written, names)
            changed = True
    return changed


def _has_states(layer: Config, calls: list[Any]) -> bool:
    recurrent = layer["class_name"] in (*RECURRENT, "Bidirectional")
    return recurrent and len(calls) > 1 and not layer["config"].get("num_constants")


def _mark_tensors(value: Any, names: Collection[str]) -> None:
    """Writes every tensor in this value as Keras 3 does, in place."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        for key, item in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if is_tensor(item) and item[0] in names:
                # Shape and dtype are placeholders: Keras puts the tensor of the named layer in its place.
                about = {"shape": [None], "dtype": "float32", "keras_history": item[:3]}
                node[key] = {"class_name": "__keras_tensor__", "config": about}
            elif isinstance(item, list | dict):
                waiting.append(item)
