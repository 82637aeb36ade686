"""What Keras and TensorFlow raise about a model file, told as the reason of a refusal."""

from __future__ import annotations

import inspect
import re
from typing import Final

from .keras2_functions import OWN
from .reply import Refused, is_out_of_memory

EXPORT: Final = (
    'The same model can be submitted without new training: where you made it, call model.export("mymodel") '
    '(before TensorFlow 2.13: model.save("mymodel")), and submit the folder mymodel.'
)
"""The way out where Keras cannot load a model from its config: a SavedModel is a graph, and predicts."""
_EXPORT_IF_IT_PREDICTS: Final = (
    "If it still predicts where you made it, no new training is needed: there, call "
    'model.export("mymodel") (before TensorFlow 2.13: model.save("mymodel")), and submit the folder mymodel.'
)
"""The same, where we do not know what is wrong with the model."""
_UNKNOWN: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"Could not locate (?:class|function) '([\w>. ]{1,80})'",
        r"Unknown [\w ]{1,40}: '?([\w>. ]{1,80})'",
        r"Could not interpret [\w ]{1,40} identifier: '?([\w>.]{1,80})",
        r"Cannot deserialize object of type `([\w>. ]{1,80})`",
        r"Could not deserialize '([\w>. ]{1,200})' because",
        r"Could not deserialize (?:class|function) '([\w>. ]{1,80})'",
    )
)
"""How Keras says that it does not know a name."""
_CAUSE: Final = "Exception encountered: "
_CALLED: Final = re.compile(r"Exception encountered when calling [^\n]*\n+([^\n]+)")
_ONE_OF_MANY: Final = re.compile(r"Example error message for object [^\n]*:\n+([^\n]+)")
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_REMOVED: Final = (
    *(
        "LocallyConnected1D",
        "LocallyConnected2D",
        "CuDNNLSTM",
        "CuDNNGRU",
        "DenseFeatures",
        "SyncBatchNormalization",
    ),
    *(
        "RandomFourierFeatures",
        "SequenceFeatures",
        "StackedRNNCells",
        "PeepholeLSTMCell",
        "MaxoutDense",
        "Merge",
    ),
    *("Highway", "AtrousConvolution2D", "Convolution2D", "TimeDistributedDense"),
)
"""Layers that Keras had once, and has no more."""
_ELSEWHERE: Final = {
    "KerasLayer": "it is TensorFlow Hub's layer",
    "TFOpLambda": "it is a call of a TensorFlow function",
    "TensorFlowOpLayer": "it is a call of a TensorFlow function",
}
"""Where other names come from, than from one's own code."""


def explain(error: Exception, version: str) -> Exception:
    """The refusal for an error of Keras's loader; errors of memory and recursion stay as they are.

    `version` is the Keras version that wrote the file; empty where the file names none.
    """
    if isinstance(error, Refused | RecursionError) or is_out_of_memory(error):
        return error
    text = str(error)
    cause = innermost(error)
    if "ambda" in text and "unsafe" in text.lower():
        return Refused(
            "lambda_layer",
            "The model holds a Lambda layer: it carries program code, which is not run here. Use layers "
            f"such as Rescaling or Reshape instead. {EXPORT}",
            found="Lambda",
        )
    name = _unknown_name(cause) or _unknown_name(text)
    if not name:
        return Refused(
            "not_a_model", f"{_cannot_load(version)}: {cause.rstrip('.')}. {_EXPORT_IF_IT_PREDICTS}"
        )
    if name in _REMOVED:
        return Refused(
            "custom_layer",
            f"The model uses {name!r}, a layer that Keras had and has no more. {EXPORT}",
            found=name,
        )
    origin = _ELSEWHERE.get(name) or _own_or_tensorflow_s(name)
    return Refused(
        "custom_layer",
        f"The model needs {name!r} that Keras does not have: {origin}. {EXPORT} Or build the model from "
        "layers, activations and functions that come with Keras.",
        found=name,
    )


def _cannot_load(version: str) -> str:
    import keras

    written = f", which Keras {version[:20]} wrote" if version[:1].isdigit() else ""
    return f"Keras {keras.__version__} cannot load this model{written}"


def _own_or_tensorflow_s(name: str) -> str:
    import tensorflow as tf

    name = name.removesuffix("_v2")
    if any(inspect.isroutine(getattr(place, name, None)) for place in (tf, tf.nn, tf.math)):
        return "it has the name of a function of TensorFlow that is not read here"
    return "your own code is not saved in the file"


def unreadable(name: object) -> Refused:
    """The refusal of an operation whose description TensorFlow does not know."""
    return Refused(
        "tfoplambda",
        f"The model calls a function of TensorFlow ({str(name)[:100]!r}) that is not read here. {EXPORT}",
        found=str(name)[:100],
    )


def without_inputs(name: object) -> Refused:
    """The refusal of a call that was stored without its inputs: `tf.einsum(equation, *inputs)` of Keras 2."""
    return Refused(
        "tfoplambda",
        f"The file does not hold the inputs of {str(name)[:100]!r}: Keras 2 leaves them out where a function "
        f"takes any number of them. {EXPORT}",
        found=str(name)[:100],
    )


def innermost(error: BaseException) -> str:
    """One line: the innermost of the causes that Keras tells, one wrapped in the other."""
    text = _ANSI.sub("", str(error))
    text = text[text.rfind(_CAUSE) + len(_CAUSE) :] if _CAUSE in text else text
    for wrapped in (_ONE_OF_MANY, _CALLED):
        found = wrapped.search(text)
        text = found[1] if found else text
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]
    # A KeyError, say, tells no more than the key.
    return line if len(line.split()) > 2 else f"{type(error).__name__}: {line}".removesuffix(": ")


def _unknown_name(text: str) -> str:
    found = next((match for pattern in _UNKNOWN if (match := pattern.search(text))), None)
    return found[1].removeprefix(OWN).rpartition(".")[2].rpartition(">")[2].strip() if found else ""
