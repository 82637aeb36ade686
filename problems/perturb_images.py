"""Mistakes that people make with every picture: its scale and its axes.

A network without biases to speak of predicts much the same at any scale: the milder changes come first.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from .problem import Array, Perturbation

FORM: Final = "pixels"
_BRIGHTEST: Final = 255
_AS_GIVEN: Final = "Train on pixels from 0 to 1, as the starter reads them."


def times_255(pixels: Array) -> Array:
    """From 0-1 to 0-255."""
    return np.asarray(pixels * _BRIGHTEST, pixels.dtype)


def over_255(pixels: Array) -> Array:
    """From 0-1 to 0-1/255."""
    return np.asarray(pixels / _BRIGHTEST, pixels.dtype)


def centred(pixels: Array) -> Array:
    """From 0-1 to between -1 and 1."""
    return np.asarray(pixels * 2 - 1, pixels.dtype)


def inverted(pixels: Array) -> Array:
    """Dark for light."""
    return np.asarray(1 - pixels, pixels.dtype)


def transposed(pixels: Array) -> Array:
    """(n, height, width, ...) to (n, width, height, ...)."""
    return np.ascontiguousarray(pixels.swapaxes(1, 2))


def blue_first(pixels: Array) -> Array:
    """(n, height, width, 3) Red, green and blue in the opposite order."""
    return np.ascontiguousarray(pixels[..., ::-1])


def unit_length(pixels: Array, axis: int) -> Array:
    """What `keras.utils.normalize` does: each row of pixels along an axis divided by its length."""
    length = np.linalg.norm(pixels, axis=axis, keepdims=True)
    return np.asarray(pixels / np.where(length > 0, length, 1), pixels.dtype)


def standardised(pixels: Array) -> Array:
    """All pixels together with mean 0 and deviation 1."""
    return np.asarray((pixels - pixels.mean()) / max(float(pixels.std()), 1e-6), pixels.dtype)


def standardised_alone(pixels: Array) -> Array:
    """What `tf.image.per_image_standardization` does: each picture with mean 0 and deviation 1."""
    axes = tuple(range(1, pixels.ndim))
    spread = np.maximum(pixels.std(axis=axes, keepdims=True), pixels[0].size ** -0.5)
    return np.asarray((pixels - pixels.mean(axis=axes, keepdims=True)) / spread, pixels.dtype)


RESCALED_INSIDE: Final = Perturbation(
    "rescaled_twice",
    FORM,
    times_255,
    "Your model rescales the pixels in a Rescaling layer, but the inputs come scaled to 0-1 already.",
    "Remove the Rescaling layer and train on pixels from 0 to 1, or multiply by 255 before it.",
    layer="Rescaling",
)
NOT_RESCALED: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    times_255,
    "Your model expects pixels from 0 to 255, but the inputs come scaled to 0-1.",
    f"{_AS_GIVEN} Or begin the model with Rescaling(255).",
)
RESCALED_TWICE: Final = Perturbation(
    "rescaled_twice",
    FORM,
    over_255,
    "Your model expects pixels that were divided by 255 twice, but the inputs were scaled once, to 0-1.",
    _AS_GIVEN,
)
CENTRED: Final = Perturbation(
    "other_scale",
    FORM,
    centred,
    "Your model expects pixels from -1 to 1, but the inputs come scaled to 0-1.",
    f"{_AS_GIVEN} Or begin the model with Rescaling(2, offset=-1).",
)
INVERTED: Final = Perturbation(
    "inverted_pixels",
    FORM,
    inverted,
    "Your model expects dark for light: the inputs' pixels are inverted for it.",
    "Train on the pixels as the starter reads them, with 0 for black.",
)
TRANSPOSED: Final = Perturbation(
    "axes_exchanged",
    FORM,
    transposed,
    "Your model was trained on pictures whose height and width are exchanged.",
    "Leave out the transposition before training: the axes are height first, then width.",
)
BLUE_FIRST: Final = Perturbation(
    "bgr_for_rgb",
    FORM,
    blue_first,
    "Your model expects blue before red (BGR), but the inputs are red, green, blue.",
    "Pictures read with OpenCV are BGR: turn them with cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) before "
    "training, or read them with Keras.",
)


def _normalised(axis: int) -> Perturbation:
    return Perturbation(
        "other_scale",
        FORM,
        partial(unit_length, axis=axis),
        f"Your model expects pixels from keras.utils.normalize(x, axis={axis}), but they come as 0-1.",
        f"Put the scaling inside the model, which needs no new training: tf.keras.Sequential([tf.keras.Input("
        f"shape), tf.keras.layers.UnitNormalization(axis={axis}), model]).",
        subtle=True,
    )


NORMALISED_DOWN: Final = _normalised(1)
NORMALISED_LAST: Final = _normalised(-1)
STANDARDISED: Final = Perturbation(
    "other_scale",
    FORM,
    standardised,
    "Your model expects standardised pixels, but they come as 0-1.",
    f"{_AS_GIVEN} Or begin the model with a Normalization layer, adapted on the training pixels.",
    normalises=True,
)
STANDARDISED_ALONE: Final = Perturbation(
    "other_scale",
    FORM,
    standardised_alone,
    "Your model expects each picture standardised by itself, but the pixels come as 0-1.",
    f"{_AS_GIVEN} Or begin the model with LayerNormalization over the picture, without scale and center.",
)
