"""A pack: the part of an edition that everybody may have, as one zip that a mentor hands out.

pack.json                       what it is, and the size and sha256 of every file of the edition in it
problem3_flowers/               statement.md, starter.py and data/: unpacked, it is ready to work in
check/questions, check/answers  the validation part and a sample of the training data, for `tfprep check`

Nothing of the hidden part is in it, not even the names of its files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..errors import BadData, UnknownProblem
from .catalogue import find
from .dataset import MANIFEST, PUBLIC, Dataset, public_manifest
from .problem import Problem

PACK_NOTE: Final = "pack.json"
VERSION: Final = 1
_NOTE_BYTES: Final = 64 * 2**20
_TOTAL_BYTES: Final = 16 * 2**30
_CHUNK: Final = 2**20
_EXTRAS: Final = ("statement.md", "starter.py")
_BROKEN: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    EOFError,
)


def write_pack(dataset: Dataset, cohort: str, target: Path) -> None:
    """Writes the pack of an edition for the learners of a cohort: whole, or not at all."""
    note = public_manifest(dataset, f"hand-out of {cohort}")
    problem = dataset.problem
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _EXTRAS:
                archive.write(problem.folder / name, f"{problem.folder.name}/{name}")
            for name in note["files"]:
                archive.write(dataset.folder / name, _place(problem, name))
            about = {"pack": VERSION, "cohort": cohort, "whole": dataset.fingerprint, "dataset": note}
            archive.writestr(PACK_NOTE, json.dumps(about, indent=1))
        Path(aside).chmod(0o644)
        Path(aside).replace(target)
    finally:
        Path(aside).unlink(missing_ok=True)


def is_pack(path: Path) -> bool:
    """Whether a file is a pack, by what is in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return PACK_NOTE in archive.namelist()
    except (*_BROKEN, NotImplementedError):
        return False


def problem_of(pack: Path) -> Problem:
    """The problem that a pack is for. Raises BadData where it cannot be read."""
    with _opened(pack) as (_, about):
        return _problem(about)


@contextmanager
def unpacked(pack: Path) -> Iterator[Path]:
    """The edition in a pack, as a folder that lasts as long as the context. Raises BadData."""
    with tempfile.TemporaryDirectory(prefix="tfprep-pack-") as scratch:
        folder = Path(scratch)
        with _opened(pack) as (archive, about):
            _unpack(archive, about, folder)
        yield folder


def _unpack(archive: zipfile.ZipFile, about: Mapping[str, Any], folder: Path) -> None:
    note, problem = about["dataset"], _problem(about)
    files: Mapping[str, Any] = note["files"]
    sizes = [int(size) for size, _ in files.values()]
    total = sum(sizes)
    if min(sizes, default=0) < 0:
        raise ValueError("it lists a file of less than nothing")
    if total > _TOTAL_BYTES or total > shutil.disk_usage(folder).free:
        raise ValueError(f"it unpacks to {total / 2**30:.1f} GiB, for which there is no room")
    for name, (size, digest) in files.items():
        _check_name(name)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with archive.open(_place(problem, name)) as stream, target.open("xb") as file:
            _copy(stream, file, name, int(size), digest)
    (folder / MANIFEST).write_text(json.dumps(note), encoding="utf-8")


def _copy(stream: Any, file: Any, name: str, size: int, digest: str) -> None:
    """Copies exactly what the note promises."""
    whole = hashlib.sha256()
    left = size
    while block := stream.read(min(_CHUNK, left + 1)):
        left -= len(block)
        if left < 0:
            break
        whole.update(block)
        file.write(block)
    if left or whole.hexdigest() != digest:
        raise ValueError(f"{name} is not what its note says")


@contextmanager
def _opened(pack: Path) -> Iterator[tuple[zipfile.ZipFile, Mapping[str, Any]]]:
    try:
        with zipfile.ZipFile(pack) as archive:
            with archive.open(PACK_NOTE) as stream:
                content = stream.read(_NOTE_BYTES + 1)
            if len(content) > _NOTE_BYTES:
                raise ValueError("its note has no end")
            about = json.loads(content)
            if about["pack"] != VERSION:
                raise ValueError("another version of tfprep made it")
            yield archive, about
    except (*_BROKEN, NotImplementedError, RecursionError) as error:
        raise BadData(
            f"{pack} is no hand-out that can be used: {error}.",
            "Ask your mentor for it, or download it again.",
        ) from error


def _problem(about: Mapping[str, Any]) -> Problem:
    try:
        return find(str(about["dataset"]["problem"]))
    except UnknownProblem as error:
        raise ValueError(f"it is for a problem that this version of tfprep lacks. {error.what}") from error


def _place(problem: Problem, name: str) -> str:
    """Where a file of the edition lies in the zip."""
    inside = name.removeprefix(f"{PUBLIC}/")
    return f"{problem.folder.name}/data/{inside}" if inside != name else f"check/{name}"


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name.isprintable()
    if odd or path.parts[0] not in {PUBLIC, "questions", "answers"} or "hidden" in path.parts[1:2]:
        raise ValueError(f"it lists {name!r}, which does not belong into it")
