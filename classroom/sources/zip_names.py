"""Names in a zip whose program did not say how they are encoded.

A name is UTF-8 where the zip says so. Else it should be in code page 437, and is in what its program used:
UTF-8 on a Mac, the machine's own code page on Windows. UTF-8 is known by its bytes. Among code pages the
roster tells: the one in which most names are those of its people. Where there is none, the name stays as a
zip should have it, and the file is listed.

A name in UTF-8 that Info-ZIP writes beside the other counts as if the zip said so (`reader_verbs.py`).

Source: APPNOTE.TXT of PKWARE, 4.4.4 (bit 11) and appendix D.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from typing import Final

from .units import without_zip

Knows = Callable[[str], bool]
"""Whether the roster has somebody of this name."""

_IS_UTF8: Final = 0x800
_SHOULD_BE: Final = "cp437"
_CODE_PAGES: Final = (
    *(
        _SHOULD_BE,
        "cp850",
        "cp852",
        "cp866",
        "cp737",
        "cp857",
        "cp775",
        "cp862",
        "cp1252",
        "cp1250",
        "cp1251",
    ),
    *("cp932", "gb18030", "cp949", "cp950"),
)


def read_names(entries: Sequence[zipfile.ZipInfo], knows: Knows) -> list[str]:
    """The names of a zip's members, in their order."""
    unsure = {entry.filename for entry in entries if not entry.filename.isascii() and _named(entry) is None}
    encoding = _find_encoding(list(unsure), knows) if unsure else _SHOULD_BE
    return [
        _decode(entry.filename, encoding) if entry.filename in unsure else _named(entry) or entry.filename
        for entry in entries
    ]


def _named(entry: zipfile.ZipInfo) -> str | None:
    """The name, where the zip tells its encoding or its bytes are UTF-8; None where neither is so."""
    if entry.flag_bits & _IS_UTF8 or entry.filename.isascii():
        return entry.filename
    try:
        return entry.filename.encode(_SHOULD_BE).decode("utf-8")
    except UnicodeError:
        return None


def _find_encoding(names: list[str], knows: Knows) -> str:
    """The code page in which most names are people's of the roster; the first of those that are as good."""

    def known(encoding: str) -> int:
        parts = {part for name in names for part in _decode(name, encoding).replace("\\", "/").split("/")}
        return sum(not part.isascii() and knows(without_zip(part)) for part in parts)

    return max(_CODE_PAGES, key=known)


def _decode(name: str, encoding: str) -> str:
    try:
        return name.encode(_SHOULD_BE).decode(encoding)
    except UnicodeError:
        return name
