"""Predictions of a loaded model, in batches.

What goes wrong here is told as a code, and the sentence is the host's: this process has read inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..protocol.packing import ALIGNED, Packed
from .adapt_inputs import AdaptedInputs
from .blame import raised_by_us
from .load import Model
from .reply import Refused, is_out_of_memory, is_out_of_room

_BATCH_BYTES: Final = 4 * 2**20
_BATCH: Final = 1024
_INDEX: Final = re.compile(r"= -?\d+ is not in \[0, \d+\)")


def predict(
    model: Model,
    adapted: AdaptedInputs,
    inputs: Packed,
    outputs: Sequence[Sequence[int]],
    calls: Sequence[int] = (),
) -> NDArray[Any]:
    """The model's predictions (n, *output), where `output` is one of the shapes in `outputs`.

    Inputs of two `calls` are never given to the model together.

    Raises:
        Refused: it raises ("model_raised", "unknown_id", "no_room"), or its predictions have another shape
            ("output_shape") or are no numbers ("not_numbers").
    """
    predictions: list[NDArray[Any]] = []
    accepted = [tuple(shape) for shape in outputs]
    for batch, count in batches(adapted, inputs, calls):
        tensor = _as_tensor(batch, adapted.dtype)
        try:
            output = model.call(tensor)
        except Refused:
            raise
        except Exception as error:
            if is_out_of_memory(error) or raised_by_us(error):
                raise
            # The cause is dropped on purpose: its text may quote a hidden input.
            raise _raised(error) from None
        predicted = _as_array(output)
        if predicted.shape[:1] != (len(batch),) or predicted.shape[1:] not in accepted:
            raise Refused("output_shape")
        predictions.append(predicted[:count])
    if not predictions:
        raise Refused("model_raised")
    if len({each.shape[1:] for each in predictions}) > 1:
        raise Refused("output_shape")
    return np.concatenate(predictions)


def batches(adapted: AdaptedInputs, inputs: Packed, calls: Sequence[int]) -> Iterator[tuple[Any, int]]:
    """Batches as the model takes them, each with the number of its rows that count.

    Batches of calls are of one size, filled up with their last input: TensorFlow prepares each size anew.
    """
    size = adapted.batch or min(_batch_size(adapted), max(calls, default=_BATCH))
    full = size if calls else adapted.batch or 0
    first = 0
    for together in calls or [len(inputs)]:
        end = first + together
        for start in range(first, end, size):
            batch = _shaped(adapted, inputs[start : min(start + size, end)])
            kept = len(batch)
            if kept < full:
                batch = np.concatenate([batch, np.repeat(batch[-1:], full - kept, axis=0)])
            yield batch, kept
        first = end


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
            raise Refused("output_shape")
        output = next(iter(output.values() if isinstance(output, dict) else output))
    try:
        array = np.asarray(output)
    except Exception as error:  # a model may return anything: sparse, ragged, a dataset
        if is_out_of_memory(error):
            raise
        raise Refused("not_numbers") from None
    if array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise Refused("not_numbers")
    return array


def _raised(error: Exception) -> Refused:
    """Its class, and what is known of it: which ids an Embedding has, for one, the file declares."""
    if is_out_of_room(error):
        return Refused("no_room")
    code = "unknown_id" if _INDEX.search(str(error)) else "model_raised"
    return Refused(code, found=type(error).__name__)
