"""Our own files and folders: there whole or not at all, whenever the process that writes them ends.

And locks, for one process at a time: the system takes them back when their holder dies, however it dies. A
lock's file stays when the lock is let go, as removing it would let two processes in. filelock's only door.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from ..errors import HomeUnavailable, explained


@contextmanager
def whole_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A file to write into, which becomes `path` on leaving; an error leaves `path` as it was."""
    with _aside(path) as aside:
        with aside.open("wb") as file:
            yield file
        aside.chmod(mode)
        aside.replace(path)


def write_whole(path: Path, content: bytes | str, mode: int = 0o600) -> Path:
    """Writes a file, text as UTF-8, and returns its path. What UTF-8 cannot hold becomes a question mark."""
    with whole_file(path, mode) as file:
        file.write(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    return path


def write_once(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read; where there is one already, that one stays."""
    with _aside(path) as aside, suppress(FileExistsError):
        aside.write_bytes(content)
        try:
            # A link, unlike a renaming, does not replace what another process put there a moment ago.
            os.link(aside, path)
        except FileExistsError:
            raise
        except OSError:  # exFAT and some network file systems know no links
            with file_lock(path.with_name(f".{path.name}.lock"), lambda sentence: None):
                if not path.exists():
                    aside.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes `path` on leaving, in place of what was there.

    An error leaves `path` as it was. What a killed process leaves behind, `remove_leftovers` removes.
    """
    with unfinished_folder(path) as aside:
        whole = aside / "whole"
        whole.mkdir()
        yield whole
        if path.exists():
            path.rename(aside / "replaced")
        whole.rename(path)


@contextmanager
def unfinished_folder(path: Path) -> Iterator[Path]:
    """A scratch folder beside `path` that nothing reads, and that `remove_leftovers` knows."""
    with tempfile.TemporaryDirectory(prefix=_prefix(path), dir=path.parent) as aside:
        yield Path(aside)


def remove_folder(path: Path) -> None:
    """Removes a folder such that no half of it is ever seen under its name."""
    aside = Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
    path.rename(aside / path.name)
    shutil.rmtree(aside)


def remove_leftovers(path: Path) -> None:
    """Removes what killed processes left of `path`. Only who holds the lock for `path` may call it."""
    for leftover in path.parent.glob(f"{_prefix(path)}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _prefix(path: Path) -> str:
    return f".unfinished-{path.name}-"


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A new file beside `path`, for its owner only; gone on leaving, unless it was renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}-", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
