"""Asking a loaded model: in batches, without gradients, and with nothing it says about a question leaving."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..protocol.packing import ALIGNED, Packed
from .adapt_inputs import AdaptedInputs, show_shape
from .load import Model
from .refused import Refused

_BATCH_BYTES: Final = 4 * 2**20
_BATCH: Final = 1024
_INDEX: Final = re.compile(r"= -?\d+ is not in \[0, (\d+)\)")


def predict(
    model: Model, fit: AdaptedInputs, inputs: Packed, outputs: Sequence[Sequence[int]]
) -> NDArray[Any]:
    """The model's answers (n, *output), of one of the shapes in `outputs`.

    Raises:
        Refused: it raises, or answers in another shape ("output_shape", "model_raised").
    """
    import tensorflow as tf

    answers: list[NDArray[Any]] = []
    for batch, count in _batches(fit, inputs):
        try:
            answer = _as_array(model.call(_as_tensor(batch, fit.dtype)))
        except (Refused, MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's model raises what it likes
            # The cause is dropped on purpose: its text may quote a question.
            raise _raised(error) from None
        check_output(answer.shape, len(batch), outputs, model.answers)
        answers.append(answer[:count])
    if not answers:
        raise Refused("model_raised", "There was nothing to ask.")
    if len({answer.shape[1:] for answer in answers}) > 1:
        raise Refused("output_shape", "The model's answers change their shape from batch to batch.")
    return np.concatenate(answers)


def check_output(
    found: Sequence[int],
    asked: int,
    outputs: Sequence[Sequence[int]],
    declared: Sequence[int | None] | None,
) -> None:
    """Refuses an answer that is none of the shapes that are understood.

    Its author is told the shape that the file declares: the one that was found may have been computed from
    the questions.
    """
    if found and found[0] == asked and list(found[1:]) in [list(shape) for shape in outputs]:
        return
    expected = " or ".join(show_shape((None, *shape)) for shape in outputs)
    shown = "another shape" if declared is None else show_shape(declared)
    if shown in expected.split(" or "):
        raise Refused(
            "output_shape",
            f"The model declares answers of shape {shown} and gives others, or not one to each question. "
            "Ask it one batch: as many answers must come back, each of that shape.",
            expected=expected,
        )
    raise Refused(
        "output_shape",
        f"For n questions the model answers with {shown}, and {expected} was expected. Change the last "
        f"layer{_units(found, outputs)} and train again.",
        expected=expected,
        found=shown,
    )


def _units(found: Sequence[int], outputs: Sequence[Sequence[int]]) -> str:
    """For example " to 10 units", where only the number of units is wrong."""
    first = list(outputs[0])
    if len(found) == 2 and len(first) == 1:
        return f" to {first[0]} unit{'s' if first[0] != 1 else ''}"
    return ""


def _batches(fit: AdaptedInputs, inputs: Packed) -> Iterator[tuple[Any, int]]:
    """Batches as the model takes them, each with the number of its rows that count."""
    count = len(inputs)
    size = fit.batch or _batch_size(fit)
    for start in range(0, count, size):
        batch = _shaped(fit, inputs[start : start + size])
        kept = len(batch)
        if fit.batch and kept < size:
            batch = np.concatenate([batch, np.repeat(batch[-1:], size - kept, axis=0)])
        yield batch, kept


def _shaped(fit: AdaptedInputs, batch: Packed) -> NDArray[Any]:
    if isinstance(batch, list):
        array = np.array([text.encode() for text in batch], dtype=object)
    else:
        array = np.asarray(batch)
        if fit.dtype != "bfloat16":
            array = array.astype(fit.dtype, copy=False)
    return array.reshape((len(array), *fit.shape))


def _batch_size(fit: AdaptedInputs) -> int:
    example = 4 * max(1, int(np.prod(fit.shape)))
    return max(1, min(_BATCH, _BATCH_BYTES // example))


def _as_tensor(batch: NDArray[Any], dtype: str) -> Any:
    """A batch as the model takes it: where it lies, if TensorFlow can compute there; else a copy of it.

    Copying ten thousand pictures takes as long as a small network's answers.
    """
    import tensorflow as tf

    is_number = batch.dtype.kind in "iuf" and batch.dtype.name == dtype
    lies_well = batch.ctypes.data % ALIGNED == 0 and batch.flags.c_contiguous and batch.flags.writeable
    if is_number and lies_well and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(batch.__dlpack__())
    return tf.constant(batch, dtype=dtype)


def _as_array(answer: Any) -> NDArray[Any]:
    """The one array that an answer is, in a dtype that numpy can save."""
    while isinstance(answer, dict | list | tuple):
        if len(answer) != 1:
            raise Refused(
                "output_shape",
                f"The model gives {len(answer)} answers to a question, and one was expected. Build a model "
                "with a single output.",
                expected="1 output",
                found=f"{len(answer)} outputs",
            )
        answer = next(iter(answer.values() if isinstance(answer, dict) else answer))
    array = np.asarray(answer)
    if array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise Refused("not_numbers", "The model's answers are not an array of numbers.")
    return array


def _raised(error: Exception) -> Refused:
    sizes = _INDEX.search(str(error))
    if sizes:
        return Refused(
            "model_raised",
            f"The model's Embedding knows the ids 0 to {int(sizes[1]) - 1}, and the questions hold "
            "larger ones. Set input_dim to the size of the vocabulary.",
            found=f"input_dim={sizes[1]}",
        )
    return Refused(
        "model_raised",
        f"The model raised {type(error).__name__} when it was asked. Load the saved file in a fresh "
        "Python and call it on a batch of the validation data: the same error will show, with its details.",
        found=type(error).__name__,
    )
