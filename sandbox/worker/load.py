"""Loads a model file: Keras `.h5` and `.keras`, and SavedModel folders."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import inspection, keras2_files
from .keras2_config import OPERATION
from .layer_summary import list_layers, list_variables
from .nondeterminism import find_random_operations
from .reply import Refused, is_out_of_memory

SIGNATURES: Final = ("serving_default", "serve")
_MOST_LAYERS: Final = 200
_UNKNOWN: Final = re.compile(
    r"(?:Could not locate (?:class|function)|Unknown [a-z ]+:|"
    r"Could not interpret [a-z ]+ identifier:) '?([A-Za-z_][\w>]{0,80})"
)


@dataclass(frozen=True)
class Model:
    """A loaded model, whatever it was saved as."""

    shape: tuple[int | None, ...] | None
    """Of its one input, the batch axis first; None where the model does not declare it."""
    dtype: str
    """A numpy name, or "string"."""
    call: Callable[[Any], Any]
    """From a batch of inputs (a tensor) to its output (a tensor, or a structure of them)."""
    parameters: int
    outputs: tuple[int | None, ...] | None = None
    """The shape of its one output as the file declares it; None where it does not."""
    layers: tuple[str, ...] = ()
    """Class names."""
    summary: tuple[str, ...] = ()
    """A line for each layer, for people."""
    saved_by: str = ""
    notes: tuple[str, ...] = ()
    """Each a sentence for the score card."""
    weights: Callable[[], Sequence[Any]] = tuple
    """Reads its arrays."""


FILE_NAMES: Final = {"h5": "model.h5", "keras": "model.keras", "saved_model": "model.zip"}
"""What a file of each kind is called: Keras decides by the ending."""


def load(path: Path, kind: str, memory: int, allow_lambda: bool) -> Model:
    """The model in a file of this kind ("h5", "keras" or "saved_model"), which is named as in FILE_NAMES.

    `memory` is how many bytes the file's content may take; `allow_lambda` loads Lambda layers.

    Raises:
        Refused: the file cannot be loaded, or holds no model that can predict.
    """
    loaders = {"h5": load_h5, "keras": load_keras, "saved_model": load_saved_model}
    return loaders[kind](path, memory, allow_lambda)


def load_h5(path: Path, memory: int, allow_lambda: bool) -> Model:
    """A `.h5` saved by Keras 2.4 or later. The file is rewritten in place where Keras 3 needs it."""
    inspection.inspect_h5(path, memory, allow_lambda)
    version = _version_of_h5(path)
    keras2_files.rewrite_h5(path)
    shapes: dict[str, tuple[int, ...]] = {}
    custom = keras2_files.find_classes(shapes)
    try:
        model = _load_with_keras(path, allow_lambda, custom)
    except ValueError as error:
        if "mismatch" not in str(error).lower() or not keras2_files.reshape_statistics(path, shapes):
            raise _explained(error) from error
        model = _load_with_keras(path, allow_lambda, custom)
    except Exception as error:
        raise _explained(error) from error
    return _from_keras(model, version)


def load_keras(path: Path, memory: int, allow_lambda: bool) -> Model:
    """A `.keras` archive, one written on Windows (with backslashes in its names) too."""
    inspection.inspect_keras(path, memory, allow_lambda)
    version = _version_of_archive(path)
    keras2_files.rewrite_archive(path, version)
    try:
        with keras2_files.vocabulary_by_line():
            model = _load_with_keras(path, allow_lambda, None)
    except Exception as error:
        raise _explained(error) from error
    return _from_keras(model, version)


def load_saved_model(path: Path, memory: int, allow_lambda: bool) -> Model:
    """A SavedModel, packed as a zip; called through its serving signature."""
    import numpy as np
    import tensorflow as tf

    folder = inspection.extract_saved_model(path, path.with_name("saved_model"), memory)
    try:
        loaded = tf.saved_model.load(str(folder))
        signatures = dict(loaded.signatures)
    except (ValueError, TypeError, AttributeError, KeyError, OSError, tf.errors.OpError) as error:
        raise Refused(
            "load_raised", f"TensorFlow cannot load this SavedModel: {_first_line(error)}"
        ) from error
    signature = _choose_signature(signatures)
    inputs = signature.structured_input_signature[1]
    if len(inputs) != 1:
        raise _several_inputs(len(inputs))
    ((name, spec),) = inputs.items()
    # The vocabulary of a text layer is among the variables as None.
    variables = [one for one in getattr(loaded, "variables", None) or signature.variables if one is not None]

    def call(batch: Any, keep_alive: Any = loaded) -> Any:
        # Without the loaded object the signature's variables would be deleted.
        return signature(**{name: batch})

    return Model(
        shape=None if spec.shape.rank is None else tuple(spec.shape.as_list()),
        dtype=spec.dtype.name,
        call=call,
        parameters=sum(int(np.prod(one.shape.as_list())) for one in variables),
        outputs=_only_shape(signature.structured_outputs),
        summary=list_variables(variables),
        saved_by=_saved_by("TensorFlow", getattr(loaded, "tensorflow_version", "")),
        notes=find_random_operations(signature),
        weights=lambda: [one.numpy() for one in variables],
    )


def _load_with_keras(path: Path, allow_lambda: bool, custom: dict[str, Any] | None) -> Any:
    import keras

    return keras.models.load_model(path, custom_objects=custom, compile=False, safe_mode=not allow_lambda)


def _from_keras(model: Any, version: str) -> Model:
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        raise _several_inputs(len(inputs))
    return Model(
        shape=tuple(inputs[0].shape) if inputs else None,
        dtype=str(inputs[0].dtype) if inputs else "float32",
        call=lambda batch: model(batch, training=False),
        parameters=int(model.count_params()) if model.built else 0,
        outputs=_only_shape(getattr(model, "outputs", None) or []),
        layers=tuple(type(layer).__name__ for layer in model.layers[:_MOST_LAYERS]),
        summary=list_layers(model.layers),
        saved_by=_saved_by("Keras", version),
        weights=model.get_weights,
    )


def _only_shape(outputs: Any) -> tuple[int | None, ...] | None:
    specs = list(outputs.values() if isinstance(outputs, dict) else outputs)
    if len(specs) != 1 or getattr(specs[0].shape, "rank", 0) is None:
        return None
    return tuple(specs[0].shape)


def _saved_by(product: str, version: str) -> str:
    return f"{product} {version}" if version else ""


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
        metadata = json.loads(archive.read("metadata.json"))
    return str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""


def _choose_signature(signatures: dict[str, Any]) -> Any:
    named = next((signatures[name] for name in SIGNATURES if name in signatures), None)
    if named is not None:
        return named
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    if signatures:
        code = "several_signatures"
        message = (
            "This SavedModel has several signatures and none is called serving_default. Save it with "
            "model.export(...) or name the one to use serving_default."
        )
    else:
        code = "no_signature"
        message = (
            "This SavedModel has no serving signature, so it cannot be called. Save it with "
            "model.export(...) in Keras 3, or model.save(...) in Keras 2."
        )
    found = ", ".join(sorted(signatures)) or "none"
    raise Refused(code, message, expected="serving_default", found=found)


def _several_inputs(count: int) -> Refused:
    return Refused(
        "input_shape",
        f"The model takes {count} inputs, and one is expected. Build a model with a single input.",
        expected="1 input",
        found=f"{count} inputs",
    )


def _explained(error: Exception) -> Exception:
    """The refusal for an error of Keras's loader; errors of memory and recursion stay as they are."""
    text = str(error)
    if isinstance(error, Refused | RecursionError) or is_out_of_memory(error):
        return error
    if "ambda" in text and "unsafe" in text.lower():
        return Refused(
            "lambda_layer",
            "The model holds a Lambda layer: it carries program code, which is not run here. Use layers "
            "such as Rescaling or Reshape instead.",
            found="Lambda",
        )
    unknown = _UNKNOWN.search(text)
    if not unknown and "custom" not in text.lower():
        return Refused("not_a_model", f"Keras cannot load this model: {_first_line(error)}")
    name = unknown[1].removeprefix(OPERATION) if unknown else ""
    return Refused(
        "custom_layer",
        f"The model needs {repr(name) if name else 'something'} that Keras does not have: your own code is "
        "not saved in the file. Use layers, activations and functions that come with Keras.",
        found=name,
    )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
