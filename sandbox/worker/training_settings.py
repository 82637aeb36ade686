"""How a model was compiled and which activations it has, by the config that its file keeps.

A stranger wrote the config: whatever is not as Keras writes it is left out.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .model_config import Config, inner_layers, is_layer, walk_layers

_ACTIVATION_LAYERS: Final = {
    **{"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"},
}
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN")
_NONE: Final = "linear"
_OWN: Final = "a function of its author"


@dataclass(frozen=True)
class TrainingSettings:
    """What a file says of how its model was trained; empty where it does not say."""

    optimizer: str = ""
    """"Adam"."""
    learning_rate: str = ""
    """"0.001", or the name of a schedule."""
    loss: str = ""
    """"sparse_categorical_crossentropy", with "(from_logits=True)" where the loss takes logits."""
    activations: tuple[str, ...] = ()
    """Of the outermost layers that have one, in their order: the last one is that of the output."""
    unmasked: str = ""
    """A recurrent layer that gives its last state, behind an Embedding, while nothing masks padding."""


def settings_of_h5(path: Path) -> TrainingSettings:
    """Of a `.h5`; empty where it keeps none, or they cannot be read."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            stored = [file.attrs.get(name) for name in ("model_config", "training_config")]
        config, training = (None if each is None else json.loads(each) for each in stored)
    except (OSError, ValueError, RecursionError, TypeError):
        return TrainingSettings()
    return _settings(config, training)


def settings_of_archive(path: Path) -> TrainingSettings:
    """Of a `.keras` archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile):
        return TrainingSettings()
    return _settings(config, config.get("compile_config") if isinstance(config, dict) else None)


def _settings(config: Any, training: Any) -> TrainingSettings:
    if not is_layer(config):
        return TrainingSettings()
    compiled = training if isinstance(training, dict) else {}
    optimizer = _optimizer(compiled.get("optimizer_config") or compiled.get("optimizer"))
    return TrainingSettings(
        optimizer=_name(optimizer),
        learning_rate=_learning_rate(optimizer),
        loss=_loss(compiled.get("loss")),
        activations=tuple(filter(None, map(_activation, inner_layers(config)))),
        unmasked=_unmasked(config),
    )


def _name(described: Any) -> str:
    """The name of a class or a function in a config: "Adam", "mean_squared_error"."""
    name: Any = described
    if isinstance(described, dict):
        name = described.get("class_name")
        name = described.get("config") if name == "function" else name
    if not isinstance(name, str):
        return ""
    # Keras 2 wrote the package of a registered class before its name.
    return _OWN if "lambda" in name else name.rpartition(">")[2]


def _optimizer(described: Any) -> Any:
    """The optimizer itself, where mixed precision wraps it in one that scales the loss."""
    config = described.get("config") if isinstance(described, dict) else None
    inner = config.get("inner_optimizer") if isinstance(config, dict) else None
    return inner if is_layer(inner) else described


def _learning_rate(optimizer: Any) -> str:
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    if not isinstance(config, dict):
        return ""
    rate = config.get("learning_rate", config.get("lr"))
    if isinstance(rate, int | float) and not isinstance(rate, bool):
        return f"{rate:.4g}"
    return _name(rate)


def _loss(loss: Any) -> str:
    """Of several outputs, the one that there is."""
    if isinstance(loss, list) and len(loss) == 1:
        loss = loss[0]
    if isinstance(loss, dict) and "class_name" not in loss and len(loss) == 1:
        (loss,) = loss.values()
    config = loss.get("config") if isinstance(loss, dict) else None
    if isinstance(config, dict):
        name = config.get("name")
        shown = name if isinstance(name, str) else _name(loss)
        return f"{shown} (from_logits=True)" if config.get("from_logits") is True else shown
    return _name(loss)


def _activation(layer: Config) -> str:
    """The activation of a layer; empty where it has none, as an Embedding or a Dropout."""
    config = layer["config"]
    if layer["class_name"] in ("Bidirectional", "TimeDistributed") and is_layer(config.get("layer")):
        return _activation(config["layer"])
    if "activation" in config:
        return _name(config["activation"]) or _NONE
    return _ACTIVATION_LAYERS.get(layer["class_name"], "")


def _unmasked(config: Config) -> str:
    layers = list(walk_layers(config))
    if not any(layer["class_name"] == "Embedding" for layer in layers):
        return ""
    if any(layer["class_name"] == "Masking" or layer["config"].get("mask_zero") for layer in layers):
        return ""
    last_states = (
        layer["class_name"]
        for layer in layers
        if layer["class_name"] in _RECURRENT and not layer["config"].get("return_sequences")
    )
    return next(last_states, "")
