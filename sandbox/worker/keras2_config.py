"""The stored config of a Keras 2 model, rewritten as Keras 3 reads it.

Each function here is needed by a real file that an old release wrote: tests/zoo holds them, and
design/model-files.md says which file needs which. It changes the config of one layer in place, tells whether
anything changed, and drops a setting only at the value at which it has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

Config = dict[str, Any]
_GRAPHS: Final = ("Functional", "Model", "Sequential")
OPERATION: Final = "Operation>"
"""Prefix of an operation's class name, so that no layer of the same name is taken for it."""
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_SEPARABLE: Final = ("SeparableConv1D", "SeparableConv2D")
_SPATIAL_DROPOUT: Final = ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
DROPPED: Final[Mapping[str, tuple[Collection[str], Collection[Any] | None]]] = {
    # Keras 3 has no such argument.
    "time_major": (_RECURRENT, (False, None)),
    "trainable": (_SPATIAL_DROPOUT, (True, False)),
    "noise_shape": (_SPATIAL_DROPOUT, (None,)),
    # Inherited from plain convolutions.
    "groups": (("DepthwiseConv1D", "DepthwiseConv2D", *_SEPARABLE), (1,)),
    "kernel_initializer": (_SEPARABLE, None),
    "kernel_regularizer": (_SEPARABLE, None),
    "kernel_constraint": (_SEPARABLE, None),
    # The default. Keras 3's reader of `.h5` takes the string for its function `dot`.
    "score_mode": (("Attention",), ("dot",)),
}
"""Settings that Keras 3 does not accept: the layers that store them, and the values at which they have no
effect (None: any value)."""


def walk_layers(config: Any) -> Iterator[Config]:
    """Every config with a class name, however deeply it is nested."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "class_name" in node and isinstance(node.get("config"), dict):
                yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def drop_settings(layer: Config) -> bool:
    """Drops the settings in `DROPPED`."""
    config = layer["config"]
    dropped = [
        name
        for name, (layers, values) in DROPPED.items()
        if name in config and layer["class_name"] in layers and (values is None or config[name] in values)
    ]
    return _drop(layer, dropped)


def drop_attention_shapes(layer: Config) -> bool:
    """`MultiHeadAttention` of Keras 2 stores the shapes of its call; Keras 3 finds them when called."""
    if layer["class_name"] != "MultiHeadAttention" or "query_shape" not in layer["config"]:
        return False
    names = ("query_shape", "key_shape", "value_shape")
    # `build_config` holds the query's shape alone, from which Keras 3 cannot build the layer.
    layer.pop("build_config", None)
    return _drop(layer, names)


def drop_repeated_shapes(layer: Config) -> bool:
    """The first layer of a Keras 2 model stores once more the shape of the model's InputLayer."""
    layers = layer["config"].get("layers")
    if layer["class_name"] not in _GRAPHS or not isinstance(layers, list):
        return False
    inner = [one for one in layers if isinstance(one, dict) and isinstance(one.get("config"), dict)]
    if not inner or not any(one.get("class_name") == "InputLayer" for one in inner):
        return False
    repeated = [one for one in inner if one.get("class_name") not in ("InputLayer", *_GRAPHS)]
    return any([_drop(one, ("batch_input_shape",)) for one in repeated])  # noqa: C419 - each of them


def name_dtype_policy(layer: Config) -> bool:
    """Mixed precision: the class `Policy` of Keras 2 is `DTypePolicy` in Keras 3."""
    policy = layer["config"].get("dtype")
    if not isinstance(policy, dict) or policy.get("class_name") != "Policy":
        return False
    name = {"name": policy.get("config", {}).get("name", "float32")}
    layer["config"]["dtype"] = {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": name,
        "registered_name": None,
    }
    return True


def move_functional(layer: Config) -> bool:
    """Functional models of Keras 2 name a module that Keras 3 has moved: `keras.src.engine.functional`."""
    if ".engine." not in str(layer.get("module")) or layer["class_name"] != "Functional":
        return False
    layer["module"] = "keras.src.models.functional"
    return True


def name_one_axis(layer: Config) -> bool:
    """`BatchNormalization` of Keras 2 stores its axis as a list of one."""
    axis = layer["config"].get("axis")
    if layer["class_name"] != "BatchNormalization" or not isinstance(axis, list) or len(axis) != 1:
        return False
    layer["config"]["axis"] = axis[0]
    return True


