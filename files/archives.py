"""Zips from strangers, listed, read and unpacked within bounds; `tars.py` does that for tar and gzip.

What breaks a rule is an `UnsafeArchive`, with the sentence that its author reads; whatever the bytes are,
nothing else is raised but an OSError of the disk that is written to.
"""

from __future__ import annotations

import io
import re
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..errors import UnsafeArchive

MAX_MEMBERS: Final = 10_000
MAX_NAME: Final = 512
CHUNK: Final = 2**20
DENSE_BYTES: Final = 64 * 2**20
DENSE_RATIO: Final = 100
"""Beyond DENSE_BYTES, no trained model unpacks to more than so many times its size."""
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_LOCAL_HEADER: Final = 30
"""Bytes before a member of a zip, at least."""
DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
)
"""What reading a damaged archive raises. Running out of memory says nothing about the archive."""


@dataclass(frozen=True)
class Bounds:
    """How much one archive may hold."""

    total_bytes: int
    members: int = MAX_MEMBERS
    directory_bytes: int = 4 * 2**20
    """Of a zip's own list of its files."""


def list_zip(archive: bytes, bounds: Bounds) -> tuple[str, ...]:
    """The checked names of a zip's files. No member is decompressed."""
    try:
        with open_zip(io.BytesIO(archive), bounds) as opened:
            return tuple(_checked_members(opened, bounds))
    except DAMAGED as error:
        raise damaged("zip") from error


def read_zip(archive: bytes, bounds: Bounds) -> dict[str, bytes]:
    """A zip's regular files by checked name, decompressed within the bounds."""
    try:
        with open_zip(io.BytesIO(archive), bounds) as opened:
            members = _checked_members(opened, bounds)
            return {name: _read_member(opened, info) for name, info in members.items()}
    except DAMAGED as error:
        raise damaged("zip") from error


def open_zip(file: Path | io.BytesIO, bounds: Bounds) -> zipfile.ZipFile:
    """A zip whose directory is within the bounds. Raises UnsafeArchive, or one of DAMAGED."""
    raw: Any = file if isinstance(file, io.BytesIO) else io.FileIO(file)
    opened = _BoundedZip(raw, bounds.directory_bytes)
    try:
        _check_overlaps(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def unpack(opened: zipfile.ZipFile, targets: Iterable[tuple[zipfile.ZipInfo, Path]]) -> None:
    """Writes members to new files, each no larger than the directory declares it.

    Raises:
        UnsafeArchive: for a link or a locked file. One of DAMAGED: for damage, or a full disk.
    """
    for entry, target in targets:
        check_entry(entry)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with opened.open(entry) as stream, target.open("xb") as file:
            shutil.copyfileobj(stream, file, CHUNK)


def zip_folder(files: Mapping[str, bytes]) -> bytes:
    """One zip for one content: names sorted, dates and modes fixed, nothing compressed.

    The same files give the same bytes, whichever container they came in.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


_JOINERS: Final = "\u200c\u200d"
"""In names of Persian, Hindi and other scripts: they are not printable by themselves."""


def checked_name(name: str) -> str:
    """A member's name as a plain relative path with `/`; refused where it could lead anywhere else."""
    plain = name.replace("\\", "/")
    while plain.startswith("./"):
        plain = plain[2:]
    if len(plain) > MAX_NAME or any(len(part.encode(errors="replace")) > 255 for part in plain.split("/")):
        raise UnsafeArchive("archive_name", "The archive holds a file whose name is too long.")
    if not plain or not all(
        c.isprintable() or unicodedata.category(c) == "Zs" or c in _JOINERS for c in plain
    ):
        raise UnsafeArchive("archive_name", "The archive holds a file whose name is empty or not printable.")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/"):
        raise UnsafeArchive(
            "archive_escape", "The archive holds a path that leads out of it. Pack the folder again."
        )
    return str(PurePosixPath(plain))


class _Bounded(io.BufferedReader):
    """A file that refuses one huge read, which is how a zip's directory of millions of entries is read."""

    def __init__(self, raw: io.RawIOBase, limit: int) -> None:
        super().__init__(raw)
        self._limit = limit

    def read(self, size: int | None = -1, /) -> bytes:
        """At most the limit. Raises UnsafeArchive where more is asked for and is there."""
        wanted = self._limit + 1 if size is None or size < 0 else min(size, self._limit + 1)
        content = super().read(wanted)
        if len(content) > self._limit:
            raise UnsafeArchive("archive_members", "The archive lists far more files than a model has.")
        return content


class _BoundedZip(zipfile.ZipFile):
    """A zip read through a bounded file, which closes with it."""

    def __init__(self, file: io.RawIOBase, limit: int) -> None:
        self._bounded = _Bounded(file, limit)
        try:
            super().__init__(self._bounded)
        except BaseException:
            self._bounded.close()
            raise

    def close(self) -> None:
        super().close()
        self._bounded.close()


def _checked_members(opened: zipfile.ZipFile, bounds: Bounds) -> dict[str, zipfile.ZipInfo]:
    entries = opened.infolist()
    if len(entries) > bounds.members:
        raise too_many_files(bounds)
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = checked_name(entry.filename)
        if entry.filename.endswith(("/", "\\")):
            continue
        check_entry(entry)
        if name in members:
            raise two_of_one_name()
        members[name] = entry
    _check_size(members.values(), bounds)
    return members


def _check_overlaps(opened: zipfile.ZipFile) -> None:
    """Refuses a zip in which members share bytes: a few of them would unpack to any size.

    Source: D. Fifield, A better zip bomb, WOOT 2019. CPython looks at a member when it is read since 3.11.8.
    """
    entries = sorted(opened.infolist(), key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in entries[1:]), opened.start_dir]
    for entry, end in zip(entries, ends, strict=False):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > end:
            raise UnsafeArchive(
                "archive_overlap", "Files in the zip overlap, as no program packs them. Pack it again."
            )


