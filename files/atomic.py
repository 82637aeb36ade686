"""Files and folders that are there whole or not at all, whenever the process that writes them ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .locks import file_lock


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
