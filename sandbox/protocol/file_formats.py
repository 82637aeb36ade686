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
TAR: Final = (257, b"ustar")
"""Offset, and the bytes found there."""
SAVED_MODEL_FILE: Final = "saved_model.pb"
"""The file that makes a folder a SavedModel."""
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
_OTHER_FORMATS: Final = (
    (0, b"\x80\x02", "a Python pickle"),
    (0, b"\x80\x03", "a Python pickle"),
    (0, b"\x80\x04", "a Python pickle"),
    (0, b"\x80\x05", "a Python pickle"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"\x93NUMPY", "a numpy array"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
)
"""Offset, the bytes found there, and what such a file is."""


def is_tar(start: bytes) -> bool:
    """Whether a file that begins so is an uncompressed tar archive."""
    offset, magic = TAR
    return start[offset : offset + len(magic)] == magic


def find_wrong_file(start: bytes) -> WrongFile | None:
    """What a file that begins so is instead of a model; None where its first bytes do not show it."""
    for offset, magic, what in _OTHER_FORMATS:
        if start[offset : offset + len(magic)] == magic:
            return WrongFile("not_a_model", f"This is {what}, not a saved Keras model.")
    text = start[:LONGEST_START].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((wrong for beginnings, wrong in _TEXTS.items() if text.startswith(beginnings)), None)
