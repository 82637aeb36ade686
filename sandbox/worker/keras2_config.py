"""The stored config of an older Keras's model, rewritten as today's Keras reads it.

`SHIMS` is the table of all rewritings: of a layer's settings here, of its connections in keras2_graph, of the
functions it names in keras2_functions. Each is needed by a real file that an old release wrote: tests/zoo
holds them, and design/model-files.md says which file needs which. A shim changes the config of one layer (or
model) in place, tells whether anything changed, and drops a setting only at the value at which it has no
effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from .keras2_functions import OWN, name_changed_functions, name_functions, name_operations
from .keras2_graph import (
    RECURRENT,
    add_input_layer,
    drop_repeated_shapes,
    name_sequential,
    recount_nested_calls,
    rename_slashes,
    unwrap_single_tensors,
    write_calls,
)
from .keras2_options import (
    add_offset,
    drop_training_options,
    name_changed_options,
    name_refused_options,
)
from .model_config import GRAPHS, Config, drop, inner_layers, is_layer, rename_class, walk_layers

OPERATION: Final = "Operation>"
"""Prefix of an operation's class name, so that no layer of the same name is taken for it."""
_SEPARABLE: Final = ("SeparableConv1D", "SeparableConv2D")
_TRANSPOSED: Final = ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
_SPATIAL_DROPOUT: Final = ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
DROPPED: Final[Mapping[str, tuple[Collection[str], Collection[Any] | None]]] = {
    # Keras 3 has no such argument.
    "time_major": (RECURRENT, (False, None)),
    "trainable": ((*_SPATIAL_DROPOUT, "Discretization"), (True, False)),
    "noise_shape": (_SPATIAL_DROPOUT, (None,)),
    "causal": (("Attention", "AdditiveAttention"), (False,)),
    # Keras 3.0 to 3.5 stored it and never used it.
    "value_range": (("RandomRotation",), None),
    # Inherited from plain convolutions.
    "groups": (("DepthwiseConv1D", "DepthwiseConv2D", *_SEPARABLE, *_TRANSPOSED), (1,)),
    "kernel_initializer": (_SEPARABLE, None),
    "kernel_regularizer": (_SEPARABLE, None),
    "kernel_constraint": (_SEPARABLE, None),
    # The default. Keras 3's reader of `.h5` takes the string for its function `dot`.
    "score_mode": (("Attention",), ("dot",)),
}
"""Settings that Keras 3 does not accept: the layers that store them, and the values at which they have no
effect (None: any value)."""
GONE: Final = ("RandomHeight", "RandomWidth", "ThresholdedReLU")
"""Layers that Keras 3 does not have, and the loader does (keras2_layers)."""
MERGES: Final = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
CHANGED: Final[tuple[tuple[Collection[str], tuple[int, int], str], ...]] = (
    # When it predicted, it resized to the shorter side and cut; then it cut and resized; in 3.6 and 3.7 it
    # cut, and resized what was smaller; now it does nothing.
    (("RandomCrop",), (2, 7), f"{OWN}Early"),
    (("RandomCrop",), (3, 6), OWN),
    (("RandomCrop",), (3, 8), f"{OWN}Middle"),
    # It knew no masks; then a step that sees no other was spread over all, if it has a dropout.
    (("MultiHeadAttention",), (2, 10), f"{OWN}Unmasked"),
    (("MultiHeadAttention",), (3, 10), f"{OWN}Early"),
    # The same of a mask that it is given.
    (("Softmax",), (2, 5), f"{OWN}Unmasked"),
    (("Softmax",), (3, 10), f"{OWN}Early"),
    # Before 3.0 they kept a step that all masked inputs have; now what any has, and only if all are masked.
    (MERGES, (3, 0), OWN),
    # From 3.0 to 3.3 no mask came through them.
    (MERGES, (3, 4), f"{OWN}Unmasked"),
)
"""Layers, the version since which they predict as today, and the prefix of the loader's that predict as
before. The first line that fits counts."""
_RESIZING: Final = ("Resizing", "UpSampling2D")
_GONE_METHODS: Final = ("gaussian", "mitchellcubic")


def drop_settings(layer: Config) -> bool:
    """Drops the settings in `DROPPED`."""
    config = layer["config"]
    dropped = [
        name
        for name, (layers, values) in DROPPED.items()
        if name in config and layer["class_name"] in layers and (values is None or config[name] in values)
    ]
    return drop(layer, dropped)


def drop_attention_shapes(layer: Config) -> bool:
    """`MultiHeadAttention` of Keras 2 stores the shapes of its call; Keras 3 finds them when called."""
    if not layer["class_name"].endswith("MultiHeadAttention") or "query_shape" not in layer["config"]:
        return False
    # `build_config` holds the query's shape alone, from which Keras 3 cannot build the layer.
    layer.pop("build_config", None)
    return drop(layer, ("query_shape", "key_shape", "value_shape"))


