"""CSV files from people and learning platforms: any usual encoding and separator, each row with its line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import BadCohort

_LARGEST: Final = 64 * 2**20
"""Bytes: a hundred thousand people with everything a platform knows of them."""
_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Row:
    """One row: its cells by their column's name, and the line where it ends."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """A cell without the space around it; empty where there is no such column."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True)
class CsvTable:
    """A file's columns, in their order, and its rows; rows that are empty are left out."""

    file: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, *names: str) -> str:
        """The first column that has one of the names, whatever its case; empty where none has."""
        wanted = [name.casefold() for name in names]
        known = {column.strip().casefold(): column for column in reversed(self.columns)}
        return next((known[name] for name in wanted if name in known), "")


def read_csv(file: Path) -> CsvTable:
    """The table in a file.

    Raises:
        BadCohort: where it cannot be read, or a row does not fit under the header; with the line.
    """
    text = _decoded(file)
    header, *_ = text.splitlines() or [""]
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = tuple(next(reader, []))
        if not any(column.strip() for column in columns):
            raise BadCohort(f"{file} is empty. Its first line should name the columns.")
        return CsvTable(file, columns, tuple(_rows(file, columns, reader)))
    except csv.Error as error:
        raise BadCohort(f"{file}, line {reader.line_num}: this is not CSV ({error}).") from error


def _rows(file: Path, columns: tuple[str, ...], reader: Iterator[list[str]]) -> Iterator[Row]:
    for cells in reader:
        line: int = reader.line_num  # type: ignore[attr-defined] # the csv module's readers count lines
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise BadCohort(
                f"{file}, line {line}: this row has {len(cells)} cells and the header {len(columns)}. "
                "Put quotes around cells that hold the separator."
            )
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        # Of two columns with one name, the first counts.
        yield Row(line, dict(reversed(list(zip(columns, padded, strict=False)))))


def _decoded(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise BadCohort(f"{file} cannot be read: {error.strerror or error}.") from error
    if len(content) > _LARGEST:
        raise BadCohort(f"{file} is larger than {_LARGEST // 2**20} MiB.")
    if b"\0" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadCohort(f"{file} is no CSV file: it holds binary data. Export it as CSV.")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # What spreadsheets of western systems write; bytes that it does not have are shown as such.
        return content.decode("cp1252", errors="replace")