def check_entry(entry: zipfile.ZipInfo) -> None:
    """Passes a regular file that can be read. Raises UnsafeArchive for links and locked files."""
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in (0, stat.S_IFREG):
        raise no_plain_file()
    if entry.flag_bits & _ENCRYPTED:
        raise UnsafeArchive("archive_encrypted", "The zip is locked with a password. Submit it without one.")
    if entry.compress_type not in _READABLE:
        raise UnsafeArchive(
            "archive_compression", "The zip is compressed in an unusual way. Pack it again as a plain zip."
        )


def _check_size(entries: Iterable[zipfile.ZipInfo], bounds: Bounds) -> None:
    total = packed = 0
    for entry in entries:
        total += entry.file_size
        packed += entry.compress_size
    if total > bounds.total_bytes:
        raise too_large()
    if total > DENSE_BYTES and total > DENSE_RATIO * packed:
        raise UnsafeArchive(
            "archive_bomb",
            "The archive unpacks to more than a hundred times its size, as no trained model does.",
        )


def _read_member(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Reads at most what the directory declared, which was checked against the bounds."""
    content = bytearray()
    with opened.open(entry) as stream:
        while block := stream.read(CHUNK):
            content += block
    return bytes(content)


def damaged(kind: str) -> UnsafeArchive:
    """What is said of one that is cut short; `kind` is "zip", "tar" or "gzip"."""
    return UnsafeArchive(
        "truncated_archive",
        f"The file begins like a {kind} archive, but it is cut short or damaged. "
        "Save or download it again, and compare its size.",
    )


def too_many_files(bounds: Bounds) -> UnsafeArchive:
    """What is said of one with more files than the bounds."""
    return UnsafeArchive(
        "archive_members", f"The archive holds more than {bounds.members:,} files; a model has a handful."
    )


def too_large() -> UnsafeArchive:
    """What is said of one that unpacks to more than the bounds."""
    return UnsafeArchive("archive_bomb", "The archive unpacks to more than a submission may hold.")


def two_of_one_name() -> UnsafeArchive:
    """What is said of one with two files of one name."""
    return UnsafeArchive("archive_duplicate", "The archive holds two files of one name. Pack it again.")


def no_plain_file() -> UnsafeArchive:
    """What is said of one with a link, a device or a sparse file."""
    return UnsafeArchive(
        "archive_link", "The archive holds a link or a special file. Pack the model's real files instead."
    )
