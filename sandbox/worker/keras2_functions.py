"""Functions of TensorFlow, and of Keras 2, that a stored model names.

`activation=tf.nn.softmax` is stored as the function's own name, "softmax_v2"; `x / 127.5` on a Keras tensor
as a layer, TensorFlowOpLayer before TensorFlow 2.4 and TFOpLambda since. A name is looked up in TensorFlow
only where a pattern below allows it: functions of their inputs alone, which read no file and draw no number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final

from .model_config import Config, rename_class

OWN: Final = "tfprep>"
"""Prefix of names that only the loader knows, so that they hide no name of Keras's."""
_TENSORFLOW: Final = {
    "softmax_v2": "nn.softmax",
    "log_softmax_v2": "nn.log_softmax",
    "crelu_v2": "nn.crelu",
    "swish": "nn.silu",
    "identity": "identity",
    "neg": "math.negative",
    "abs": "math.abs",
    **{
        name: f"math.{name}"
        for name in (
            *("exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "square", "reciprocal", "sign", "erf"),
            *("sin", "cos", "tan", "sinh", "cosh", "asin", "acos", "atan", "asinh", "acosh", "atanh"),
        )
    },
}
"""Names of TensorFlow's functions that Keras 3 has no activation for, and where TensorFlow has them."""
_CHANGED: Final = {"hard_sigmoid": (3, 0)}
"""Activations that were another function before this version of Keras."""
OPERATIONS: Final = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
OWN_OPERATIONS: Final = tuple(OWN + name for name in OPERATIONS)
"""The class names that `name_operations` gives them."""
_ALLOWED: Final = re.compile(
    r"(?:__operators__|(?:compat\.v1\.)?math|(?:compat\.v1\.)?nn|linalg|signal|image|strings|bitwise)\.[a-z]\w*"
    r"|(?:compat\.v1\.)?(?:abs|add_n|argmax|argmin|boolean_mask|broadcast_to|cast|clip_by_value|concat|cumsum"
    r"|einsum|expand_dims|gather|gather_nd|identity|linspace|matmul|norm|one_hot|ones_like|pad|rank|realdiv"
    r"|repeat|reshape|reverse|roll|round|shape|size|slice|split|squeeze|stack|stop_gradient|strided_slice"
    r"|tensordot|tile|transpose|truediv|unstack|where|zeros_like)"
)
_RANDOM: Final = re.compile(r"random|dropout|sampl|nce_loss|distort")
_RAW: Final = re.compile(
    r"Abs|Add|AddN|AddV2|ArgMax|ArgMin|AvgPool|BatchMatMul(?:V2)?|BiasAdd|Cast|ClipByValue|ConcatV2|Cos|Cumsum"
    r"|DivNoNan|Elu|Equal|Erf|Exp|ExpandDims|Fill|Floor|FloorDiv|FloorMod|GatherV2|Greater(?:Equal)?|Identity"
    r"|LeakyRelu|Less(?:Equal)?|Log|Log1p|LogSoftmax|Logical(?:And|Or|Not)|MatMul|Max|MaxPool|Maximum|Mean|Min"
    r"|Minimum|MirrorPad|Mul|Neg|NotEqual|OneHot|Pack|Pad|PadV2|Pow|Prod|Range|RealDiv|Reciprocal|Relu|Relu6"
    r"|Reshape|Resize(?:Area|Bicubic|Bilinear|NearestNeighbor)|ReverseV2|Round|Rsqrt|Select(?:V2)?|Selu|Shape"
    r"|Sigmoid|Sign|Sin|Slice|Softmax|Softplus|Softsign|Sqrt|Square|SquaredDifference|Squeeze|StopGradient"
    r"|StridedSlice|Sub|Sum|Tanh|Tile|Transpose|Unpack|ZerosLike"
)
"""Operations of TensorFlow's graphs that a TensorFlowOpLayer may name."""


def name_functions(layer: Config) -> bool:
    """Activations that are TensorFlow's functions get names of the loader's own."""
    return _name_activations(layer, _TENSORFLOW)


def name_changed_functions(layer: Config, version: tuple[int, int]) -> bool:
    """The same for activations that were another function in the version that wrote the layer."""
    return _name_activations(layer, [name for name, changed in _CHANGED.items() if version < changed])


def name_operations(layer: Config) -> bool:
    """Functions that were called on Keras tensors become operations of the loader's own."""
    if layer["class_name"] not in OPERATIONS or not is_readable_operation(layer):
        return False
    _write_slices(layer.get("inbound_nodes"))
    return rename_class(layer, OWN + layer["class_name"])


def is_readable_operation(layer: Config) -> bool:
    """Whether this TFOpLambda or TensorFlowOpLayer calls a function of its inputs alone."""
    config = layer["config"]
    if layer["class_name"] == "TensorFlowOpLayer":
        node = config.get("node_def")
        return isinstance(node, dict) and bool(_RAW.fullmatch(str(node.get("op"))))
    function = str(config.get("function"))
    return bool(_ALLOWED.fullmatch(function)) and not _RANDOM.search(function)


def functions() -> dict[str, Any]:
    """The functions, by the names that `name_functions` and `name_changed_functions` give them."""
    import keras
    import tensorflow as tf

    def hard_sigmoid(x: Any) -> Any:
        return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)

    found = {name: find_function(tf, path) for name, path in _TENSORFLOW.items()}
    found["hard_sigmoid"] = hard_sigmoid
    return {OWN + name: _called(OWN + name, function) for name, function in found.items()}


def _called(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function under this name: Bidirectional copies its layer by the names of its activations."""

    def call(x: Any) -> Any:
        return function(x)

    call.__name__ = name
    return call


def find_function(module: Any, path: str) -> Any:
    """The function at a path such as "math.add". Raises AttributeError."""
    for name in path.split("."):
        module = getattr(module, name)
    return module


def _name_activations(layer: Config, names: Collection[str]) -> bool:
    changed = False
    for key, value in layer["config"].items():
        name = value.get("config") if _is_function(value) else value
        if key.endswith("activation") and isinstance(name, str) and name in names:
            layer["config"][key] = {
                "module": "builtins",
                "class_name": "function",
                "config": OWN + name,
                "registered_name": OWN + name,
            }
            changed = True
    return changed


def _is_function(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "function"


def _write_slices(nodes: Any) -> None:
    """Writes `...` in a slice as a string: Keras's own way to store it cannot be read in a call."""
    waiting = [nodes]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            for place, item in enumerate(node):
                if isinstance(item, dict) and item.get("class_name") == "__ellipsis__":
                    node[place] = "..."
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
