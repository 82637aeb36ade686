"""What the reader's process does for each request: see `reader_process.py`."""

from __future__ import annotations

import csv
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from ...errors import UnsafeArchive
from ...files.archives import DAMAGED, DENSE_BYTES, DENSE_RATIO, Bounds, open_zip, unpack
from ...files.confine import Confinement
from ...files.reading import NotRegular, TooLarge
from ...files.text import SENTENCE_LIMIT, one_line
from ...sandbox.protocol.frames import pack_head, read_head
from .read_path import read_path

_MOST_FILE: Final = 2**40
_BASE: Final = 192 * 2**20
"""Bytes of memory for one file, beside its content."""
_LIST: Final = 2**30
"""Bytes of memory for the list of a cohort's zip."""
_BYTES_A_SECOND: Final = 2**25
"""Of a file: a large one may take so much more time of a core."""
_LOG: Final = 2**29
"""Bytes of memory for a training log."""
_MOST: Final = 3 * 2**30
_MOST_REQUEST: Final = 2**26
_FIELD: Final = struct.Struct("<HH")
"""The head of an extra field: its kind, and its size."""
_PATH_HEAD: Final = struct.Struct("<BL")
"""The head of a Unicode path: its version, and the CRC-32 of the name that it is for."""
_UNICODE_PATH: Final = 0x7075
_IS_UTF8: Final = 0x800
_LONGEST_PATH: Final = 4_096

Answer = dict[str, Any]


class _Verbs:
    """Answers requests. `spool` is the descriptor for what does not fit into an answer."""

    def __init__(self, spool: int) -> None:
        self._spool = spool
        self._confinement = Confinement(_MOST_FILE, _MOST)
        self._zip: tuple[tuple[int, ...], zipfile.ZipFile] | None = None
        self.by_name: Mapping[str, Callable[..., Answer]] = {
            "read": self.read,
            "read_log": self.read_log,
            "list_zip": self.list_zip,
            "unpack": self.unpack,
        }
        self.written = 0
        """Bytes at the beginning of the spool that belong to the answer."""

    def read(self, path: str, seconds: float, limit: int) -> Answer:
        """Reads and recognises a file or folder; its artifact goes into the spool."""
        found = os.lstat(path)
        size = min(limit, found.st_size) if stat.S_ISREG(found.st_mode) else limit
        unpacked = min(limit, max(DENSE_BYTES, DENSE_RATIO * size))
        self._confinement.allow(_BASE + size + unpacked * 5 // 2, seconds + size / _BYTES_A_SECOND)
        reading = read_path(Path(path), limit, self._spool)
        self.written = 0 if reading.kind is None else reading.size
        return {
            "kind": reading.kind,
            "digest": reading.digest,
            "size": reading.size,
            "inside": reading.inside,
            "refusal": None if reading.refusal is None else list(reading.refusal),
        }

    def read_log(self, path: str, seconds: float) -> Answer:
        """The series in a training log."""
        from .training_logs import read_log  # few files are logs

        self._confinement.allow(_LOG, seconds)
        try:
            self._write(json.dumps(read_log(Path(path))).encode("ascii"))
        except (NotRegular, TooLarge, ValueError, RecursionError, csv.Error) as error:
            return _refusal("no_log", str(error))
        return {}

    def list_zip(self, path: str, seconds: float, directory_bytes: int, members: int) -> Answer:
        """A zip's list of its files, in its own order."""
        self._confinement.allow(_LIST, seconds)
        entries = self._open(path, Bounds(0, directory_bytes=directory_bytes)).infolist()
        if len(entries) > members:
            return _refusal("archive_members", f"It lists more than {members:,} files.")
        self._write("".join(f"{json.dumps(_described(entry))}\n" for entry in entries).encode("ascii"))
        return {}

    def unpack(
        self, path: str, seconds: float, directory_bytes: int, files: list[tuple[str, int, str]]
    ) -> Answer:
        """Unpacks members, each given by its name, its place in the list, and the path of a new file."""
        self._confinement.allow(_LIST, seconds)
        opened = self._open(path, Bounds(0, directory_bytes=directory_bytes))
        entries = opened.infolist()
        chosen = []
        for name, place, target in files:
            if not 0 <= place < len(entries) or _name_of(entries[place])[0] != name:
                return _refusal("archive_changed", "The zip was changed meanwhile.")
            chosen.append((entries[place], Path(target)))
        unpack(opened, chosen)
        return {}

    def _open(self, path: str, bounds: Bounds) -> zipfile.ZipFile:
        """A zip; the one of the request before, where it is still the same file."""
        found = Path(path).stat()
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, bounds.directory_bytes)
        if self._zip is None or self._zip[0] != key:
            if self._zip is not None:
                self._zip[1].close()
                self._zip = None
            self._zip = key, open_zip(Path(path), bounds)
        return self._zip[1]

    def _write(self, content: bytes) -> None:
        """Puts content into the spool in place of what is there."""
        at, view = 0, memoryview(content)
        while at < len(view):
            at += os.pwrite(self._spool, view[at : at + 2**30], at)
        self.written = len(view)


