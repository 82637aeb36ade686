"""The door to the process that reads strangers' files: with limits on memory, time and size, for many files.

What a stranger wrote is recognised, unpacked and digested there (`reader_process.py`), never here. Here a
request is sent, an answer is checked field by field, and the process is ended that exceeds its limits; the
next file gets a new one. What a file does to it is that file's affair alone: `FailedToRead`.

Linux holds every limit; macOS those on time and file size, and memory as far as `files/confine.py` says.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...errors import FailedToRead, OurFault, UnsafeArchive
from ...files.text import SENTENCE_LIMIT, one_line
from ...sandbox.protocol.contract import ArtifactKind
from ...sandbox.protocol.frames import BadFrame, pack_frame, read_head

if TYPE_CHECKING:
    from .training_logs import Series

_PROCESS: Final = Path(__file__).with_name("reader_process.py")
_INHERITED: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_START_SECONDS: Final = 60.0
_BYTES_A_SECOND: Final = 2**22
"""What is unpacked from a cohort's zip may take a second more by the clock for so many bytes."""
_BYTES_A_SECOND_OF_CORE: Final = 2**24
_LIST_COSTS: Final = 2**28
"""Bytes that could be unpacked in the time that the longest list takes."""
_MOST_LIST: Final = 2**28
"""Bytes of the list of a zip, as it comes back."""
_MOST_LOG: Final = 2**24
_KEPT: Final = 2**25
"""Bytes that the spool keeps for the next file: setting memory aside takes longer than writing to it."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_MEMORY: Final = "takes more memory to read than a file of its size may"
_LOOK_AGAIN: Final = "Nothing is lost, and no attempt was used. Have a person look at this file."
"""What to do about a file that the process ended at."""


@dataclass(frozen=True)
class ReadArtifact:
    """What was read at a path. `kind` is None exactly where `refusal` tells why it cannot be graded."""

    kind: ArtifactKind | None
    artifact: bytes = field(repr=False)
    digest: str
    size: int
    inside: str
    refusal: tuple[str, str] | None


@dataclass(frozen=True)
class ZipMember:
    """One entry of a zip, to be unpacked into a new file."""

    entry: zipfile.ZipInfo
    place: int
    """In the zip's list."""
    target: Path


