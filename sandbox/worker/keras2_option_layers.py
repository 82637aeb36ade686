"""Layers with an option that today's Keras refuses or reads otherwise: they predict as their writer did.

Import this inside a function: it imports keras.
"""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from .keras2_functions import OWN
from .keras2_options import CONVOLUTIONS, SMALLEST_EPSILON


class CausalAttention(keras.layers.Attention):  # type: ignore[misc]
    """Keras 2 had `causal` as a setting; today it is an argument of the call."""

    def __init__(self, causal: bool, **settings: Any) -> None:
        super().__init__(**settings)

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        return super().call(inputs, mask=mask, training=training, use_causal_mask=True)


class CausalAdditiveAttention(keras.layers.AdditiveAttention):  # type: ignore[misc]
    """The same, with scores added."""

    def __init__(self, causal: bool, **settings: Any) -> None:
        super().__init__(**settings)

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        return super().call(inputs, mask=mask, training=training, use_causal_mask=True)


class CausalSeparableConv1D(keras.layers.SeparableConv1D):  # type: ignore[misc]
    """`padding="causal"`: each step sees itself and what came before. Keras 3 has it for Conv1D alone."""

    def __init__(self, padding: str, **settings: Any) -> None:
        super().__init__(padding="valid", **settings)
        if self.data_format != "channels_last":
            raise ValueError("SeparableConv1D with causal padding has its channels last.")
        self.before = self.dilation_rate[0] * (self.kernel_size[0] - 1)

    def call(self, inputs: Any) -> Any:
        return super().call(keras.ops.pad(inputs, [[0, 0], [self.before, 0], [0, 0]]))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, steps, channels = input_shape
        return super().compute_output_shape((batch, steps and steps + self.before, channels))


class LearnedDiscretization(keras.layers.Discretization):  # type: ignore[misc]
    """Keras 2 stored what `adapt` learned as a weight, and its boundaries nowhere."""

    def load_own_variables(self, store: Any) -> None:
        self.summary = np.array(store["0"])
        self.finalize_state()


class ImageBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Before TensorFlow 2.12 its own kernel, for images, added 1.001e-5 to the variance at least."""

    epsilon: float
    ranks: tuple[int, ...] = (4,)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        rank = len(input_shape)
        is_fused = rank in self.ranks and self.axis % rank in (1, rank - 1)
        if is_fused and keras.backend.standardize_dtype(self.compute_dtype) != "float64":
            self.epsilon = max(self.epsilon, SMALLEST_EPSILON)


class FusedBatchNormalization(ImageBatchNormalization):
    """Since 2.6 for volumes, too."""

    ranks = (4, 5)


class EarlySoftmax(keras.layers.Softmax):  # type: ignore[misc]
    """Before Keras 3.10 steps that see no other were spread over all; now they see nothing."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is not None:
            lowest = -3e4 if keras.backend.standardize_dtype(inputs.dtype) == "float16" else -1e9
            inputs = inputs + (1.0 - keras.ops.cast(mask, inputs.dtype)) * lowest
        return super().call(inputs)


class UnmaskedSoftmax(EarlySoftmax):
    """Before TensorFlow 2.4 it took no mask.

    2.3 and 2.4 both call themselves Keras 2.4.0: a mask that the layers before it hand on has an axis less
    than the inputs, and of 2.4 no model with such a mask works. One that a model gives itself is of 2.4.
    """

    def call(self, inputs: Any, mask: Any = None) -> Any:
        is_given = mask is not None and len(mask.shape) == len(inputs.shape)
        return super().call(inputs, mask if is_given else None)


class EarlyMultiHeadAttention(keras.layers.MultiHeadAttention):  # type: ignore[misc]
    """With that softmax inside."""

    _softmax: Any

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        super().build(query_shape, value_shape, key_shape)
        # Its own, which has no weights.
        self._softmax = EarlySoftmax(axis=self._softmax.axis, dtype=self.dtype_policy)


