"""The commit that a clone stands at, read from its files. Git is not run: a clone's settings could run more.

https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ...files.reading import read_start

_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF: Final = re.compile(r"ref: (refs/[\w./@+-]{1,200})")
_LARGEST: Final = 2**20


def read_commit(git: Path) -> str:
    """The commit that HEAD names, in hex; empty where that cannot be told.

    Args:
        git: the clone's `.git` folder.
    """
    head = _read(git / "HEAD").strip()
    if _HASH.fullmatch(head):
        return head
    found = _REF.fullmatch(head)
    if found is None or ".." in found[1]:
        return ""
    loose = _read(git / found[1]).strip()
    if _HASH.fullmatch(loose):
        return loose
    packed = (line.split(" ", 1) for line in _read(git / "packed-refs").splitlines())
    return next((one[0] for one in packed if one[1:] == [found[1]] and _HASH.fullmatch(one[0])), "")


def _read(path: Path) -> str:
    """A small file's text; empty where there is none, or where it is a link or anything else."""
    return read_start(path, _LARGEST).decode("ascii", "replace")
