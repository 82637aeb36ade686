"""Which format a file has by its first bytes: the one table for the host, which recognises files without
opening a model, and for the worker, which looks again before it opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HDF5: Final = b"\x89HDF\r\n\x1a\n"
ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
GZIP: Final = b"\x1f\x8b"
LONGEST_START: Final = 4096
"""Bytes of a file that `find_wrong_file` looks at."""


@dataclass(frozen=True)
class WrongFile:
    """A kind of file that people submit by mistake: a code for programs, a sentence for its author."""

    code: str
    message: str


_TEXTS: Final = {
    (b"<!doctype html", b"<html", b"<?xml"): WrongFile(
        "html_page",
        "This is a web page, not a model: the download link led to a page. Download the file itself (a raw "
        "or direct link).",
    ),
    (b"version https://git-lfs",): WrongFile(
        "git_lfs_pointer",
        "This is a Git LFS pointer, not the model. Run `git lfs pull` and submit the real file.",
    ),
}
"""How a text begins, in lower case, and what it is then."""
_SAVE: Final = "Save the trained model with model.save('mymodel.h5') and submit that file."
_UNPACK: Final = "Unpack it, and submit the model that is in it."
_UNPICKLE: Final = (
    "If it holds a Keras model, load that in Python as it was stored, save it with "
    "model.save('mymodel.h5'), and submit that file."
)
ORIGINAL: Final = "Submit the Keras model that it was made from: saved with model.save('mymodel.h5')."
_OTHER_FORMATS: Final = (
    *((0, bytes((0x80, version)), "a Python pickle", _UNPICKLE) for version in (2, 3, 4, 5)),
    *((0, bytes((0x78, level)), "a file compressed by zlib", _UNPICKLE) for level in (1, 0x9C, 0xDA)),
    (4, b"TFL3", "a TensorFlow Lite model", ORIGINAL),
    (0, b"GGUF", "a GGUF model", _SAVE),
    (4, b'\0\0\0\0{"', "a safetensors file: weights without the model they belong to", _SAVE),
    (0, b"\x93NUMPY", "a numpy array", _SAVE),
    (0, b"MATLAB 5.0", "a MATLAB file", _SAVE),
    (0, b"%PDF", "a PDF document", _SAVE),
    (0, b"\x89PNG", "a picture", _SAVE),
    (0, b"\xff\xd8\xff", "a picture", _SAVE),
    (0, b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ", "an xz archive", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "an LZ4 archive", _UNPACK),
)
"""Offset, the bytes found there, what such a file is, and what its author can do."""
_CHANGED_HDF5: Final = WrongFile(
    "changed_hdf",
    "This was an .h5 file, and its bytes were changed: some transfers and editors take every file for a "
    "text. Copy the original again, in binary mode or in a zip.",
)


def find_wrong_file(start: bytes) -> WrongFile | None:
    """What a file that begins so is instead of a model; None where its first bytes do not show it."""
    for offset, magic, what, then in _OTHER_FORMATS:
        if start[offset : offset + len(magic)] == magic:
            return WrongFile("not_a_model", f"This is {what}, not a saved Keras model. {then}")
    if b"HDF" in start[1:6] and not start.startswith(HDF5):
        return _CHANGED_HDF5
    text = start[:LONGEST_START].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((wrong for beginnings, wrong in _TEXTS.items() if text.startswith(beginnings)), None)
