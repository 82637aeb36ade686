"""One process at a time: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock file `path` while inside. Waits for another process that holds it, and says so once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another tfprep is preparing this data; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
