"""Inputs, packed: named arrays and lists of strings in one frame, without pickle.

The frame's header lists them in the order in which their bytes follow: arrays as `.npy`, strings as a JSON
list. Each begins at a multiple of `ALIGNED` bytes, and so do the numbers in an `.npy`: TensorFlow uses them
in place, from the memory-mapped file.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .contract import InputForm
from .frames import BadFrame, pack_frame, pack_head, read_head

Unpacked = NDArray[Any] | Sequence[str]
Packed = NDArray[Any] | list[str]
"""An array (n, ...), or n strings: before it is packed, and as it is read."""
MOST_BYTES: Final = 2**40
CALLS: Final = "sizes of calls"
"""The part that says how many of the inputs, in their order, may be given to a model in one call."""
ALIGNED: Final = 64
"""Bytes: what TensorFlow requires of numbers that it uses in place, and what `.npy` does."""


@dataclass(frozen=True)
class PackedInputs:
    """Inputs of n examples in every form that a model may take, packed once and known by their digest.

    A worker keeps what it was sent, so the same inputs are sent to it only once. Made by `pack_inputs`.
    """

    packed: bytes
    """One frame with an array (n, *shape), or n strings, for each form."""
    digest: str
    """sha256 of `packed`, in hex."""
    forms: tuple[InputForm, ...]
    count: int
    """n, the number of examples."""
    is_kept: bool = True
    """Whether a worker keeps them for further models; else they are gone as soon as a job has them open."""


def pack_inputs(
    inputs: Mapping[str, Unpacked], forms: Sequence[InputForm], calls: Sequence[int] = ()
) -> PackedInputs:
    """The inputs in every form, as a sandbox takes them.

    Args:
        inputs: by the form's name, an array (n, *shape) or n strings.
        forms: the shape and dtype that each of them must have.
        calls: how many inputs, one group after the other, a model may see in one call; any where left out.

    Raises:
        ValueError: a form is missing, has another shape or dtype than it declares, or another n; or the calls
            are not for n inputs.
    """
    arrays = {form.name: _checked(form, inputs) for form in forms}
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        raise ValueError(f"Every form must hold the same examples, and these hold {sorted(counts)}.")
    if calls:
        if min(calls) < 1 or {sum(calls)} != counts:
            raise ValueError(f"Calls of {sum(calls)} inputs are not for {sorted(counts)}.")
        arrays[CALLS] = np.asarray(calls, np.int64)
    packed = pack_arrays(arrays)
    return PackedInputs(packed, sha256(packed).hexdigest(), tuple(forms), counts.pop())


def pack_arrays(arrays: Mapping[str, Unpacked]) -> bytes:
    """One frame with all of them, by name. The same arrays pack to the same bytes."""
    blobs = {name: _pack(array) for name, array in arrays.items()}
    index = [
        {"name": name, "text": not isinstance(arrays[name], np.ndarray), "size": len(blob)}
        for name, blob in blobs.items()
    ]
    # These two keys stay as they are: ledgers store digests of packed inputs.
    padding = -len(pack_head({"parts": index, "room": ""}, 0)) % ALIGNED
    return pack_frame({"parts": index, "room": " " * padding}, b"".join(blobs.values()))


def read_array(packed: Path | int, name: str) -> Packed:
    """One array of a packed file, read from disk as it is used, or its list of strings.

    What this process writes to the array does not change the file. An open descriptor
    stands for its file, and stays open.

    Raises:
        KeyError: the file has no array of this name.
        BadFrame: the file was not made by `pack_arrays`.
    """
    with open(packed, "rb", closefd=not isinstance(packed, int)) as file:
        file.seek(0)
        header, _ = read_head(lambda count: _read_exactly(file, count), MOST_BYTES)
        for entry in header["parts"]:
            if entry["name"] == name:
                return _read_text(file, entry["size"]) if entry["text"] else _map_array(file)
            file.seek(entry["size"], io.SEEK_CUR)
    raise KeyError(name)


def read_calls(packed: Path | int) -> list[int]:
    """How many inputs a model may see in each call; empty where that is free. Raises as `read_array`."""
    try:
        return [int(size) for size in read_array(packed, CALLS)]
    except KeyError:
        return []


def _checked(form: InputForm, inputs: Mapping[str, Unpacked]) -> Unpacked:
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


def _pack(array: Unpacked) -> bytes:
    if not isinstance(array, np.ndarray):
        blob = json.dumps([str(text) for text in array]).encode()
    else:
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
        blob = buffer.getvalue()
    return blob + b" " * (-len(blob) % ALIGNED)


def _read_text(file: io.BufferedReader, size: int) -> list[str]:
    return [str(text) for text in json.loads(_read_exactly(file, size))]


def _map_array(file: io.BufferedReader) -> NDArray[Any]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise BadFrame("The array holds objects.")
    if 0 in shape:
        return np.zeros(shape, dtype)
    order: Any = "F" if fortran else "C"
    return np.memmap(file, dtype, "c", file.tell(), shape, order)


def _read_exactly(file: io.BufferedReader, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise BadFrame("The file is cut short.")
    return data
