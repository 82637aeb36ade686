"""Loads a model file: Keras `.h5` and `.keras`, and SavedModel folders."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ..protocol.contract import NEVER_ADAPTED
from . import inspection, keras2_files
from .blame import raised_by_us
from .layer_summary import list_layers
from .loaded_model import RESET, Model, only_shape, refuse_several_outputs, saved_by, several_inputs
from .refusals import explain
from .reply import Refused
from .saved_model import load_saved_model
from .training_settings import TrainingSettings, settings_of_archive, settings_of_h5

__all__ = ["FILE_NAMES", "Model", "load"]

FILE_NAMES: Final = {"h5": "model.h5", "keras": "model.keras", "saved_model": "model.zip"}
"""What a file of each kind is called: Keras decides by the ending."""
_MOST_LAYERS: Final = 200
_NOT_STORED: Final = (
    (frozenset({"Attention", "AdditiveAttention"}), "causal", 15),
    (frozenset({"Normalization"}), "invert", 12),
)
"""Layers, an option that Keras 2.10 and later left out of `get_config`, and the last 2.x that did."""


def load(path: Path, kind: str, memory: int) -> Model:
    """The model in a file of this kind ("h5", "keras" or "saved_model"), which is named as in FILE_NAMES.

    `memory` is how many bytes the file's content may take.

    Raises:
        Refused: the file cannot be loaded, or holds no model that can predict.
    """
    loaders = {"h5": load_h5, "keras": load_keras, "saved_model": load_saved_model}
    return loaders[kind](path, memory)


def load_h5(path: Path, memory: int) -> Model:
    """A `.h5` saved by Keras 2.0 or later. The file is rewritten in place where Keras 3 needs it."""
    with inspection.damage_refused():
        inspection.inspect_h5(path, memory)
        version, settings = _version_of_h5(path), settings_of_h5(path)
        keras2_files.rewrite_h5(path, version)
    custom = keras2_files.find_classes() | keras2_files.own_objects()
    model = _load_with_keras(path, custom, version)
    _use_statistics(model)
    return _from_keras(model, version, settings)


def load_keras(path: Path, memory: int) -> Model:
    """A `.keras` archive, one written on Windows (with backslashes in its names) too."""
    with inspection.damage_refused():
        inspection.inspect_keras(path, memory)
        version, settings = _version_of_archive(path), settings_of_archive(path)
        keras2_files.rewrite_archive(path, version)
    with keras2_files.vocabulary_by_line():
        model = _load_with_keras(path, keras2_files.own_objects(), version)
    return _from_keras(model, version, settings)


def _load_with_keras(path: Path, custom: dict[str, Any], version: str) -> Any:
    """Raises Refused, where Keras raises: the file's fault, not that of the code around this call."""
    import keras

    try:
        with keras.saving.custom_object_scope(custom):
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        if raised_by_us(error):
            raise
        raise explain(error, version) from error


def _from_keras(model: Any, version: str, settings: TrainingSettings) -> Model:
    import tensorflow as tf

    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        raise several_inputs(len(inputs))
    if not model.built:
        raise Refused(
            "no_weights",
            "The file holds no weights: the model was saved before it was built, and had none yet. "
            "Train the model with fit, then save it again.",
            found="no weights",
        )
    outputs = getattr(model, "outputs", None) or []
    refuse_several_outputs(outputs)
    stateful = _stateful_layers(model)

    # The batches of a stateful model have a fixed size, often of one: a graph calls it many times in a row.
    called = tf.function(model) if stateful else model

    def call(batch: Any) -> Any:
        for layer in stateful:
            layer.reset_state()
        return called(batch, training=False)

    return Model(
        shape=tuple(inputs[0].shape) if inputs else None,
        dtype=str(inputs[0].dtype) if inputs else "float32",
        call=call,
        parameters=int(model.count_params()),
        outputs=only_shape(outputs),
        row_counts=_row_counts(model),
        layers=_class_names(model),
        summary=list_layers(model.layers),
        saved_by=saved_by("Keras", version),
        notes=(*((RESET,) if stateful else ()), *_options_not_stored(model, version)),
        weights=model.get_weights,
        settings=settings,
    )


def _class_names(model: Any) -> tuple[str, ...]:
    """Of its layers; and of a layer in a model inside it what matters there."""
    never_adapted = [layer for layer in model._flatten_layers(include_self=False) if _is_never_adapted(layer)]
    names = [type(layer).__name__ for layer in model.layers if layer not in never_adapted]
    return (*[NEVER_ADAPTED] * bool(never_adapted), *names[:_MOST_LAYERS])


def _options_not_stored(model: Any, version: str) -> Iterator[str]:
    """A sentence for each option that may have been set, and that the file's release wrote into no file."""
    written = re.match(r"2\.(\d{1,2})\.", version)
    names = {type(layer).__name__ for layer in model._flatten_layers(include_self=False)}
    for classes, option, last in _NOT_STORED:
        if written and 10 <= int(written[1]) <= last and names & classes:
            yield (
                f"Keras 2.10 to 2.{last} keeps no `{option}` of {' and '.join(sorted(names & classes))} in "
                f"this format, so the layer predicts without it. If yours had {option}=True, submit "
                'the folder that model.save("mymodel", save_format="tf") writes.'
            )


def _is_never_adapted(layer: Any) -> bool:
    """Whether it is a Normalization as it begins: a mean of 0 and a variance of 1 that nobody gave it."""
    import keras
    import numpy as np

    if not isinstance(layer, keras.layers.Normalization) or layer.input_mean is not None or not layer.built:
        return False
    mean, variance = (np.asarray(value) for value in (layer.mean, layer.variance))
    return bool((mean == 0).all() and (variance == 1).all())


def _use_statistics(model: Any) -> None:
    """Lets each Normalization inside a model inside the model use its stored mean and variance.

    Keras's reader of `.h5` does so for the outermost layers alone; the others would normalise nothing.
    """
    import keras

    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()


def _row_counts(model: Any) -> tuple[int, ...]:
    """How many ids each Embedding declares, smallest first."""
    import keras

    layers = model._flatten_layers(include_self=False)
    return tuple(sorted({int(one.input_dim) for one in layers if isinstance(one, keras.layers.Embedding)}))


def _stateful_layers(model: Any) -> list[Any]:
    """Layers that begin a batch where they ended the one before."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if getattr(layer, "stateful", False) and hasattr(layer, "reset_state")]


def _version_of_h5(path: Path) -> str:
    import h5py

    with h5py.File(path, "r") as file:
        version = file.attrs.get("keras_version", "")
    return version.decode(errors="replace") if isinstance(version, bytes) else str(version)


def _version_of_archive(path: Path) -> str:
    """The Keras version that wrote a `.keras` archive; empty where it is not stored."""
    with zipfile.ZipFile(path) as archive:
        if "metadata.json" not in archive.namelist():
            return ""
        try:
            metadata = json.loads(archive.read("metadata.json"))
        except (ValueError, RecursionError):
            return ""
    return str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""
