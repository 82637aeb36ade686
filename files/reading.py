"""Reading a stranger's file or folder once: no links, no pipes, no devices, nothing endless.

What is read is what was opened: the check looks at the open file, so swapping the path afterwards changes
nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .archives import MAX_MEMBERS, checked_name

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_DEPTH: Final = 20
"""Folders below one another. A SavedModel has two; a thousand would exhaust the walk."""


class NotRegular(Exception):
    """A link, pipe, socket, device or folder where a file was expected."""


class TooLarge(Exception):
    """More bytes than a submission may have."""


@dataclass(frozen=True)
class FolderContent:
    """A folder's files by relative path, and what its parts are called, for the sentence when none fits."""

    files: dict[str, bytes]
    names: tuple[str, ...]


def read_file(path: Path, limit: int, inside: int | None = None) -> bytes:
    """The bytes of a regular file, read once. `inside` is the open folder that `path` is relative to.

    Raises:
        NotRegular: for anything that is not a regular file, symbolic links included.
        TooLarge: beyond `limit` bytes.
        OSError: where it does not exist or may not be read.
    """
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    try:
        descriptor = os.open(path, _FLAGS, dir_fd=inside)
    except OSError as error:
        # It was a link, whatever stands there by now.
        was_link = error.errno == errno.ELOOP
        if not was_link and stat.S_ISREG(os.stat(path, dir_fd=inside, follow_symlinks=False).st_mode):
            raise
        raise NotRegular(str(path)) from error
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular(str(path))
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise TooLarge
    return content


def read_folder(folder: Path, wanted: frozenset[str], limit: int) -> FolderContent:
    """The files of `folder` below the entries named in `wanted`, and the names of all its entries.

    Raises:
        NotRegular: where a wanted entry is or holds a link, a pipe or a device.
        TooLarge: beyond `limit` bytes together, or too many files.
        OSError: where something may not be read.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        names = _names(descriptor)
        files: dict[str, bytes] = {}
        for name, inside, shown in _walk(descriptor, sorted(wanted.intersection(names))):
            if len(files) >= MAX_MEMBERS:
                raise TooLarge
            content = files[checked_name(shown)] = read_file(Path(name), limit, inside=inside)
            limit -= len(content)
        return FolderContent(files, names)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names(descriptor: int) -> tuple[str, ...]:
    with os.scandir(descriptor) as entries:
        names = [entry.name for _, entry in zip(range(MAX_MEMBERS), entries, strict=False)]
    return tuple(sorted(names))


def _walk(root: int, wanted: list[str]) -> Iterator[tuple[str, int, str]]:
    """(name, open folder, relative path) of each file, never following a link out of `root`."""
    for name in wanted:
        if not stat.S_ISDIR(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode):
            yield name, root, name
            continue
        for below, folders, names, inside in os.fwalk(name, dir_fd=root, onerror=_give_up):
            if below.count("/") > _DEPTH:
                raise TooLarge
            for folder in folders:
                if stat.S_ISLNK(os.stat(folder, dir_fd=inside, follow_symlinks=False).st_mode):
                    raise NotRegular(folder)
            folders.sort()
            for file in sorted(names):
                yield file, inside, f"{below}/{file}"


def _give_up(error: OSError) -> None:
    raise error
