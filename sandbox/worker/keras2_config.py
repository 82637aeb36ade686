"""What Keras 3 does not understand in the stored description of an older model, and how it is said today.

Each shim is here because a real file, written by a real old release, needs it: tests/zoo holds them, and
design/model-files.md says which file needs which. A shim takes one layer's description, changes it in place,
and drops a setting only at the value at which it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from .keras2_graphs import recount_nested_calls, write_keyword_tensors

Config = dict[str, Any]
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_BY_CHANNEL: Final = ("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")
_SPATIAL_DROPOUT: Final = ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
_GRAPHS: Final = ("Functional", "Model", "Sequential")
OPERATION: Final = "Operation>"
"""Stands before the name of an operation, so that no layer of the same name is taken for it."""


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
    """Recurrent layers of Keras 2 say `time_major: False`; Keras 3 knows no other order."""
    return layer["class_name"] in _RECURRENT and _drop(layer, "time_major", (False, None))


def drop_groups(layer: Config) -> bool:
    """Depthwise and separable convolutions of Keras 2 say `groups: 1`, inherited from plain ones."""
    return layer["class_name"] in _BY_CHANNEL and _drop(layer, "groups", (1,))


def drop_kernel_settings(layer: Config) -> bool:
    """Separable convolutions of Keras 2 describe a plain kernel, which they do not have."""
    if not layer["class_name"].startswith("SeparableConv"):
        return False
    names = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
    return _forget(layer, names)


def drop_attention_shapes(layer: Config) -> bool:
    """`MultiHeadAttention` of Keras 2 notes the shapes it was called with; Keras 3 sees them when called."""
    if layer["class_name"] != "MultiHeadAttention" or "query_shape" not in layer["config"]:
        return False
    names = ("query_shape", "key_shape", "value_shape")
    # What it says of its building is the query's shape alone, from which Keras 3 cannot build the layer.
    layer.pop("build_config", None)
    return _forget(layer, names)


def drop_score_mode(layer: Config) -> bool:
    """`score_mode: "dot"`, the default: Keras 3's reader of `.h5` takes the word for its function `dot`."""
    return layer["class_name"] == "Attention" and _drop(layer, "score_mode", ("dot",))


def drop_spatial_settings(layer: Config) -> bool:
    """`SpatialDropout` of Keras 2 says what Keras 3 does not ask: is it trained, its noise's shape."""
    if layer["class_name"] not in _SPATIAL_DROPOUT:
        return False
    return any([_drop(layer, "trainable", (True, False)), _drop(layer, "noise_shape", (None,))])


def drop_repeated_shapes(layer: Config) -> bool:
    """The first layer of a Keras 2 model repeats the shape that the model's InputLayer already gives."""
    layers = layer["config"].get("layers")
    if layer["class_name"] not in _GRAPHS or not isinstance(layers, list):
        return False
    inner = [one for one in layers if isinstance(one, dict) and isinstance(one.get("config"), dict)]
    if not inner or not any(one.get("class_name") == "InputLayer" for one in inner):
        return False
    repeated = [one for one in inner if one.get("class_name") not in ("InputLayer", *_GRAPHS)]
    return any([_forget(one, ("batch_input_shape",)) for one in repeated])  # noqa: C419 - each of them


def name_dtype_policy(layer: Config) -> bool:
    """Mixed precision: what Keras 2 calls a Policy is a DTypePolicy now."""
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
    """Functional models of Keras 2 name a module that is gone: `keras.src.engine.functional`."""
    if ".engine." not in str(layer.get("module")) or layer["class_name"] != "Functional":
        return False
    layer["module"] = "keras.src.models.functional"
    return True


def name_one_axis(layer: Config) -> bool:
    """`BatchNormalization` of Keras 2 keeps its axis in a list of one."""
    axis = layer["config"].get("axis")
    if layer["class_name"] != "BatchNormalization" or not isinstance(axis, list) or len(axis) != 1:
        return False
    layer["config"]["axis"] = axis[0]
    return True


SHIMS: Final[tuple[Callable[[Config], bool], ...]] = (
    drop_time_major,
    drop_groups,
    drop_kernel_settings,
    drop_attention_shapes,
    drop_score_mode,
    drop_spatial_settings,
    drop_repeated_shapes,
    name_dtype_policy,
    move_functional,
    name_one_axis,
    recount_nested_calls,
    write_keyword_tensors,
)


def modernise(config: Config) -> bool:
    """Applies every shim to a model's description, in place. True where anything changed."""
    changed = [shim(layer) for layer in list(walk_layers(config)) for shim in SHIMS]
    return any(changed)


def mark_operations(config: Config, known: Collection[str]) -> bool:
    """A `.h5` of Keras 3 names an operation (`x * 2`) like a layer (`Multiply`): tells the two apart.

    An operation's description has no `trainable`; every layer's has.
    """
    changed = False
    for layer in walk_layers(config):
        plain = "inbound_nodes" in layer and "module" not in layer and "trainable" not in layer["config"]
        if plain and layer["class_name"] in known:
            layer["class_name"] = OPERATION + layer["class_name"]
            changed = True
    return changed


def tell_width(config: Config, widths: Mapping[str, int]) -> bool:
    """A Sequential that begins with an adapted Normalization, as in TensorFlow's own fuel tutorial, was never
    told how many features it takes: its statistics know. `widths` gives their number by the layer's name.
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


def _forget(layer: Config, names: Collection[str]) -> bool:
    found = [name for name in names if name in layer["config"]]
    for name in found:
        del layer["config"][name]
    return bool(found)


def _drop(layer: Config, name: str, harmless: Collection[Any]) -> bool:
    if name not in layer["config"] or layer["config"][name] not in harmless:
        return False
    del layer["config"][name]
    return True
