"""A fault: which mistake, in which problem, what should be named first, and how such a model is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfprep.grader.scoring.card import FULL_MARKS


@dataclass(frozen=True)
class Honest:
    """What a faulty model is made from: the public data, and the honest model that was trained on it."""

    public: Path
    saved: Path
    earns: Callable[[Any], int] = field(compare=False)
    """What a model scores on the hidden test set, for a mistake that is defined by it."""

    def model(self) -> Any:
        """A fresh copy of the honest model."""
        return keras.models.load_model(self.saved, compile=False)


@dataclass(frozen=True)
class Fault:
    """One mistake in one problem."""

    problem: str
    name: str
    """What the learner did, in a few words; unique within the problem."""
    code: str
    """Of the finding that should come first."""
    make: Callable[[Honest], Any] = field(compare=False)
    """A Keras model with the mistake."""
    also: str = ""
    """The code of a second mistake that the same model has; either may come first."""

    @property
    def expected(self) -> tuple[str, ...]:
        """The codes of which one should come first."""
        return tuple(code for code in (self.code, self.also) if code)


def fit(  # noqa: PLR0917
    model: Any, x: np.ndarray, y: np.ndarray, loss: Any, epochs: int, rate: float = 0.002, batch: int = 64
) -> Any:
    """The model, trained as briefly as the mistake allows."""
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    model.fit(x, y, epochs=epochs, batch_size=batch if len(x) > 2_000 else 32, verbose=0)
    return model


def before(layers: list[Any], model: Any) -> Any:
    """The model with layers put between its input and its first layer."""
    entry = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
    inner = entry
    for layer in layers:
        inner = layer(inner)
    return keras.Model(entry, model(inner))


def after(model: Any, layers: list[Any]) -> Any:
    """The model with layers put behind its last one."""
    out = model.outputs[0]
    for layer in layers:
        out = layer(out)
    return keras.Model(model.inputs, out)


def first(model: Any, kind: type) -> Any:
    """The first layer of a class."""
    return next(layer for layer in model.layers if isinstance(layer, kind))


def last_dense(model: Any) -> Any:
    """The last Dense layer."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1]


def rename_outputs(model: Any, order: np.ndarray) -> Any:
    """The model with its outputs in another order: as if trained on labels that were numbered so."""
    layer = last_dense(model)
    layer.set_weights([weights[..., order] for weights in layer.get_weights()])
    return model


def spoil(model: Any, value: float) -> Any:
    """The model with this value in place of every weight of its last Dense layer."""
    layer = last_dense(model)
    layer.set_weights([np.full_like(weights, value) for weights in layer.get_weights()])
    return model


def barely_short(honest: Honest) -> Any:
    """The honest model, shaken as little as costs it full marks."""
    model = honest.model()
    amounts = iter(np.geomspace(0.02, 2.0, 60))
    while honest.earns(model) == FULL_MARKS:
        model = shake(honest.model(), next(amounts))
    return model


def shake(model: Any, amount: float) -> Any:
    """The model with so much noise, relative to each weight's spread: as if its training had ended early."""
    random = np.random.default_rng(0)
    model.set_weights(
        [
            weights + amount * weights.std() * random.standard_normal(weights.shape).astype(weights.dtype)
            if weights.ndim > 1
            else weights
            for weights in model.get_weights()
        ]
    )
    return model