class UnmaskedMultiHeadAttention(keras.layers.MultiHeadAttention):  # type: ignore[misc]
    """Before Keras 2.10 it took no mask from the layers before it, and gave none on."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.supports_masking = False

    def call(  # noqa: PLR0913, PLR0917 - as Keras calls it
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
    ) -> Any:
        # A tensor that was computed anew has no mask.
        query, value, key = (
            each if each is None else keras.ops.stop_gradient(each) for each in (query, value, key)
        )
        return super().call(
            query,
            value,
            key,
            attention_mask=attention_mask,
            return_attention_scores=return_attention_scores,
            training=training,
        )


class EarlyRandomCrop(keras.layers.RandomCrop):  # type: ignore[misc]
    """Keras before 2.7 resized to the shorter side and cut out the middle."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        images = tf.cast(inputs, self.compute_dtype)
        height, width = images.shape[1:3]
        tall = height / width > 1.0
        high = int(self.width * height / width) if tall else self.height
        wide = self.width if tall else int(self.height * width / height)
        top, left = int((high - self.height) / 2), int((wide - self.width) / 2)
        resized = tf.image.resize(images, (high, wide))
        return resized[:, top : top + self.height, left : left + self.width]


class MiddleRandomCrop(keras.layers.RandomCrop):  # type: ignore[misc]
    """Keras 3.6 and 3.7 cut where the middle of these proportions begins, and resized a smaller cut."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        images = tf.cast(inputs, self.compute_dtype)
        height, width = images.shape[1:3]
        high = max(min(height, int(width * self.height / self.width)), 1)
        wide = max(min(width, int(height * self.width / self.height)), 1)
        top, left = int((height - high) / 2), int((width - wide) / 2)
        cut = images[:, top : top + self.height, left : left + self.width]
        if tuple(cut.shape[1:3]) == (self.height, self.width):
            return cut
        return tf.cast(keras.ops.image.resize(cut, (self.height, self.width)), self.compute_dtype)


def _channels_first(base: Any) -> Any:
    """A convolution whose bias belongs to the channels, wherever they stand.

    Keras 3 adds it along the last axis where that happens to be as long: another prediction, and no error.
    """

    def call(self: Any, inputs: Any) -> Any:
        given = self.use_bias, self.activation
        self.use_bias, self.activation = False, None
        try:
            outputs = base.call(self, inputs)
        finally:
            self.use_bias, self.activation = given
        if self.use_bias:
            outputs = tf.add(outputs, tf.reshape(self.bias, (1, -1) + (1,) * self.rank))
        return outputs if self.activation is None else self.activation(outputs)

    return type(base.__name__, (base,), {"call": call})


_CHANGED: Final = {
    "CausalAttention": CausalAttention,
    "CausalAdditiveAttention": CausalAdditiveAttention,
    "CausalSeparableConv1D": CausalSeparableConv1D,
    "EarlyRandomCrop": EarlyRandomCrop,
    "MiddleRandomCrop": MiddleRandomCrop,
    "ImageBatchNormalization": ImageBatchNormalization,
    "FusedBatchNormalization": FusedBatchNormalization,
    "EarlySoftmax": EarlySoftmax,
    "UnmaskedSoftmax": UnmaskedSoftmax,
    "EarlyMultiHeadAttention": EarlyMultiHeadAttention,
    "UnmaskedMultiHeadAttention": UnmaskedMultiHeadAttention,
    "LearnedDiscretization": LearnedDiscretization,
    **{f"ChannelsFirst{name}": _channels_first(getattr(keras.layers, name)) for name in CONVOLUTIONS},
}
for each in _CHANGED.values():
    # A `.keras` archive finds a layer's weights by the name of its class.
    each.__name__ = next(base.__name__ for base in each.__mro__ if base.__module__.startswith("keras."))
LAYERS: Final = {OWN + name: each for name, each in _CHANGED.items()}
"""By the names that keras2_options gives them."""
