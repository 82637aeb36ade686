"""Reads the file or folder at a path, once, and recognises it. It runs in the reader's process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from ...errors import NotAModel, UnsafeArchive
from ...files.reading import FolderContent, NotRegular, TooLarge, copy_file, read_folder
from ...sandbox.protocol import file_formats
from ...sandbox.protocol.contract import ArtifactKind
from .candidates import KERAS_ENTRIES, SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE, is_keras_folder, is_model_name
from .recognition import Recognised, recognise, recognise_folder, several_models

_CHUNK: Final = 2**28
_DEPTH: Final = 12
"""Folders below one another that are looked through for a model."""
_MOST_ENTRIES: Final = 20_000
_NOT_ENTERED: Final = frozenset({"__MACOSX", "__pycache__", "site-packages", "node_modules"})


@dataclass(frozen=True)
class ArtifactSummary:
    """What was read at a path. `kind` is None exactly where `refusal` tells why it cannot be graded."""

    kind: ArtifactKind | None
    digest: str
    """sha256 of the artifact, or of what was read of it, in hex."""
    size: int
    """Bytes of the same."""
    inside: str = ""
    """The name of the one model in an archive or a folder that was taken out of it; else empty."""
    refusal: tuple[str, str] | None = None
    """A code, and the sentence that its author reads."""


def read_path(path: Path, limit: int, spool: int) -> ArtifactSummary:
    """Reads and recognises the file or folder at `path`, at most `limit` bytes of it.

    `spool` is an open file that begins with the artifact then, as the sandbox is given it; without one it
    holds anything.

    Raises:
        OSError: it does not exist, or may not be read.
    """
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            place = _model_within(path)
            if not stat.S_ISREG(os.lstat(place).st_mode):
                return _recognise_folder(read_folder(place, _entries_of(place), limit), spool)
            inside, path = place.relative_to(path).as_posix(), place
        else:
            inside = ""
        found = _read_file(path, limit, spool)
    except (NotAModel, NotRegular, TooLarge, UnsafeArchive) as error:
        return _refused(_reason(error, limit), b"")
    return replace(found, inside="/".join(filter(None, (inside, found.inside))))


def _read_file(path: Path, limit: int, spool: int) -> ArtifactSummary:
    size, digest = copy_file(path, spool, limit)
    # What lies behind these bytes in the spool is another file's.
    if os.pread(spool, min(size, len(file_formats.HDF5)), 0) == file_formats.HDF5:
        return ArtifactSummary(ArtifactKind.H5, digest, size)
    content = os.pread(spool, size, 0)
    try:
        found = recognise(content, path.name, limit)
    except NotAModel as error:
        return ArtifactSummary(None, digest, size, refusal=(error.code, error.message))
    if found.artifact is content:
        return ArtifactSummary(found.kind, digest, size)
    return _keep(found, spool)


def _recognise_folder(content: FolderContent, spool: int) -> ArtifactSummary:
    try:
        return _keep(recognise_folder(content.files, content.names), spool)
    except NotAModel as error:
        names = "\0".join(content.names).encode(errors="replace")
        refused = _refused((error.code, error.message), names)
        return replace(refused, size=sum(map(len, content.files.values())))


def _keep(found: Recognised, spool: int) -> ArtifactSummary:
    at, view = 0, memoryview(found.artifact)
    while at < len(view):
        at += os.pwrite(spool, view[at : at + _CHUNK], at)
    return ArtifactSummary(found.kind, hashlib.sha256(view).hexdigest(), len(view), found.inside)


def _refused(refusal: tuple[str, str], content: bytes) -> ArtifactSummary:
    return ArtifactSummary(None, hashlib.sha256(content).hexdigest(), len(content), refusal=refusal)


def _reason(error: Exception, limit: int) -> tuple[str, str]:
    """The code and the sentence for what cannot be read at all."""
    if isinstance(error, NotAModel | UnsafeArchive):
        return error.code, error.message
    if isinstance(error, TooLarge):
        most = f"{limit // 2**20:,} MiB a submission may have"
        return "too_large", f"This is larger than the {most}, or has too many files."
    what = "A link, pipe or device cannot be submitted."
    return "not_a_file", f"{what} Submit the file or folder itself, without links."


def _model_within(folder: Path) -> Path:
    """The one model in a folder: itself, a folder or a file below it; the folder itself where there is none.

    Raises:
        NotAModel: it holds several.
    """
    if _entries_of(folder):
        return folder
    found = list(islice(_models_below(folder), 2))
    if len(found) > 1:
        raise several_models(each.relative_to(folder).as_posix() for each in _models_below(folder))
    return found[0] if found else folder


def _models_below(folder: Path) -> Iterator[Path]:
    """The models in a folder and below it, without what is hidden; no link is followed."""
    waiting, left = deque([(folder, 0)]), _MOST_ENTRIES
    while waiting and left > 0:
        place, depth = waiting.popleft()
        with contextlib.suppress(OSError), os.scandir(place) as opened:
            entries = sorted(islice(opened, left), key=lambda entry: entry.name)
            left -= len(entries)
            for entry in entries:
                path = Path(entry.path)
                if entry.name.startswith(".") or entry.name in _NOT_ENTERED:
                    continue
                if entry.is_file(follow_symlinks=False):
                    if is_model_name(entry.name):
                        yield path
                elif entry.is_dir(follow_symlinks=False):
                    if _entries_of(path):
                        yield path
                    elif depth < _DEPTH:
                        waiting.append((path, depth + 1))


def _entries_of(folder: Path) -> frozenset[str]:
    """The entries of a folder that are a model: of a SavedModel, or of an unpacked .keras file; else none."""
    if os.path.lexists(folder / SAVED_MODEL_FILE):
        return SAVED_MODEL_ENTRIES
    names = [name for name in KERAS_ENTRIES if os.path.lexists(folder / name)]
    return KERAS_ENTRIES if is_keras_folder(names) else frozenset()
