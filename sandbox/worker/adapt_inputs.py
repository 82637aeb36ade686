"""Which form of the inputs a model takes, and how they are adapted: only in ways that lose nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..protocol.contract import InputForm
from .load import Model
from .reply import Refused


@dataclass(frozen=True)
class AdaptedInputs:
    """How inputs are given to a model: form, shape of one example, dtype and batch size."""

    form: InputForm
    shape: tuple[int, ...]
    dtype: str
    batch: int | None
    """The only batch size that the model takes; None where it takes any."""
    adaptations: tuple[str, ...]
    """Each a sentence: what was changed."""


def adapt_inputs(model: Model, forms: Sequence[InputForm]) -> AdaptedInputs:
    """The form that needs the least change.

    Raises:
        Refused: no form fits ("input_shape", "wrong_dtype").
    """
    adapted = [found for form in forms if (found := _adapt_one(model, form)) is not None]
    if adapted:
        return min(adapted, key=lambda found: len(found.adaptations))
    same_shape = [form for form in forms if _shape_for(model, form) is not None]
    raise _wrong_dtype(model, same_shape) if same_shape else _wrong_shape(model, forms)


def show_shape(shape: Sequence[int | None]) -> str:
    """A shape as text, the batch axis first: "(n, 28, 28)"."""
    sizes = ["n" if index == 0 else "any" if size is None else str(size) for index, size in enumerate(shape)]
    return "(" + ", ".join(sizes) + ("," if len(sizes) == 1 else "") + ")"


def _adapt_one(model: Model, form: InputForm) -> AdaptedInputs | None:
    shape = _shape_for(model, form)
    dtype = _dtype_for(model, form)
    if shape is None or dtype is None:
        return None
    adaptations = []
    if shape != form.shape:
        change = "added" if len(shape) > len(form.shape) else "left out"
        adaptations.append(
            f"The model takes {show_shape((None, *shape))} and the inputs are "
            f"{show_shape((None, *form.shape))}: an axis of length 1 was {change}."
        )
    batch = model.shape[0] if model.shape else None
    if batch is not None:
        adaptations.append(
            f"The model takes exactly {batch} examples at a time: it was given batches of {batch}."
        )
    if dtype != form.dtype:
        adaptations.append(f"The model takes {dtype}: the inputs were converted from {form.dtype}.")
    return AdaptedInputs(form, shape, dtype, batch, tuple(adaptations))


def _shape_for(model: Model, form: InputForm) -> tuple[int, ...] | None:
    """The shape of one example as this model takes it, or None."""
    if model.shape is None:
        return form.shape
    wanted = model.shape[1:]
    candidates = [form.shape, (*form.shape, 1)]
    if form.shape and form.shape[-1] == 1:
        candidates.append(form.shape[:-1])
    return next((shape for shape in candidates if _matches(wanted, shape)), None)


def _matches(wanted: Sequence[int | None], shape: Sequence[int]) -> bool:
    return len(wanted) == len(shape) and all(
        size is None or size == given for size, given in zip(wanted, shape, strict=True)
    )


def _dtype_for(model: Model, form: InputForm) -> str | None:
    """The model's dtype, if the inputs can be converted to it without loss, or None."""
    if "string" in (model.dtype, form.dtype):
        return "string" if model.dtype == form.dtype else None
    wanted, given = _numpy_dtype(model.dtype), np.dtype(form.dtype)
    if wanted is None:
        return None
    if wanted.kind == "f":
        return model.dtype
    return model.dtype if wanted.kind in "iu" and given.kind in "iu" else None


def _numpy_dtype(name: str) -> np.dtype[np.generic] | None:
    try:
        return np.dtype("float32" if name == "bfloat16" else name)
    except TypeError:
        return None


def _wrong_dtype(model: Model, forms: Sequence[InputForm]) -> Refused:
    """For a model that takes the shape of these forms, and another dtype."""
    expected = " or ".join(sorted({form.dtype for form in forms}))
    change = f"Build the input layer with dtype {expected}."
    if expected == "string":
        change = (
            'Build the input layer with dtype="string". If it was, the release that saved it gave it a '
            "signature of numbers, as tf.saved_model.save of early Keras 3 does: save it as .keras, or with "
            "model.export()."
        )
    return Refused(
        "wrong_dtype",
        f"The model takes {model.dtype}, and the inputs are of dtype {expected}. {change}",
        expected=expected,
        found=model.dtype,
    )


def _wrong_shape(model: Model, forms: Sequence[InputForm]) -> Refused:
    found = "texts" if model.dtype == "string" else show_shape(model.shape or ())
    shapes = dict.fromkeys(show_shape((None, *form.shape)) for form in forms if form.dtype != "string")
    expected = " or ".join([*shapes, *(["texts"] if len(shapes) < len(forms) else [])])
    return Refused(
        "input_shape",
        f"The model takes {'texts' if found == 'texts' else f'inputs of shape {found}'}, and the inputs are "
        f"{expected}. {_change_of_shape(model, forms[0])}",
        expected=expected,
        found=found,
    )


def _change_of_shape(model: Model, form: InputForm) -> str:
    """What to change: a layer in front where the numbers are the same in another shape."""
    sizes = model.shape[1:] if model.shape and model.dtype != "string" else ()
    plain = [size for size in sizes if size != 1]
    if plain in ([math.prod(form.shape)], [size for size in form.shape if size != 1]):
        layer = "Flatten()" if len(sizes) == 1 else f"Reshape({tuple(sizes)})"
        return f"Begin the model with Input({form.shape}), then {layer}."
    return f"Change the input layer to shape={form.shape} and train again."
