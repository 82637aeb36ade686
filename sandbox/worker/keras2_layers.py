"""Layers that Keras 3 does not have, or that did something else in Keras 2: they predict as their writer did.

They only predict: a layer that changes its input at random while training gives it back as it is.
Import this inside a function: it imports keras.
"""

from __future__ import annotations

import base64
import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

import keras
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from .keras2_config import MERGES
from .keras2_functions import OWN, find_function
from .refusals import unreadable


class RandomHeight(keras.layers.Layer):  # type: ignore[misc]
    """Stretches images at random while training. Keras 3 has none."""

    def __init__(
        self, factor: Any = None, interpolation: Any = None, seed: Any = None, **settings: Any
    ) -> None:
        super().__init__(**settings)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return inputs


class RandomWidth(RandomHeight):
    """The same, across."""


class ThresholdedReLU(keras.layers.Layer):  # type: ignore[misc]
    """Gives back its input where it is larger than `theta`, and 0 elsewhere. Keras 3 has none."""

    def __init__(self, theta: float = 1.0, **settings: Any) -> None:
        super().__init__(**settings)
        self.theta = theta

    def call(self, inputs: Any) -> Any:
        return inputs * keras.ops.cast(inputs > self.theta, inputs.dtype)


class RandomCrop(keras.layers.RandomCrop):  # type: ignore[misc]
    """It resized when it predicted; since Keras 3.6 it does not."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        images = tf.cast(inputs, self.compute_dtype)
        resized = keras.preprocessing.image.smart_resize(images, (self.height, self.width))
        return tf.cast(resized, self.compute_dtype)


class Resizing(keras.layers.Resizing):  # type: ignore[misc]
    """In ways that Keras 3 does not have: "gaussian" and "mitchellcubic"."""

    def call(self, data: Any) -> Any:
        images, size = tf.cast(data, tf.float32), (self.height, self.width)
        if self.crop_to_aspect_ratio:
            return keras.preprocessing.image.smart_resize(images, size, interpolation=self.interpolation)
        return tf.image.resize(images, size, method=self.interpolation)


class UpSampling2D(keras.layers.UpSampling2D):  # type: ignore[misc]
    """The same."""

    def call(self, inputs: Any) -> Any:
        size = tf.shape(inputs)[1:3] * tf.constant(self.size)
        return tf.cast(tf.image.resize(inputs, size, method=self.interpolation), inputs.dtype)


class _AllMasks:
    """In Keras 2 a step was kept where every masked input has it; inputs without a mask have all."""

    axis = -1

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if self.axis not in (-1, len(inputs[0].shape) - 1):
            # Put together along the steps, as their masks are.
            return super().compute_mask(inputs, mask)  # type: ignore[misc]
        masks = [each for each in mask or () if each is not None]
        kept = masks[0] if masks else None
        for each in masks[1:]:
            kept = keras.ops.logical_and(kept, each)
        return kept


class _NoMask:
    """From Keras 3.0 to 3.3 no mask came through."""

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None


_PLAIN: Final = {
    "Multiply": keras.ops.multiply,
    "Maximum": keras.ops.maximum,
    "Minimum": keras.ops.minimum,
}
"""Merging layers that leave out masked steps since Keras 3.4. Before, a mask changed no number."""


def _merge(name: str, masking: type) -> Any:
    """Keras's layer of this name, with another mask, and with the numbers that it had."""
    plain = _PLAIN.get(name)
    own = {"_merge_function": lambda self, inputs: functools.reduce(plain, inputs)} if plain else {}
    return type(name, (masking, getattr(keras.layers, name)), own)


class TFOpLambda(keras.Operation):  # type: ignore[misc]
    """A function of TensorFlow that was called on a Keras tensor, since TensorFlow 2.4."""

    def __init__(self, function: str, name: str | None = None, **_: Any) -> None:
        super().__init__(name=name)
        try:
            self.function = find_function(tf, function)
        except AttributeError as error:
            raise unreadable(function) from error

    def call(self, *inputs: Any, **keywords: Any) -> Any:
        keywords.pop("name", None)
        return self.function(*inputs, **keywords)


class SlicingOpLambda(TFOpLambda):
    """`x[:, 1:5]`."""

    def call(self, inputs: Any, slice_spec: Any = None) -> Any:
        return self.function(inputs, _slices(slice_spec))


class TensorFlowOpLayer(keras.Operation):  # type: ignore[misc]
    """A node of TensorFlow's graph that was made from a Keras tensor, before TensorFlow 2.4."""

    def __init__(self, node_def: Any, constants: Any = None, name: str | None = None, **_: Any) -> None:
        super().__init__(name=name)
        try:
            self.function = getattr(tf.raw_ops, node_def["op"])
            self.parameters = list(inspect.signature(self.function).parameters)
            self.attributes = {key: _read_attribute(value) for key, value in node_def.get("attr", {}).items()}
            self.constants = sorted((int(place), value) for place, value in (constants or {}).items())
            # A list of so many tensors comes first: Pack, ConcatV2, AddN.
            self.listed = int(self.attributes.get("N", 0))
        except (AttributeError, TypeError, ValueError) as error:
            raise unreadable(name) from error

    def call(self, inputs: Any) -> Any:
        given = list(inputs)
        for place, value in self.constants:
            given.insert(place, value)
        if self.listed:
            given[: self.listed] = [given[: self.listed]]
        settings = {name: value for name, value in self.attributes.items() if name in self.parameters}
        names = [name for name in self.parameters if name not in settings]
        return self.function(**dict(zip(names, given, strict=False)), **settings)


def _slices(spec: Any) -> Any:
    if isinstance(spec, dict):
        return slice(spec.get("start"), spec.get("stop"), spec.get("step"))
    if isinstance(spec, list | tuple):
        return tuple(_slices(each) for each in spec)
    return ... if spec == "..." else spec


def _read_attribute(value: dict[str, Any]) -> Any:
    """An attribute of a graph's node, as protobuf writes it in JSON: {"i": "2"} is 2."""
    ((kind, content),) = value.items()
    if kind == "list":
        return [_read_attribute({key: each}) for key, items in content.items() for each in items]
    readers: dict[str, Callable[[Any], Any]] = {
        "i": int,
        "s": lambda text: base64.b64decode(text).decode(),
        "type": lambda name: tf.dtypes.as_dtype(types_pb2.DataType.Value(name)),
    }
    return readers[kind](content) if kind in readers else content


LAYERS: Final[dict[str, Any]] = {
    **{OWN + name: _merge(name, _AllMasks) for name in MERGES},
    **{f"{OWN}Unmasked{name}": _merge(name, _NoMask) for name in MERGES},
    **{
        OWN + each.__name__: each
        for each in (
            *(RandomHeight, RandomWidth, ThresholdedReLU, RandomCrop, Resizing, UpSampling2D),
            *(TFOpLambda, SlicingOpLambda, TensorFlowOpLayer),
        )
    },
}
"""By the names that keras2_config and keras2_functions give them."""