def recount_nested_calls(model: Config) -> bool:
    """A model inside a model (a frozen base, say): Keras 2 numbers its calls from 1, Keras 3 from 0.

    They stay as they are where any call has the number 0.
    """
    layers = _layers(model)
    nested = {layer["name"]: layer["class_name"] for layer in layers if layer.get("class_name") in _GRAPHS}
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
    """Tensors passed by keyword, as `value` of attention: Keras 3 reads them only in its own form."""
    layers = _layers(model)
    names = {layer["name"] for layer in layers}
    changed = False
    for layer in layers:
        for place, node in enumerate(layer["inbound_nodes"]):
            if isinstance(node, list) and any(_keyword_tensors(call, names) for call in node):
                layer["inbound_nodes"][place] = _keras3_call(node, names)
                changed = True
    return changed


SHIMS: Final[tuple[Callable[[Config], bool], ...]] = (
    drop_settings,
    drop_attention_shapes,
    drop_repeated_shapes,
    name_dtype_policy,
    move_functional,
    name_one_axis,
    recount_nested_calls,
    write_keyword_tensors,
)


def modernise(config: Config) -> bool:
    """Applies every function of `SHIMS` to a model's config, in place. True where anything changed."""
    changed = [shim(layer) for layer in list(walk_layers(config)) for shim in SHIMS]
    return any(changed)


def mark_operations(config: Config, known: Collection[str]) -> bool:
    """A `.h5` of Keras 3 names an operation (`x * 2`) like a layer (`Multiply`): adds the prefix.

    The config of an operation has no `trainable`; that of every layer has. `known` holds the operations.
    """
    changed = False
    for layer in walk_layers(config):
        plain = "inbound_nodes" in layer and "module" not in layer and "trainable" not in layer["config"]
        if plain and layer["class_name"] in known:
            layer["class_name"] = OPERATION + layer["class_name"]
            changed = True
    return changed


def set_input_width(config: Config, widths: Mapping[str, int]) -> bool:
    """Fills in the number of features of a Sequential that begins with an adapted Normalization.

    TensorFlow's own fuel tutorial builds such a model: its input shape is stored as (None, None), and only
    the layer's statistics show the number. `widths` maps the layer's name to it.
    """
    changed = False
    for model in list(walk_layers(config)):
        layers = model["config"].get("layers")
        if model["class_name"] != "Sequential" or not isinstance(layers, list) or len(layers) < 2:
            continue
        first, second = layers[:2]
        shape = first.get("config", {}).get("batch_input_shape")
        width = widths.get(second.get("config", {}).get("name", ""))
        if second.get("class_name") == "Normalization" and shape and shape[-1] is None and width:
            first["config"]["batch_input_shape"] = [*shape[:-1], width]
            model.pop("build_config", None)
            changed = True
    return changed


def _drop(layer: Config, names: Collection[str]) -> bool:
    found = [name for name in names if name in layer["config"]]
    for name in found:
        del layer["config"][name]
    return bool(found)


def _layers(model: Config) -> list[Config]:
    """The layers of a functional model in the form of Keras 2; none where it is anything else."""
    layers = model["config"].get("layers")
    if not isinstance(layers, list) or "output_layers" not in model["config"]:
        return []
    whole = all(isinstance(layer, dict) and {"name", "inbound_nodes"} <= layer.keys() for layer in layers)
    return layers if whole else []


def _calls(layer: Config) -> Iterator[list[Any]]:
    """Every `[layer, call number, output number, …]` that a layer takes its input from."""
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


def _keras3_call(node: list[Any], names: set[str]) -> Config:
    tensors = [_keras3_tensor(call) for call in node]
    keywords = node[0][3] if len(node[0]) > 3 else {}
    return {
        "args": [tensors if len(tensors) > 1 else tensors[0]],
        "kwargs": {
            name: _keras3_tensor(value) if _is_tensor(value) and value[0] in names else value
            for name, value in keywords.items()
        },
    }


def _keras3_tensor(call: list[Any]) -> Config:
    # Shape and dtype are placeholders: Keras puts the tensor that the named layer made in its place.
    about = {"shape": [None], "dtype": "float32", "keras_history": call[:3]}
    return {"class_name": "__keras_tensor__", "config": about}
