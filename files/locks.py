"""One process at a time: locks that the system takes back when their holder dies, however it dies.

filelock's only door. A lock's file stays when the lock is let go: removing it would let two processes in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import HomeUnavailable, explained


class Locked(Exception):
    """Another process holds the lock."""


@contextmanager
def file_lock(path: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock file `path` while inside. Waits for another process that holds it, and says so once.

    Raises:
        HomeUnavailable: the file cannot be written, or its file system knows no locks.
    """
    with _named_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            held = FileLock(path).acquire(timeout=0)
        except Timeout:
            tell("Another tfprep is preparing this data; waiting for it.")
            held = FileLock(path).acquire()
    with held:
        yield


@contextmanager
def try_file_lock(path: Path) -> Iterator[None]:
    """Holds the lock file `path` while inside. Raises Locked where another process does; as `file_lock`."""
    with _named_errors(path):
        try:
            held = FileLock(path).acquire(timeout=0)
        except Timeout as error:
            raise Locked(str(path)) from error
    with held:
        yield


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, NotImplementedError) as error:  # filelock's own, where the file system knows no locks
        why = explained(error) if isinstance(error, OSError) else f"the file system of {path} knows no locks"
        raise HomeUnavailable(
            f"A lock cannot be taken: {why}.",
            "Make room, give yourself write access, or set TFPREP_HOME to a folder on a local disk.",
        ) from error
