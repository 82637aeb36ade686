"""Folders and zips of submissions, made up. What lies in them is never opened here, so any bytes do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import import_source
from tfprep.grader.records.cohort import Learner

H5 = b"\x89HDF\r\n\x1a\n"
Files = Mapping[str, bytes]


def write_files(folder: Path, files: Files) -> Path:
    """The files in a new folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zip_up(files: Files) -> bytes:
    """The files as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def as_zip(path: Path, files: Files) -> Path:
    """The files in a new zip."""
    path.write_bytes(zip_up(files))
    return path


def models(*names: str) -> dict[str, bytes]:
    """Files that begin like a model, each with a content of its own."""
    return {name: H5 + name.encode("utf-8", "surrogateescape") for name in names}


def do_import(
    source: Path,
    scratch: Path,
    roster: list[Learner] | None = None,
    rules: CohortRules | None = None,
) -> ImportedSource:
    """What the importer makes of a source."""
    return import_source(source, roster, rules or CohortRules(), scratch / "scratch")


def matched(imported: ImportedSource) -> dict[tuple[str, str], list[str]]:
    """The paths of all matched files, by learner and problem."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in imported.files:
        found.setdefault((one.learner, one.problem), []).append(one.found_at)
    return found


def reasons(imported: ImportedSource) -> dict[str, str]:
    """Why each path could not be matched."""
    return {one.found_at: one.why for one in imported.unmatched}
