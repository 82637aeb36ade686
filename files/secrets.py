"""The home's secret: 32 random bytes that decide what is hidden, readable by their owner only."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from ..errors import BadData

FILE: Final = "secret.key"
SIZE: Final = 32


def read_or_make_secret(home: Path) -> bytes:
    """The secret of this home, made at the first call. Two processes that make it at once get the same one.

    Raises:
        BadData: when the file does not hold a secret.
    """
    path = home / FILE
    secret = read_or_make_random_bytes(path)
    if len(secret) != SIZE:
        raise BadData(
            f"{path} should hold {SIZE} bytes and holds {len(secret)}.",
            "Put the file back from a backup. Without one, remove it and the data folder beside it: "
            "the data is then divided anew, and older scores are of another hidden part.",
        )
    return secret


def read_or_make_random_bytes(path: Path) -> bytes:
    """What this file holds; where there is none, 32 random bytes it holds from now on, for its owner only."""
    if not path.exists():
        _make(path)
    return path.read_bytes()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: a file of that name is complete, and the first one stays.
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SIZE))
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        Path(aside).unlink()