def serve(spool: int, host: int) -> None:
    """Answers the host until it closes the pipe, or has ended."""
    requests, answers = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    verbs = _Verbs(spool)
    _send(answers, {"ready": True})
    while os.getppid() == host and requests.peek(1):
        header, length = read_head(lambda count: _exactly(requests, count), _MOST_REQUEST)
        values = json.loads(_exactly(requests, length))
        verbs.written = 0
        answer = _answer(verbs, header["verb"], values)
        _send(answers, {**answer, "written": verbs.written})


def _answer(verbs: _Verbs, verb: str, values: Mapping[str, Any]) -> Answer:
    try:
        return verbs.by_name[verb](**values)
    except MemoryError:
        return {"exceeded": "memory"}
    except UnsafeArchive as error:
        return _refusal(error.code, error.message)
    except OSError as error:
        return {"errno": error.errno or 0}
    except Exception as error:  # noqa: BLE001 a file that our own code fails at must not end the others
        if verb in {"list_zip", "unpack"} and isinstance(error, DAMAGED):
            return _refusal("truncated_archive", one_line(str(error), SENTENCE_LIMIT))
        return {"fault": f"{type(error).__name__} in {_place(error)}"}


def _place(error: BaseException) -> str:
    """File and line of the innermost frame; nothing of what the file holds."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _refusal(code: str, message: str) -> Answer:
    return {"refusal": [code, message]}


def _name_of(entry: zipfile.ZipInfo) -> tuple[str, int]:
    """A member's name, and its flags: those of a name in UTF-8 where the zip has that one beside the other.

    Source: APPNOTE.TXT of PKWARE, 4.6.9 (Info-ZIP Unicode Path Extra Field). It counts while the name that it
    was made for still stands there, of which it holds the CRC.
    """
    extra, flags = entry.extra, entry.flag_bits
    while len(extra) >= _FIELD.size:
        kind, size = _FIELD.unpack_from(extra)
        field, extra = extra[_FIELD.size : _FIELD.size + size], extra[_FIELD.size + size :]
        if kind == _UNICODE_PATH and _PATH_HEAD.size < len(field) == size <= _LONGEST_PATH:
            version, crc = _PATH_HEAD.unpack_from(field)
            try:
                name = entry.orig_filename.encode("utf-8" if flags & _IS_UTF8 else "cp437")
                if version == 1 and zlib.crc32(name) == crc:
                    return field[_PATH_HEAD.size :].decode("utf-8"), flags | _IS_UTF8
            except UnicodeError:
                break
    return entry.filename, flags


def _described(entry: zipfile.ZipInfo) -> list[Any]:
    name, flags = _name_of(entry)
    return [
        name,
        entry.file_size,
        entry.compress_size,
        list(entry.date_time),
        flags,
        entry.external_attr,
        entry.compress_type,
    ]


def _send(answers: IO[bytes], answer: Answer) -> None:
    answers.write(pack_head(answer, 0))
    answers.flush()


def _exactly(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) != count:
        raise EOFError("the host has ended")
    return content
