"""Packs the inputs of a split once, for every model that will predict them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..protocol.contract import InputForm
from ..protocol.packing import pack_arrays
from .sandbox import PackedInputs


def pack_inputs(
    inputs: Mapping[str, NDArray[Any] | Sequence[str]], forms: Sequence[InputForm]
) -> PackedInputs:
    """The inputs in every form, as a sandbox takes them.

    Args:
        inputs: by the form's name, an array (n, *shape) or n strings.
        forms: the shape and dtype that each of them must have.

    Raises:
        ValueError: a form is missing, has another shape or dtype than it declares, or another n.
    """
    arrays = {form.name: _checked(form, inputs) for form in forms}
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        raise ValueError(f"Every form must hold the same examples, and these hold {sorted(counts)}.")
    packed = pack_arrays(arrays)
    return PackedInputs(packed, sha256(packed).hexdigest(), tuple(forms), counts.pop())


def _checked(
    form: InputForm, inputs: Mapping[str, NDArray[Any] | Sequence[str]]
) -> NDArray[Any] | Sequence[str]:
    if form.name not in inputs:
        raise ValueError(f"The inputs have no form called {form.name!r}.")
    given = inputs[form.name]
    if form.dtype == "string":
        return [str(text) for text in given]
    array = np.asarray(given)
    if array.shape[1:] != form.shape or array.dtype != np.dtype(form.dtype):
        raise ValueError(
            f"The form {form.name!r} declares {form.shape} of {form.dtype}, and the inputs are "
            f"{array.shape[1:]} of {array.dtype}."
        )
    return array
