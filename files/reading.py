"""Reading a stranger's file or folder once: no links, no pipes, no devices, nothing endless.

What is read is what was opened: the check looks at the open file, so swapping the path afterwards changes
nothing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_CHUNK: Final = 2**24
_BLOCK: Final = 2**18
_DEPTH: Final = 20
"""Folders below one another. A SavedModel has two; a thousand would exhaust the walk."""


MAX_MEMBERS: Final = 10_000
"""Files of one folder."""


class NotRegular(Exception):
    """A link, pipe, socket, device or folder where a file was expected."""


class TooLarge(Exception):
    """More bytes than a submission may have."""


NOT_READ: Final = (NotRegular, TooLarge, OSError, ValueError)
"""What reading a small file of text raises, and its decoding."""


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
    with open_regular(path, limit, inside) as (opened, size):
        # Python sets as much memory aside as is asked for.
        content = opened.read(size + 1)
        while len(content) <= limit and (more := opened.read(_CHUNK)):
            content += more  # It grows meanwhile.
    if len(content) > limit:
        raise TooLarge
    return content


def read_start(path: Path, size: int) -> bytes:
    """The first bytes of a regular file; none of a link, a pipe, or what cannot be read."""
    try:
        with open_regular(path) as (opened, _):
            return opened.read(size)
    except (NotRegular, OSError):
        return b""


def copy_file(path: Path, target: int, limit: int) -> tuple[int, str]:
    """Copies a regular file, read once, to the beginning of an open file.

    Returns:
        Its length in bytes, and its sha256 in hex.

    Raises:
        NotRegular, TooLarge, OSError: as `read_file`.
    """
    digest, at, block = hashlib.sha256(), 0, memoryview(bytearray(_BLOCK))
    with open_regular(path, limit) as (opened, _):
        while count := opened.readinto(block):
            if at + count > limit:
                raise TooLarge
            digest.update(block[:count])
            written = 0
            while written < count:
                written += os.pwrite(target, block[written:count], at + written)
            at += count
    return at, digest.hexdigest()


@contextmanager
def open_regular(
    path: Path, limit: int = sys.maxsize, inside: int | None = None
) -> Iterator[tuple[io.FileIO, int]]:
    """A regular file, opened to be read, and its size in bytes. Raises as `read_file`."""
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    try:
        descriptor = os.open(path, _FLAGS, dir_fd=inside)
    except OSError as error:
        # It was a link, whatever stands there by now.
        was_link = error.errno == errno.ELOOP
        if not was_link and stat.S_ISREG(os.stat(path, dir_fd=inside, follow_symlinks=False).st_mode):
            raise
        raise NotRegular(str(path)) from error
    with io.FileIO(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular(str(path))
        if status.st_size > limit:
            raise TooLarge
        yield opened, status.st_size


def read_folder(folder: Path, wanted: frozenset[str], limit: int) -> FolderContent:
    """The files of `folder` below the entries named in `wanted`, and the names of all its entries.

    Raises:
        NotRegular: where a wanted entry is or holds a link, a pipe or a device.
        TooLarge: beyond `limit` bytes together, or too many files.
        OSError: where something may not be read.
    """
    from .archives import checked_name

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