class Reader:
    """Reads files in a process of its own, one after the other, from any thread.

    Args:
        core_seconds: time of a core for one file; a large one gets a second more for each 32 MiB.
        clock_seconds: by the clock, for one file: many times as much, for slow disks and busy machines.
        process: the script that is run.
    """

    def __init__(
        self, core_seconds: float = 8.0, clock_seconds: float = 180.0, process: Path = _PROCESS
    ) -> None:
        self._core_seconds, self._clock_seconds, self._script = core_seconds, clock_seconds, process
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._spool = -1
        self._owner = 0

    def read(self, path: Path, limit: int) -> ReadArtifact:
        """Reads and recognises the file or folder at `path`, at most `limit` bytes of it.

        Raises:
            OSError: it does not exist, or may not be read.
            FailedToRead: the process ended at it, or exceeded its limits.
        """
        with self._lock:
            answer, artifact = self._ask("read", path, {"limit": limit}, limit * 2)
        try:
            kind = None if answer["kind"] is None else ArtifactKind(answer["kind"])
            refusal = _refusal(answer)
            size, digest, inside = answer["size"], answer["digest"], answer["inside"]
            sound = isinstance(size, int) and isinstance(inside, str) and _DIGEST.fullmatch(digest)
            if not sound or (kind is None) != (refusal is not None) or (kind and size != len(artifact)):
                raise ValueError("an answer that contradicts itself")
        except (KeyError, TypeError, ValueError) as error:
            raise self._not_understood(path) from error
        return ReadArtifact(kind, artifact, digest, size, inside, refusal)

    def read_log(self, path: Path) -> Series:
        """The series in a training log; none in a file that is no log.

        Raises:
            OSError: it does not exist, or may not be read.
            FailedToRead: the process ended at it, or exceeded its limits.
        """
        from .training_logs import finite_number  # few files are logs

        with self._lock:
            answer, content = self._ask("read_log", path, {}, _MOST_LOG)
        if answer.get("refusal") is not None:
            return {}
        try:
            return {
                str(name): [(int(step), finite_number(value)) for step, value in points]
                for name, points in json.loads(content).items()
            }
        except (AttributeError, TypeError, ValueError) as error:
            raise self._not_understood(path) from error

    def list_zip(self, path: Path, directory_bytes: int, members: int) -> list[zipfile.ZipInfo]:
        """A zip's list of its files, in its own order; names are not checked.

        Args:
            path: the zip.
            directory_bytes: as many its list may have.
            members: as many files it may list.

        Raises:
            OSError: it cannot be read.
            UnsafeArchive: it is damaged, or lists too much.
            FailedToRead: the process ended at it, or exceeded its limits.
        """
        values = {"directory_bytes": directory_bytes, "members": members}
        with self._lock:
            answer, listed = self._ask("list_zip", path, values, _MOST_LIST, _LIST_COSTS)
        _raise_refusal(answer)
        try:
            return [_entry(json.loads(line)) for line in listed.splitlines()]
        except (TypeError, ValueError, OverflowError) as error:
            raise self._not_understood(path) from error

    def unpack(self, path: Path, directory_bytes: int, members: Sequence[ZipMember]) -> None:
        """Unpacks entries of a zip to new files, each no larger than the list declares it.

        Raises:
            OSError: the zip cannot be read, or a file not be written.
            UnsafeArchive: it is damaged, holds a link or a locked file, or was changed since it was listed.
            FailedToRead: the process ended at it, or exceeded its limits.
        """
        files = [[each.entry.filename, each.place, _text(each.target)] for each in members]
        size = sum(each.entry.file_size for each in members)
        values = {"directory_bytes": directory_bytes, "files": files}
        with self._lock:
            answer, _ = self._ask("unpack", path, values, 0, size)
        _raise_refusal(answer)

    def close(self) -> None:
        """Ends the process. The next file gets a new one."""
        # At the end of the program, a thread that still reads must not hold it up.
        is_free = self._lock.acquire(timeout=1.0)
        try:
            self._end()
        finally:
            if is_free:
                self._lock.release()

    def _ask(
        self, verb: str, path: Path, values: Mapping[str, Any], most: int, size: int = 0
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to a request that writes `size` bytes, and what it left in the spool: at most `most`."""
        core_seconds = self._core_seconds + size / _BYTES_A_SECOND_OF_CORE
        seconds = self._clock_seconds + size / _BYTES_A_SECOND
        payload = json.dumps({"path": _text(path), "seconds": core_seconds, **values}).encode("ascii")
        process = self._running()
        deadline = time.monotonic() + seconds
        try:
            try:
                _send(process, pack_frame({"verb": verb}, payload), deadline)
                answer = _receive(process, deadline)
            except (OSError, EOFError) as error:
                raise self._ended(path, seconds, process, error) from error
            except BadFrame as error:
                raise self._not_understood(path) from error
            written = answer.pop("written", 0)
            if answer.get("exceeded") == "memory":
                raise _failed(path, _MEMORY)
            if "fault" in answer:
                raise _failed(path, f"is a file that tfprep failed to read: {one_line(answer['fault'])}")
            if "errno" in answer:
                number = answer["errno"] if isinstance(answer["errno"], int) else 0
                raise OSError(number, os.strerror(number))
            if not isinstance(written, int) or not 0 <= written <= most:
                raise self._not_understood(path)
            content = _read_all(self._spool, written)
            if len(content) != written:
                raise self._not_understood(path)
        except OSError:
            raise
        except BaseException:
            # Also on Ctrl-C: a process in the middle of an answer cannot take the next request.
            self._end()
            raise
        return answer, content

    def _running(self) -> subprocess.Popen[bytes]:
        """The process; a new one where there is none. Raises OurFault."""
        if self._owner != os.getpid():
            self._process = None  # It belongs to the process that this one is a fork of.
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        try:
            self._spool = _make_spool()
            self._process = process = _start(self._script, self._spool)
            self._owner = os.getpid()
            _receive(process, time.monotonic() + _START_SECONDS)
        except (OSError, EOFError, BadFrame) as error:
            self._end()
            raise OurFault(
                f"The process that reads files could not be started: {one_line(str(error))}",
                "Free some memory or disk space, and run this again.",
            ) from error
        return process

    def _ended(
        self, path: Path, seconds: float, process: subprocess.Popen[bytes], error: Exception
    ) -> FailedToRead:
        """How the process ended at a file, in a sentence."""
        if isinstance(error, TimeoutError):
            return _failed(path, f"was not read within {seconds:.0f} seconds")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        status = process.returncode
        if status == -signal.SIGXCPU:
            return _failed(path, "takes more time to read than a file may")
        from ...files.confine import TOO_MUCH_MEMORY  # hardly ever

        if status == TOO_MUCH_MEMORY:
            return _failed(path, _MEMORY)
        how = "" if status is None else f" (status {status})"
        return _failed(path, f"ended the process that was reading it{how}")

    def _not_understood(self, path: Path) -> FailedToRead:
        self.close()
        return _failed(path, "made the process that reads files answer what tfprep does not understand")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        spool, self._spool = self._spool, -1
        if spool >= 0:
            os.close(spool)


READER: Final = Reader()
"""The one of this process."""
atexit.register(READER.close)


def _start(script: Path, spool: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", str(script), str(spool)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={name: os.environ[name] for name in _INHERITED if name in os.environ},
        bufsize=0,
        pass_fds=(spool,),
        # A session of its own: Ctrl-C reaches the host only, which then ends the process.
        start_new_session=True,
    )


def _make_spool() -> int:
    """The descriptor of a file without a name: in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("tfprep-reader")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _send(process: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    pipe = _descriptor(process.stdin)
    os.set_blocking(pipe, False)
    view = memoryview(data)
    while view:
        _, ready, _ = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        with contextlib.suppress(BlockingIOError):
            view = view[os.write(pipe, view) :]


def _receive(process: subprocess.Popen[bytes], deadline: float) -> dict[str, Any]:
    header, _ = read_head(partial(_exactly, _descriptor(process.stdout), deadline), 0)
    return header


def _exactly(pipe: int, deadline: float, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(pipe, count - len(data))
        if not chunk:
            raise EOFError("it ended")
        data += chunk
    return bytes(data)


def _descriptor(pipe: Any) -> int:
    return int(pipe.fileno())


def _read_all(spool: int, size: int) -> bytes:
    parts, at = [], 0
    while at < size:
        part = os.pread(spool, min(size - at, 2**30), at)
        if not part:
            break
        parts.append(part)
        at += len(part)
    if size > _KEPT:
        os.ftruncate(spool, 0)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _text(path: Path) -> str:
    """A whole path, byte for byte, as the process reads it: in UTF-8, whatever this one's locale is."""
    return os.fsencode(Path.cwd() / path).decode("utf-8", "surrogateescape")


def _refusal(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    """The code and the sentence in an answer; None where there is none. Raises TypeError, ValueError."""
    found = answer.get("refusal")
    if found is None:
        return None
    code, message = found
    if not isinstance(message, str) or not _CODE.fullmatch(code):
        raise ValueError("no refusal")
    return code, one_line(message, SENTENCE_LIMIT)


def _raise_refusal(answer: Mapping[str, Any]) -> None:
    refusal = _refusal(answer)
    if refusal is not None:
        raise UnsafeArchive(*refusal)


def _entry(values: Any) -> zipfile.ZipInfo:
    """An entry of a zip's list. Raises TypeError, ValueError."""
    name, file_size, compress_size, date_time, flag_bits, external_attr, compress_type = values
    numbers = (file_size, compress_size, flag_bits, external_attr, compress_type, *date_time)
    if not isinstance(name, str) or not all(isinstance(each, int) and each >= 0 for each in numbers):
        raise TypeError("no entry of a zip")
    entry = zipfile.ZipInfo(name)
    entry.filename = name
    entry.date_time = (*date_time,)[:6]
    entry.file_size, entry.compress_size, entry.flag_bits = file_size, compress_size, flag_bits
    entry.external_attr, entry.compress_type = external_attr, compress_type
    return entry


def _failed(path: Path, what: str) -> FailedToRead:
    return FailedToRead(f"{one_line(path.name or str(path))!r} {what}.", _LOOK_AGAIN)
