"""Secrets and keys: 32 random bytes in a file that only its owner can read, made at the first call."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from ..errors import BadData, Misuse
from .atomic import write_once

FILE: Final = "secret.key"
"""The home's secret, which decides what is hidden."""
SIZE: Final = 32


def read_or_make_secret(home: Path) -> bytes:
    """The secret of this home. Two processes that make it at once get the same one.

    Raises:
        BadData: when the file does not hold a secret.
    """
    return read_or_make_secret_file(
        home / FILE,
        BadData,
        "Put the file back from a backup. Without one, remove it and the data folder beside it: "
        "the data is then split anew, and older scores are of another hidden test set.",
    )


def read_or_make_secret_file(path: Path, error: type[Misuse], remedy: str) -> bytes:
    """The 32 bytes that a file holds; where there is none, random ones that it holds from now on.

    Raises:
        error: when the file holds more or less.
    """
    if not path.exists():
        write_once(path, secrets.token_bytes(SIZE))
    key = path.read_bytes()
    if len(key) != SIZE:
        raise error(f"{path} should hold {SIZE} bytes and holds {len(key)}.", remedy)
    return key
