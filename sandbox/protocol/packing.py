"""Questions, packed: named arrays and lists of strings in one frame, without pickle.

The frame's header lists the parts in the order their bytes follow: arrays as `.npy`, strings as a JSON list.
Each begins at a multiple of `ALIGNED` bytes, and so do the numbers in an `.npy`: TensorFlow computes with
them where they lie, in the file's own pages.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .frames import BadFrame, pack_frame, pack_head, read_head

PackedPart = NDArray[Any] | list[str]
MOST_BYTES: Final = 2**40
ALIGNED: Final = 64
"""As TensorFlow wants its numbers, and as `.npy` lays them."""


def pack_arrays(parts: Mapping[str, NDArray[Any] | Sequence[str]]) -> bytes:
    """One frame with every part. The same parts pack to the same bytes."""
    blobs = {name: _filled_up(_pack(part)) for name, part in parts.items()}
    index = [
        {"name": name, "text": not isinstance(parts[name], np.ndarray), "size": len(blob)}
        for name, blob in blobs.items()
    ]
    room = -len(pack_head({"parts": index, "room": ""}, 0)) % ALIGNED
    return pack_frame({"parts": index, "room": " " * room}, b"".join(blobs.values()))


def read_array(path: Path, wanted: str) -> PackedPart:
    """One part of a packed file: an array (read from disk as it is used) or a list of strings.

    What is written to the array stays with this process.

    Raises:
        KeyError: the file has no such part.
        BadFrame: the file is not packed parts.
    """
    with path.open("rb") as file:
        header, _ = read_head(lambda count: _exactly(file, count), MOST_BYTES)
        for entry in header["parts"]:
            if entry["name"] == wanted:
                return _read_text(file, entry["size"]) if entry["text"] else _map_array(file, path)
            file.seek(entry["size"], io.SEEK_CUR)
    raise KeyError(wanted)


def _pack(part: NDArray[Any] | Sequence[str]) -> bytes:
    if not isinstance(part, np.ndarray):
        return json.dumps([str(text) for text in part]).encode()
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(part).reshape(part.shape), allow_pickle=False)
    return buffer.getvalue()


def _filled_up(blob: bytes) -> bytes:
    return blob + b" " * (-len(blob) % ALIGNED)


def _read_text(file: io.BufferedReader, size: int) -> list[str]:
    texts = json.loads(_exactly(file, size))
    return [str(text) for text in texts]


def _map_array(file: io.BufferedReader, path: Path) -> NDArray[Any]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise BadFrame("Questions hold objects.")
    if 0 in shape:
        return np.zeros(shape, dtype)
    order: Any = "F" if fortran else "C"
    return np.memmap(path, dtype, "c", file.tell(), shape, order)


def _exactly(file: io.BufferedReader, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise BadFrame("The file is cut short.")
    return data
