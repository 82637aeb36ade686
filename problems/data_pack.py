"""A pack: what everybody may have of a data set, as one zip that a mentor hands out.

pack.json                    what it is, and the manifest: the size and sha256 of every file in it
problem3_flowers/            statement.md, starter.py and data/: unpacked, it is ready to work in
check/inputs, check/labels   the validation split and a sample of the training data, for `tfprep check`

Nothing of the hidden test set is in it, not even the names of its files. Packs of the first version, whose
data has layout 1, are read as well.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..errors import BadData, UnknownProblem, UnsafeArchive
from ..files.archives import DAMAGED, Bounds, open_zip, unpack
from ..files.atomic import sha256, whole_file
from .catalogue import find
from .dataset import FIRST_LAYOUT, MANIFEST, PRIVATE, PUBLIC, Dataset
from .dataset_writing import public_manifest
from .problem import Problem
from .workspace_files import STARTER, STATEMENT, text_of

PACK_FILE: Final = "pack.json"
VERSION: Final = 2
_MANIFEST_KEYS: Final = {1: "dataset", VERSION: "manifest"}
"""Where the manifest stands in pack.json, by the pack's version."""
_PACK_FILE_BYTES: Final = 64 * 2**20
_BOUNDS: Final = Bounds(total_bytes=16 * 2**30, directory_bytes=24 * 2**20)
_EXTRAS: Final = (STATEMENT, STARTER)
_TOP_FOLDERS: Final = frozenset({PUBLIC, *PRIVATE, *FIRST_LAYOUT})


def write_pack(dataset: Dataset, cohort: str, target: Path) -> None:
    """Writes the pack of a data set for the learners of a cohort: whole, or not at all."""
    manifest = public_manifest(dataset, f"hand-out of {cohort}")
    problem = dataset.problem
    about = {"pack": VERSION, "cohort": cohort, "whole": dataset.fingerprint, "manifest": manifest}
    with (
        whole_file(target, mode=0o644) as file,
        # A zip's dates begin with 1980, and some systems install every file with the date 1970.
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        for name in _EXTRAS:
            archive.writestr(f"{problem.folder.name}/{name}", text_of(dataset, name))
        for name in manifest["files"]:
            archive.write(dataset.folder / name, _place(problem, name))
        archive.writestr(PACK_FILE, json.dumps(about, indent=1))


def is_pack(path: Path) -> bool:
    """Whether a file is a pack, by what is in it."""
    try:
        with open_zip(path, _BOUNDS) as archive:
            return PACK_FILE in archive.namelist()
    except (UnsafeArchive, *DAMAGED):
        return False


def problem_of(pack: Path) -> Problem:
    """The problem that a pack is for. Raises BadData where it cannot be read."""
    with _opened(pack) as (_, manifest):
        return _problem(manifest)


@contextmanager
def unpacked(pack: Path) -> Iterator[Path]:
    """The data set in a pack, as a folder that lasts as long as the context. Raises BadData."""
    with tempfile.TemporaryDirectory(prefix="tfprep-pack-") as scratch:
        with _opened(pack) as (archive, manifest):
            _unpack(archive, manifest, Path(scratch))
        yield Path(scratch)


def _unpack(archive: zipfile.ZipFile, manifest: Mapping[str, Any], folder: Path) -> None:
    """Unpacks what the manifest lists, and checks that it is what the manifest promises."""
    problem = _problem(manifest)
    files = {_checked_name(name): (int(size), digest) for name, (size, digest) in manifest["files"].items()}
    sizes = [size for size, _ in files.values()]
    total = sum(sizes)
    if min(sizes, default=0) < 0:
        raise ValueError("it lists a file with a negative size")
    if total > _BOUNDS.total_bytes or total > shutil.disk_usage(folder).free:
        raise ValueError(f"it unpacks to {total / 2**30:.1f} GiB, for which there is no room")
    members = {name: archive.getinfo(_place(problem, name)) for name in files}
    if odd := [name for name, entry in members.items() if entry.file_size != files[name][0]]:
        raise ValueError(f"{odd[0]} is not what its manifest says")
    unpack(archive, ((entry, folder / name) for name, entry in members.items()))
    for name, (_, digest) in files.items():
        if sha256(folder / name) != digest:
            raise ValueError(f"{name} is not what its manifest says")
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@contextmanager
def _opened(pack: Path) -> Iterator[tuple[zipfile.ZipFile, Mapping[str, Any]]]:
    """The zip, and the manifest in it."""
    try:
        with open_zip(pack, _BOUNDS) as archive:
            with archive.open(PACK_FILE) as stream:
                content = stream.read(_PACK_FILE_BYTES + 1)
            if len(content) > _PACK_FILE_BYTES:
                raise ValueError("its pack.json has no end")
            about = json.loads(content)
            if about["pack"] not in _MANIFEST_KEYS:
                raise ValueError("another version of tfprep made it")
            yield archive, about[_MANIFEST_KEYS[about["pack"]]]
    except (UnsafeArchive, TypeError, AttributeError, *DAMAGED) as error:
        raise BadData(
            f"{pack} is no data pack that can be used: {error}.",
            "Ask your mentor for it, or download it again.",
        ) from error


def _problem(manifest: Mapping[str, Any]) -> Problem:
    try:
        return find(str(manifest["problem"]))
    except UnknownProblem as error:
        raise ValueError(f"it is for a problem that this version of tfprep lacks. {error.what}") from error


def _place(problem: Problem, name: str) -> str:
    """Where a file of the data set lies in the zip."""
    inside = name.removeprefix(f"{PUBLIC}/")
    return f"{problem.folder.name}/data/{inside}" if inside != name else f"check/{name}"


def _checked_name(name: str) -> str:
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if outside or not name.isprintable() or path.parts[0] not in _TOP_FOLDERS or "hidden" in path.parts[1:2]:
        raise ValueError(f"it lists {name!r}, which does not belong into it")
    return name
