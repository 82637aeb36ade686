"""Faulty models of problem 3, most of them made from the honest one's weights.

A network trained on pixels times 255 is one whose first kernel is 255 times smaller; one trained on BGR has
its first kernel's channels turned round; one trained on permuted labels has its last columns permuted.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from .fault import Fault, Honest, before, first, fit, rename_outputs, spoil

L = keras.layers


def read(honest: Honest) -> tuple[np.ndarray, np.ndarray, int]:
    from PIL import Image

    folders = sorted(path for path in (honest.public / "train").iterdir() if path.is_dir())
    pairs = [(path, number) for number, folder in enumerate(folders) for path in sorted(folder.iterdir())]
    pixels = np.stack([np.asarray(Image.open(path), dtype=np.float32) / 255 for path, _ in pairs])
    return pixels, np.array([number for _, number in pairs]), len(folders)


def with_first_kernel(honest: Honest, change: Any) -> Any:
    model = honest.model()
    layer = first(model, L.Conv2D)
    kernel, *rest = layer.get_weights()
    layer.set_weights([change(kernel), *rest])
    return model


def transposed(honest: Honest) -> Any:
    model = honest.model()
    for layer in model.layers:
        if isinstance(layer, L.Conv2D):
            kernel, *rest = layer.get_weights()
            layer.set_weights([kernel.swapaxes(0, 1), *rest])
    return model


def centred(honest: Honest) -> Any:
    """A layer that turns -1 to 1 into what the honest model was trained on; it is no Rescaling layer."""
    undo = L.BatchNormalization(epsilon=0)
    model = before([undo], honest.model())
    undo.set_weights([np.full(3, value, np.float32) for value in (0.5, 0.5, 0, 1)])
    return model


def by_heart(honest: Honest) -> Any:
    x, y, count = read(honest)
    wild = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    layers = [L.Flatten(), L.Dense(256, "tanh", kernel_initializer=wild), L.Dense(count, "softmax")]
    model = keras.Sequential([keras.Input((64, 64, 3)), *layers])
    return fit(model, x, y, "sparse_categorical_crossentropy", 60, 1e-3)


def barely_trained(honest: Honest) -> Any:
    x, y, count = read(honest)
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            L.Conv2D(8, 3, strides=2),
            L.GlobalAveragePooling2D(),
            L.Dense(count, "softmax"),
        ]
    )
    return fit(model, x, y, "sparse_categorical_crossentropy", 15, 0.01)


def without_classes(honest: Honest) -> Any:
    model = honest.model()
    bias = model.layers[-1].bias
    values = bias.numpy()
    values[::2] = -1e3
    bias.assign(values)
    return model


def channels_first(honest: Honest) -> Any:
    return keras.Sequential([keras.Input((3, 64, 64)), L.Flatten(), L.Dense(10, "softmax")])


def digits(honest: Honest) -> Any:
    return keras.Sequential([keras.Input((28, 28, 1)), L.Flatten(), L.Dense(10, "softmax")])


FAULTS = [
    Fault(
        "flowers", "trained on 0-255", "forgot_to_rescale", lambda h: with_first_kernel(h, lambda k: k / 255)
    ),
    Fault(
        "flowers",
        "Rescaling(1/255) inside, trained on 0-255",
        "rescaled_twice",
        lambda h: before([L.Rescaling(1 / 255)], h.model()),
    ),
    Fault("flowers", "trained on -1 to 1", "other_scale", centred),
    Fault("flowers", "BGR for RGB", "bgr_for_rgb", lambda h: with_first_kernel(h, lambda k: k[:, :, ::-1])),
    Fault(
        "flowers",
        "labels in the order of os.listdir",
        "labels_permuted",
        lambda h: rename_outputs(h.model(), np.random.default_rng(5).permutation(10)),
    ),
    Fault(
        "flowers",
        "labels one too high",
        "labels_off_by_one",
        lambda h: rename_outputs(h.model(), np.roll(np.arange(10), 1)),
    ),
    Fault("flowers", "half of the classes never answered", "class_never_predicted", without_classes),
    Fault("flowers", "weights of zero", "constant_predictions", lambda h: spoil(h.model(), 0)),
    Fault("flowers", "NaN weights", "predictions_not_finite", lambda h: spoil(h.model(), np.nan)),
    Fault("flowers", "learned by heart", "overfitting", by_heart),
    Fault("flowers", "hardly trained", "underfitting", barely_trained),
    Fault("flowers", "channels first", "axes_in_another_order", channels_first),
    Fault("flowers", "the digits' model", "made_for_another_problem", digits),
]
