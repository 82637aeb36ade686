"""Reads the file or folder at a path, once, and recognises it. It runs in the reader's process."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ...errors import NotAModel, UnsafeArchive
from ...files.reading import FolderContent, NotRegular, TooLarge, copy_file, read_folder
from ...sandbox.protocol import file_formats
from ...sandbox.protocol.contract import ArtifactKind
from .model_names import KERAS_ENTRIES, SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE, is_keras_folder
from .recognition import Recognised, listed, recognise, recognise_folder

_CHUNK: Final = 2**28


@dataclass(frozen=True)
class Reading:
    """What was read at a path. `kind` is None exactly where `refusal` tells why it cannot be graded."""

    kind: ArtifactKind | None
    digest: str
    """sha256 of the artifact, or of what was read of it, in hex."""
    size: int
    """Bytes of the same."""
    inside: str = ""
    """The name of the one model in an archive that was taken out of it; empty for everything else."""
    refusal: tuple[str, str] | None = None
    """A code, and the sentence that its author reads."""


def read_path(path: Path, limit: int, spool: int) -> Reading:
    """Reads and recognises the file or folder at `path`, at most `limit` bytes of it.

    `spool` is an open file that begins with the artifact then, as the sandbox is given it; without one it
    holds anything.

    Raises:
        OSError: it does not exist, or may not be read.
    """
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return _recognise_folder(_read_folder(path, limit), spool)
        size, digest = copy_file(path, spool, limit)
    except (NotAModel, NotRegular, TooLarge, UnsafeArchive) as error:
        return _refused(_reason(error, limit), b"")
    # What lies behind these bytes in the spool is another file's.
    if os.pread(spool, min(size, len(file_formats.HDF5)), 0) == file_formats.HDF5:
        return Reading(ArtifactKind.H5, digest, size)
    content = os.pread(spool, size, 0)
    try:
        found = recognise(content, path.name, limit)
    except NotAModel as error:
        return Reading(None, digest, size, refusal=(error.code, error.message))
    if found.artifact is content:
        return Reading(found.kind, digest, size)
    return _keep(found, spool)


def _recognise_folder(content: FolderContent, spool: int) -> Reading:
    try:
        return _keep(recognise_folder(content.files, content.names), spool)
    except NotAModel as error:
        names = "\0".join(content.names).encode(errors="replace")
        refused = _refused((error.code, error.message), names)
        return replace(refused, size=sum(map(len, content.files.values())))


def _keep(found: Recognised, spool: int) -> Reading:
    at, view = 0, memoryview(found.artifact)
    while at < len(view):
        at += os.pwrite(spool, view[at : at + _CHUNK], at)
    return Reading(found.kind, hashlib.sha256(view).hexdigest(), len(view), found.inside)


def _refused(refusal: tuple[str, str], content: bytes) -> Reading:
    return Reading(None, hashlib.sha256(content).hexdigest(), len(content), refusal=refusal)


def _reason(error: Exception, limit: int) -> tuple[str, str]:
    """The code and the sentence for what cannot be read at all."""
    if isinstance(error, NotAModel | UnsafeArchive):
        return error.code, error.message
    if isinstance(error, TooLarge):
        most = f"{limit // 2**20:,} MiB a submission may have"
        return "too_large", f"This is larger than the {most}, or has too many files."
    what = "A link, pipe or device cannot be submitted."
    return "not_a_file", f"{what} Submit the file or folder itself, without links."


def _read_folder(folder: Path, limit: int) -> FolderContent:
    """The SavedModel or unpacked .keras file in `folder`, or in the only sub-folder of it that is one."""
    content = read_folder(folder, _entries_of(folder), limit)
    if SAVED_MODEL_FILE in content.files or is_keras_folder(content.names):
        return content
    below = [name for name in content.names if (folder / name).is_dir() and _entries_of(folder / name)]
    if len(below) > 1:
        raise NotAModel(
            "several_models", f"This holds more than one model: {listed(below)}. Submit one of them alone."
        )
    return read_folder(folder / below[0], _entries_of(folder / below[0]), limit) if below else content


def _entries_of(folder: Path) -> frozenset[str]:
    """The entries of a folder that are a model: of a SavedModel, or of an unpacked .keras file; else none."""
    if os.path.lexists(folder / SAVED_MODEL_FILE):
        return SAVED_MODEL_ENTRIES
    names = [name for name in KERAS_ENTRIES if os.path.lexists(folder / name)]
    return KERAS_ENTRIES if is_keras_folder(names) else frozenset()
