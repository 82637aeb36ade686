"""Predictions of a loaded model, in batches. Its error messages do not leave: they may quote an input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..protocol.packing import ALIGNED, Packed
from .adapt_inputs import AdaptedInputs, show_shape
from .blame import raised_by_us
from .load import Model
from .reply import Refused, is_out_of_memory

_BATCH_BYTES: Final = 4 * 2**20
_BATCH: Final = 1024
_INDEX: Final = re.compile(r"= -?\d+ is not in \[0, (\d+)\)")


def predict(
    model: Model, adapted: AdaptedInputs, inputs: Packed, outputs: Sequence[Sequence[int]]
) -> NDArray[Any]:
    """The model's predictions (n, *output), where `output` is one of the shapes in `outputs`.

    Raises:
        Refused: it raises ("model_raised"), or its predictions have another shape ("output_shape") or are no
            numbers ("not_numbers").
    """
    import tensorflow as tf

    predictions: list[NDArray[Any]] = []
    for batch, count in _batches(adapted, inputs):
        tensor = _as_tensor(batch, adapted.dtype)
        try:
            output = model.call(tensor)
        except (Refused, MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:
            if raised_by_us(error):
                raise
            # The cause is dropped on purpose: its text may quote a hidden input.
            raise _raised(error) from None
        predicted = _as_array(output)
        check_output(predicted.shape, len(batch), outputs, model.outputs)
        predictions.append(predicted[:count])
    if not predictions:
        raise Refused("model_raised", "There are no inputs to predict.")
    if len({each.shape[1:] for each in predictions}) > 1:
        raise Refused("output_shape", "The shape of the model's predictions changes from batch to batch.")
    return np.concatenate(predictions)


def check_output(
    found: Sequence[int],
    inputs: int,
    outputs: Sequence[Sequence[int]],
    declared: Sequence[int | None] | None,
) -> None:
    """Refuses predictions of shape `found` for `inputs` inputs, unless they have a shape in `outputs`.

    The message gives the shape that the file declares: the model may have computed the one that was found
    from hidden inputs.
    """
    if found and found[0] == inputs and list(found[1:]) in [list(shape) for shape in outputs]:
        return
    expected = " or ".join(show_shape((None, *shape)) for shape in outputs)
    shown = "another shape" if declared is None else show_shape(declared)
    if shown in expected.split(" or "):
        raise Refused(
            "output_shape",
            f"The model declares outputs of shape {shown}, but its predictions have another shape, or there "
            "is not one prediction for each input. Call it on one batch and look at the shape of the result.",
            expected=expected,
        )
    raise Refused(
        "output_shape",
        f"For n inputs the model's predictions have the shape {shown}, and {expected} is expected. "
        + (
            _reshaped(declared or (), outputs)
            or f"Change the last layer{_units(found, outputs)} and train again."
        ),
        expected=expected,
        found=shown,
    )


def _reshaped(declared: Sequence[int | None], outputs: Sequence[Sequence[int]]) -> str:
    """The layer that only drops or adds axes of length 1; empty where the numbers are others."""
    sizes = [size for size in declared[1:] if size != 1]
    for shape in outputs:
        if declared and shape and sizes == [size for size in shape if size != 1]:
            layer = f"keras.layers.Reshape({tuple(shape)})"
            return f"Without new training: keras.Sequential([model, {layer}]).save('mymodel.keras')."
    return ""


def _units(found: Sequence[int], outputs: Sequence[Sequence[int]]) -> str:
    """For example " to 10 units", where only the number of units is wrong."""
    first = list(outputs[0])
    if len(found) == 2 and len(first) == 1:
        return f" to {first[0]} unit{'s' if first[0] != 1 else ''}"
    return ""


def _batches(adapted: AdaptedInputs, inputs: Packed) -> Iterator[tuple[Any, int]]:
    """Batches as the model takes them, each with the number of its rows that count."""
    count = len(inputs)
    size = adapted.batch or _batch_size(adapted)
    for start in range(0, count, size):
        batch = _shaped(adapted, inputs[start : start + size])
        kept = len(batch)
        if adapted.batch and kept < size:
            batch = np.concatenate([batch, np.repeat(batch[-1:], size - kept, axis=0)])
        yield batch, kept


def _shaped(adapted: AdaptedInputs, batch: Packed) -> NDArray[Any]:
    if isinstance(batch, list):
        array = np.array([text.encode() for text in batch], dtype=object)
    else:
        array = np.asarray(batch)
        if adapted.dtype != "bfloat16":
            array = array.astype(adapted.dtype, copy=False)
    return array.reshape((len(array), *adapted.shape))


def _batch_size(adapted: AdaptedInputs) -> int:
    example = 4 * max(1, int(np.prod(adapted.shape)))
    return max(1, min(_BATCH, _BATCH_BYTES // example))


def _as_tensor(batch: NDArray[Any], dtype: str) -> Any:
    """A batch as a tensor: the numbers where they are in memory if TensorFlow can use them, else a copy.

    Copying ten thousand images takes as long as predicting them with a small network.
    """
    import tensorflow as tf

    is_numeric = batch.dtype.kind in "iuf" and batch.dtype.name == dtype
    is_aligned = batch.ctypes.data % ALIGNED == 0 and batch.flags.c_contiguous and batch.flags.writeable
    if is_numeric and is_aligned and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(batch.__dlpack__())
    return tf.constant(batch, dtype=dtype)


def _as_array(output: Any) -> NDArray[Any]:
    """The one array of a model's output, in a dtype that numpy can save."""
    while isinstance(output, dict | list | tuple):
        if len(output) != 1:
            raise Refused(
                "output_shape",
                f"The model has {len(output)} outputs, and one is expected. Build a model with one output. "
                "To take the first, without new training: keras.Model(model.inputs, model.outputs[0]).",
                expected="1 output",
                found=f"{len(output)} outputs",
            )
        output = next(iter(output.values() if isinstance(output, dict) else output))
    try:
        array = np.asarray(output)
    except Exception as error:  # a model may return anything: sparse, ragged, a dataset
        if is_out_of_memory(error):
            raise
        raise _not_numbers() from None
    if array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise _not_numbers()
    return array


def _not_numbers() -> Refused:
    return Refused("not_numbers", "The model's predictions are not an array of numbers.")


def _raised(error: Exception) -> Refused:
    sizes = _INDEX.search(str(error))
    if sizes:
        return Refused(
            "model_raised",
            f"The model's Embedding has the ids 0 to {int(sizes[1]) - 1}, and the inputs hold larger ones. "
            "Set input_dim to the size of the vocabulary.",
            found=f"input_dim={sizes[1]}",
        )
    import tensorflow as tf

    return Refused(
        "model_raised",
        f"The model raised {type(error).__name__} when it was called, with TensorFlow {tf.__version__}. To "
        "look for the details, load the saved file in a new Python process with this release, and call the "
        "model on a batch of the validation data.",
        found=type(error).__name__,
    )
