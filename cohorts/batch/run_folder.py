"""A folder for what a run unpacks, which is gone when the run is: at its end, or when the next one begins.

Whoever uses one holds a lock on it, which the system takes back however its holder dies. So the next run
tells what a killed one left behind from what another one is using.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = ".tfprep-unpacked-"
"""No person's own folder is called that: what is, and nobody uses, is deleted."""
_NEW: Final = 60.0
"""Seconds in which whoever made a folder has locked it."""


@contextmanager
def scratch_in(root: Path) -> Iterator[Path]:
    """A new folder below `root`, removed on leaving. What killed runs left there is removed first."""
    for left in root.glob(f"{PREFIX}*"):
        _remove_if_abandoned(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as made, _opened(Path(made)) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield Path(made)


def _remove_if_abandoned(folder: Path) -> None:
    try:
        if time.time() - folder.stat().st_mtime < _NEW:
            return
        with _opened(folder) as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # Somebody uses it, or has removed it.


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
