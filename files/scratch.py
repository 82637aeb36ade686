"""A folder for what is unpacked, locked while it is used and removed after it.

with scratch_folder(home.root) as scratch:
    (scratch / "model.h5").write_bytes(content)
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .atomic import Locked, try_file_lock

PREFIX: Final = ".tfprep-unpacked-"
"""The scratch folders' names begin so. Such a folder that no program uses is deleted."""


_LOCK: Final = ".lock"


_NEW: Final = 60.0
"""Seconds in which the program that made a scratch folder has locked it."""


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A new folder below `root`, locked while it is used and removed on leaving.

    A program that was killed leaves its folder without the lock, which the system takes back: the next call
    removes such folders.
    """
    for left in root.glob(f"{PREFIX}*"):
        _remove_if_unused(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as made, try_file_lock(Path(made, _LOCK)):
        yield Path(made)


def _remove_if_unused(folder: Path) -> None:
    if folder.is_symlink() or time.time() - folder.lstat().st_mtime < _NEW:
        return
    # Another program uses it, or has removed it.
    with suppress(Locked, OSError), try_file_lock(folder / _LOCK):
        shutil.rmtree(folder, ignore_errors=True)
