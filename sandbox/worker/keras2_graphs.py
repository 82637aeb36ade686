"""How the layers of a functional model of Keras 2 call each other, as Keras 3 counts and writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Config = dict[str, Any]
_MODELS = ("Functional", "Model", "Sequential")


def recount_nested_calls(model: Config) -> bool:
    """A model inside a model (a frozen base, say): Keras 2 counts its calls from 1, Keras 3 from 0.

    Left as they are where any call of it is counted 0: then nothing was skipped.
    """
    layers = _layers(model)
    nested = {layer["name"]: layer["class_name"] for layer in layers if layer.get("class_name") in _MODELS}
    changed = False
    for name, kind in nested.items():
        calls = [call for layer in layers for call in _calls(layer) if call[0] == name]
        # Keras 3 itself takes one off where a Functional gives the whole model's output.
        outputs = [call for call in _outputs(model) if call[0] == name and kind == "Sequential"]
        if calls + outputs and all(call[1] >= 1 for call in calls + outputs):
            for call in calls + outputs:
                call[1] -= 1
            changed = True
    return changed


def write_keyword_tensors(model: Config) -> bool:
    """Tensors passed by keyword, as attention takes its `value`: Keras 3 reads them in its own form only."""
    layers = _layers(model)
    names = {layer["name"] for layer in layers}
    changed = False
    for layer in layers:
        for place, node in enumerate(layer["inbound_nodes"]):
            if isinstance(node, list) and any(_keyword_tensors(call, names) for call in node):
                layer["inbound_nodes"][place] = _call_of_today(node, names)
                changed = True
    return changed


def _layers(model: Config) -> list[Config]:
    """The layers of a functional model in the form of Keras 2; none where it is anything else."""
    layers = model["config"].get("layers")
    if not isinstance(layers, list) or "output_layers" not in model["config"]:
        return []
    whole = all(isinstance(layer, dict) and {"name", "inbound_nodes"} <= layer.keys() for layer in layers)
    return layers if whole else []


def _calls(layer: Config) -> Iterator[list[Any]]:
    """Every `[layer, call, output, …]` that a layer takes its input from."""
    for node in layer["inbound_nodes"]:
        for call in node if isinstance(node, list) else ():
            if _is_tensor(call):
                yield call
                yield from (value for value in call[3].values() if _is_tensor(value)) if len(call) > 3 else ()


def _outputs(model: Config) -> list[list[Any]]:
    outputs = model["config"]["output_layers"]
    return [output for output in outputs if _is_tensor(output)] if isinstance(outputs, list) else []


def _is_tensor(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and isinstance(value[2], int)
        and (len(value) == 3 or isinstance(value[3], dict))
    )


def _keyword_tensors(call: Any, names: set[str]) -> bool:
    keywords = call[3].values() if _is_tensor(call) and len(call) == 4 else ()
    return any(_is_tensor(value) and value[0] in names for value in keywords)


def _call_of_today(node: list[Any], names: set[str]) -> Config:
    tensors = [_tensor_of_today(call) for call in node]
    keywords = node[0][3] if len(node[0]) > 3 else {}
    return {
        "args": [tensors if len(tensors) > 1 else tensors[0]],
        "kwargs": {
            name: _tensor_of_today(value) if _is_tensor(value) and value[0] in names else value
            for name, value in keywords.items()
        },
    }


def _tensor_of_today(call: list[Any]) -> Config:
    # Shape and dtype are placeholders: Keras puts the tensor that the named layer made in its place.
    about = {"shape": [None], "dtype": "float32", "keras_history": call[:3]}
    return {"class_name": "__keras_tensor__", "config": about}
