"""Options of a layer that today's Keras refuses or reads otherwise: the layer becomes one of the loader's.

Those stand in keras2_option_layers, each called by how its name begins here and by the layer's own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from .keras2_functions import OWN
from .model_config import Config, drop, rename_class

CONVOLUTIONS: Final = (
    *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
)
SMALLEST_EPSILON: Final = 1.001e-5
"""That TensorFlow's own kernel took for BatchNormalization, before 2.12."""
_Row = tuple[str, Collection[str], str, Collection[Any]]
_REFUSED: Final[tuple[_Row, ...]] = (
    ("Causal", ("Attention", "AdditiveAttention"), "causal", (True,)),
    ("Causal", ("SeparableConv1D",), "padding", ("causal",)),
    ("Learned", ("Discretization",), "bin_boundaries", (None,)),
)
"""How the class's name begins, the layers, the option and its values."""
_CHANNELS_FIRST: Final[tuple[_Row, ...]] = (
    ("ChannelsFirst", CONVOLUTIONS, "data_format", ("channels_first",)),
)
_TRAINING: Final = ("_initializer", "_regularizer", "_constraint")
"""How options end that no prediction depends on: the weights stand in the file."""


def name_refused_options(layer: Config) -> bool:
    """Options that Keras 3 does not take."""
    return _name_by_option(layer, _REFUSED)


def name_changed_options(layer: Config, version: tuple[int, int]) -> bool:
    """Layers that predicted otherwise in this version with this option, or as today from this version on."""
    if version >= (2, 6) and layer["class_name"] == "Hashing" and layer["config"].get("dtype") == "float32":
        # It gave whole numbers whatever its dtype. Before 2.6 it hashed otherwise, and Keras refuses it.
        return drop(layer, ["dtype"])
    if version < (2, 12) and layer["class_name"] == "BatchNormalization" and _has_small_epsilon(layer):
        # Of images, and since 2.6 of volumes.
        return rename_class(layer, OWN + ("Image" if version < (2, 6) else "Fused") + "BatchNormalization")
    return version < (3, 7) and _name_by_option(layer, _CHANNELS_FIRST)


def _has_small_epsilon(layer: Config) -> bool:
    epsilon = layer["config"].get("epsilon")
    return isinstance(epsilon, int | float) and epsilon < SMALLEST_EPSILON


def drop_training_options(layer: Config) -> bool:
    """Initialisers, regularisers and constraints that are of Keras 2, or need code of the learner's own.

    Those of Keras 3 itself name a module of Keras's.
    """
    return drop(
        layer,
        [
            name
            for name, value in layer["config"].items()
            if name.endswith(_TRAINING)
            and isinstance(value, dict)
            and not str(value.get("module")).startswith("keras.")
        ],
    )


def add_offset(layer: Config) -> bool:
    """`Rescaling` of TensorFlow 2.2 had no offset."""
    missing = layer["class_name"] == "Rescaling" and "offset" not in layer["config"]
    if missing:
        layer["config"]["offset"] = 0.0
    return missing


def _name_by_option(layer: Config, rows: Collection[_Row]) -> bool:
    for start, layers, option, values in rows:
        if layer["class_name"] in layers and layer["config"].get(option) in values:
            return rename_class(layer, OWN + start + layer["class_name"])
    return False
