"""A folder for what a run unpacks, which is gone when the run is: at its end, or when the next one begins.

Whoever uses one holds a lock on it, which the system takes back however its holder dies. So the next run
tells what a killed one left behind from what another one is using.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ...files.locks import Locked, try_file_lock

PREFIX: Final = ".tfprep-unpacked-"
"""No person's own folder is called that: what is, and nobody uses, is deleted."""
_NEW: Final = 60.0
"""Seconds in which whoever made a folder has locked it."""
_LOCK: Final = ".lock"


@contextmanager
def scratch_in(root: Path) -> Iterator[Path]:
    """A new folder below `root`, removed on leaving. What killed runs left there is removed first."""
    for left in root.glob(f"{PREFIX}*"):
        _remove_if_abandoned(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as made, try_file_lock(Path(made, _LOCK)):
        yield Path(made)


def _remove_if_abandoned(folder: Path) -> None:
    if folder.is_symlink() or time.time() - folder.lstat().st_mtime < _NEW:
        return
    # Somebody uses it, or has removed it.
    with suppress(Locked, OSError), try_file_lock(folder / _LOCK):
        shutil.rmtree(folder, ignore_errors=True)
