"""Tar and gzip files from strangers, read within the bounds of `archives.py`.

What breaks a rule is an `UnsafeArchive`; whatever the bytes are, nothing else is raised.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NoReturn, Self

from .archives import (
    CHUNK,
    DAMAGED,
    DENSE_BYTES,
    DENSE_RATIO,
    Bounds,
    checked_name,
    damaged,
    no_plain_file,
    too_large,
    too_many_files,
    two_of_one_name,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_TAR_HEADER: Final = 4096
"""Bytes of one extended header of a tar: a name has at most 512, and a few attributes stand beside it."""
_TAR_HEADERS: Final = 2**18
"""Bytes of all of them together. Some Pythons take time for one by the square of its length."""


def read_tar(archive: bytes, bounds: Bounds) -> dict[str, bytes]:
    """The regular files of a tar or tar.gz by checked name, read forward once within the bounds."""
    try:
        plain = _plain_tar_info()
        with tarfile.open(
            fileobj=_expanded(archive, bounds), mode="r|", errorlevel=2, tarinfo=plain
        ) as opened:
            return dict(_tar_members(opened, bounds))
    except DAMAGED as error:
        raise damaged("tar") from error


def begins_tar(start: bytes) -> bool:
    """Whether a file with these first 512 bytes is a tar archive: its first header has the right checksum."""
    try:
        tarfile.TarInfo.frombuf(start[:512], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def start_of_gzip(archive: bytes, size: int = 512) -> bytes:
    """The first bytes of what a gzip file holds. Raises UnsafeArchive."""
    _check_gzip_header(archive)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as opened:
            return opened.read(size)
    except DAMAGED as error:
        raise damaged("gzip") from error


def read_gzip(archive: bytes, bounds: Bounds) -> bytes:
    """What a gzip file holds, within the bounds. Raises UnsafeArchive."""
    try:
        with io.BufferedReader(_Expanding(archive, bounds), CHUNK) as opened:
            return opened.read()
    except DAMAGED as error:
        raise damaged("gzip") from error


def _plain_tar_info() -> type[tarfile.TarInfo]:
    """Members of one tar without sparse files, and with short extended headers: checked before they are read.

    `tarfile` reads extended headers before it shows a member, and the map of a sparse file is as long as its
    author likes.
    """
    left = [_TAR_HEADERS]

    class Plain(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            found = super().frombuf(buf, encoding, errors)
            if found.type == tarfile.GNUTYPE_SPARSE:
                raise no_plain_file()
            if found.type in _TAR_EXTENDED:
                left[0] -= found.size
                if not 0 <= found.size <= _TAR_HEADER or left[0] < 0:
                    raise damaged("tar")
            return found

        def _refuse_sparse(self, *_: object) -> NoReturn:
            raise no_plain_file()

        # Private, and the only places where the map of a sparse file is read from what a pax header names.
        _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse

    return Plain


_TAR_EXTENDED: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def _check_gzip_header(archive: bytes) -> None:
    """Refuses a file name or comment without an end in the header: `gzip` goes through it byte by byte."""
    at, flags = 10, archive[3] if len(archive) > 10 else 0
    if flags & 4:
        at += 2 + int.from_bytes(archive[at : at + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            end = archive.find(b"\0", at, at + _TAR_HEADER)
            if end < 0:
                raise damaged("gzip")
            at = end + 1


class _Expanding(io.RawIOBase):
    """A decompressed stream that ends in a refusal once it has given more than a model may hold."""

    def __init__(self, archive: bytes, bounds: Bounds) -> None:
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(archive))
        most = min(bounds.total_bytes, max(DENSE_BYTES, DENSE_RATIO * len(archive)))
        # Headers and padding come on top of what the files hold: 1 KiB and a block for each.
        self._left = most + bounds.members * 2_048

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        block = self._stream.read(min(len(view), CHUNK))
        self._left -= len(block)
        if self._left < 0:
            raise too_large()
        view[: len(block)] = block
        return len(block)


def _expanded(archive: bytes, bounds: Bounds) -> io.RawIOBase | io.BytesIO:
    if archive.startswith(b"\x1f\x8b"):
        return _Expanding(archive, bounds)
    return io.BytesIO(archive)


def _tar_members(opened: tarfile.TarFile, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    left = bounds.total_bytes
    for count, member in enumerate(opened):
        if count >= bounds.members:
            raise too_many_files(bounds)
        if member.isdir():
            continue
        name = checked_name(member.name)
        # A sparse member is "regular" to tarfile, yet a few bytes of it can declare terabytes.
        if not member.isreg() or member.issparse():
            raise no_plain_file()
        if name in seen:
            raise two_of_one_name()
        seen.add(name)
        left -= member.size
        if left < 0 or member.size < 0:
            raise too_large()
        stream = opened.extractfile(member)
        content = b"" if stream is None else stream.read()
        if len(content) != member.size:
            raise damaged("tar")
        yield name, content
