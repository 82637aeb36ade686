"""Opens what a mentor names: a folder, a zip, or all parts of a download."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from ...classroom.sources.folder_source import FolderSource
from ...classroom.sources.multi_source import MultiSource
from ...classroom.sources.source import Budget, Source
from ...classroom.sources.units import Parts
from ...classroom.sources.zip_names import Knows
from ...classroom.sources.zip_source import ZipSource
from ...errors import BadCohort
from ...files.csv_tables import CsvTable, read_csv
from . import Draft
from .layouts import drive


@dataclass(frozen=True)
class OpenedSource:
    """A source, and what there is to say about it."""

    name: str
    """Its own, which may name a problem."""
    source: Source
    failed: tuple[Draft, ...] = ()
    """Repositories that cannot be had."""
    notes: tuple[str, ...] = ()


def read_manifest_table(source: Path) -> CsvTable | None:
    """The table, where the source is a CSV file. Raises BadCohort where that cannot be read."""
    return read_csv(source) if source.is_file() and source.suffix.casefold() == ".csv" else None


def open_source(
    source: Path, budget: Budget, zone: tzinfo | None, knows: Knows = lambda name: False
) -> OpenedSource:
    """A folder or a zip; of a download in parts, all that lie beside each other.

    Raises:
        BadCohort: it is neither, or is not there.
    """
    if source.is_dir():
        return OpenedSource(source.name, FolderSource(source))
    if not source.is_file():
        raise BadCohort(
            f"There is no {source}. Give the folder, zip or manifest with everyone's submissions."
        )
    if not zipfile.is_zipfile(source):
        raise BadCohort(f"{source} is neither a folder nor a zip nor a manifest (.csv).")
    parts = drive.parts_of(source)
    missing = drive.missing_parts(parts)
    if len(parts) == 1 and not missing:
        return OpenedSource(source.name, ZipSource(source, budget, zone, knows))
    several: dict[Parts, Source] = {(part.name,): ZipSource(part, budget, zone, knows) for part in parts}
    note = f"{source.name} is one of several parts, and {missing} before the last are not beside it."
    return OpenedSource(source.name, MultiSource(several), notes=(note,) if missing else ())