def name_dtype_policy(layer: Config) -> bool:
    """Mixed precision: the class `Policy` of Keras 2 is `DTypePolicy` in Keras 3."""
    policy = layer["config"].get("dtype")
    if not is_layer(policy) or policy["class_name"] != "Policy":
        return False
    layer["config"]["dtype"] = {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": policy["config"].get("name", "float32")},
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
    if not layer["class_name"].endswith("BatchNormalization") or not isinstance(axis, list) or len(axis) != 1:
        return False
    layer["config"]["axis"] = axis[0]
    return True


def keep_axes(layer: Config) -> bool:
    """Keras 3 loses an axis that is None or several, where a layer has no module: in every `.h5`."""
    axis = layer["config"].get("axis", 0)
    several = axis is None or (isinstance(axis, list) and len(axis) != 1)
    if not several or "module" in layer or layer["class_name"] in GRAPHS:
        return False
    if is_operation(layer):
        layer["class_name"] = OPERATION + layer["class_name"]
    if layer["class_name"].startswith((OPERATION, OWN)):
        layer.update(module=None, registered_name=layer["class_name"])
    else:
        layer.update(module="keras.layers", registered_name=None)
    return True


def is_operation(layer: Config) -> bool:
    """Whether this is an operation: its config has no `trainable`, as that of every layer has."""
    is_layer_s = str(layer.get("module")).startswith("keras.layers")
    return "inbound_nodes" in layer and not is_layer_s and "trainable" not in layer["config"]


def name_gone_layers(layer: Config) -> bool:
    """Layers, and ways to resize, that Keras 3 does not have become the loader's."""
    method = layer["class_name"] in _RESIZING and layer["config"].get("interpolation") in _GONE_METHODS
    return (method or layer["class_name"] in GONE) and rename_class(layer, OWN + layer["class_name"])


def name_changed_layers(layer: Config, version: tuple[int, int]) -> bool:
    """Layers that predicted otherwise in this version become the loader's."""
    for names, since, prefix in () if is_operation(layer) else CHANGED:
        if layer["class_name"] in names and version < since:
            return rename_class(layer, prefix + layer["class_name"])
    return False


SHIMS: Final[tuple[Callable[[Config], bool], ...]] = (
    add_input_layer,
    drop_settings,
    drop_training_options,
    name_refused_options,
    add_offset,
    drop_attention_shapes,
    drop_repeated_shapes,
    name_dtype_policy,
    move_functional,
    name_one_axis,
    keep_axes,
    name_functions,
    name_gone_layers,
    name_operations,
    rename_slashes,
    recount_nested_calls,
    unwrap_single_tensors,
    write_calls,
)
"""What is done whoever wrote a file: an old form is known by itself."""
MEANINGS: Final[tuple[Callable[[Config, tuple[int, int]], bool], ...]] = (
    name_changed_options,
    name_changed_functions,
    name_changed_layers,
)
"""What is done by the version that wrote a file: the form is today's, and meant something else."""


def modernise(config: Config, version: str) -> bool:
    """Applies every shim to a model's config, in place. True where anything changed.

    `version` is the Keras version that wrote it, empty where the file names none: it is taken for today's.
    """
    number = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    written = (int(number[1]), int(number[2])) if number else None
    changed = [name_sequential(config)]
    if written is not None:
        changed += [shim(layer, written) for shim in MEANINGS for layer in list(walk_layers(config))]
    changed += [shim(layer) for shim in SHIMS for layer in list(walk_layers(config))]
    return any(changed)


def is_keras2(version: str) -> bool:
    return version.startswith("2.")


def mark_operations(config: Config, known: Collection[str]) -> bool:
    """A `.h5` of Keras 3 names an operation (`x * 2`) like a layer (`Multiply`): adds the prefix.

    `known` holds the operations.
    """
    changed = False
    for layer in walk_layers(config):
        if is_operation(layer) and layer["class_name"] in known:
            layer["class_name"] = OPERATION + layer["class_name"]
            changed = True
    return changed


def set_input_width(config: Config, statistics: Mapping[str, tuple[int, ...]]) -> bool:
    """Fills in the sizes that a Sequential is not told, which begins with an adapted Normalization.

    TensorFlow's own fuel tutorial builds such a model: its input shape is stored as (None, None), and only
    the layer's statistics show the number of features. `statistics` maps the layer's name to their shape.
    """
    changed = False
    for model in list(walk_layers(config)):
        layers = inner_layers(model)
        if model["class_name"] != "Sequential" or len(layers) < 2:
            continue
        first, second = layers[:2]
        known = _known_shape(second, first["config"].get("batch_input_shape"), statistics)
        if known:
            first["config"]["batch_input_shape"] = known
            model.pop("build_config", None)
            changed = True
    return changed


def _known_shape(layer: Config, shape: Any, statistics: Mapping[str, tuple[int, ...]]) -> list[Any]:
    """The shape of a Normalization's inputs, with the sizes of the axes that it keeps; empty without any."""
    sizes = statistics.get(str(layer["config"].get("name")))
    axis = layer["config"].get("axis", -1)
    axes = axis if isinstance(axis, list) else [axis]
    if layer["class_name"] != "Normalization" or not sizes or not isinstance(shape, list):
        return []
    rank = len(shape)
    places = sorted(one % rank for one in axes if isinstance(one, int) and rank and -rank <= one < rank)
    if len(places) != len(sizes) or all(shape[place] is not None for place in places):
        return []
    return [dict(zip(places, sizes, strict=True)).get(place, size) for place, size in enumerate(shape)]
