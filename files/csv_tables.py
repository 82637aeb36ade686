"""CSV: read from people and learning platforms, and written for spreadsheets.

Read with any usual separator, which a first line `sep=;` may name, each row with its line. Written such that
text of strangers stays text and numbers stay numbers: a spreadsheet runs what begins with `=`, `+`, `-` or
`@`, of any width, also behind spaces; and where it takes another separator than the file's, each such
character begins a cell. What would run gets an apostrophe before it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import BadCohort, Misuse
from .encodings import Undecodable, decode_text
from .text import LINE_LIMIT, counted, one_line

_LARGEST: Final = 32 * 2**20
"""Bytes: ten thousand people with everything a platform knows of them."""
_LARGEST_UNNAMED: Final = 4 * 2**20
"""Bytes of a file that is not in UTF-8: each encoding that it may be in is tried."""
_MOST_LINES: Final = 200_000
_MOST_COLUMNS: Final = 2_000
_MOST_CELLS: Final = 4_000_000
_LONGEST_LINE: Final = 2**20
"""Characters."""
_AS_UTF8: Final = 'Save it as CSV in UTF-8: in Excel, choose "CSV UTF-8".'
_SHOWN: Final = 60
"""Characters of a line in a message."""
_MOST_SHOWN: Final = 3
_SEPARATORS: Final = (",", ";", "\t")
_NAMED_SEPARATOR: Final = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
"""Excel's own first line."""
_NUMBER: Final = re.compile(r"[+-]?([0-9]+([.,][0-9]+)*|\.[0-9]+)([eE][+-]?[0-9]+)?%?|[+-]")
_BEGINS: Final = re.compile(r"(^|[,;:|\t])([\"\s]*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])")  # noqa: RUF001 - of any width

CsvValue = str | float | int | None
"""What a written table holds: text, a number, or nothing."""


@dataclass(frozen=True)
class CsvRow:
    """One row: its cells by their column's name, in the file's order, and the line where it ends."""

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
    rows: tuple[CsvRow, ...]

    def column(self, *names: str) -> str:
        """The first column that has one of the names, whatever its case; empty where none has."""
        wanted = [name.casefold() for name in names]
        known = {column.strip().casefold(): column for column in reversed(self.columns)}
        return next((known[name] for name in wanted if name in known), "")


def read_csv(file: Path, error: type[Misuse] = BadCohort) -> CsvTable:
    """The table in a file.

    Raises:
        error: where it cannot be read, or a row does not fit under the header; with the line.
    """
    return parse_csv(file, read_text(file, error), error)


def parse_csv(file: Path, text: str, error: type[Misuse] = BadCohort) -> CsvTable:
    """The table in a text that was read from a file.

    Raises:
        error: where a row does not fit under the header; with the line.
    """
    if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise error(f"{file} has more than {_MOST_LINES:,} lines.")
    header = io.StringIO(text[:_LONGEST_LINE], newline="").readline().rstrip("\r\n")
    named = _NAMED_SEPARATOR.fullmatch(header)
    separator = named[1] if named else max(_SEPARATORS, key=header.count)
    try:
        reader = csv.reader(
            _lines(file, text, error), delimiter=separator, strict=True, skipinitialspace=True
        )
        if named:
            next(reader)
        columns = tuple(next(reader, []))
        if not any(column.strip() for column in columns):
            raise error(f"{file} is empty. Its first line should name the columns.")
        if len(columns) > _MOST_COLUMNS:
            raise error(f"{file} has {len(columns):,} columns. More than {_MOST_COLUMNS:,} are not read.")
        return CsvTable(file, columns, tuple(_rows(file, columns, reader, error)))
    except csv.Error as cause:
        raise error(f"{file}, line {reader.line_num}: this is not CSV ({cause}).") from cause


def _lines(file: Path, text: str, error: type[Misuse]) -> Iterator[str]:
    """Line by line, within limits: a table costs far more memory than its text."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > _LONGEST_LINE:
            raise error(f"{file}, line {number} is longer than {_LONGEST_LINE // 2**20} MiB.")
        yield line


def spreadsheet_text(text: str) -> str:
    """The text on one line, such that no spreadsheet runs it. What is a number stays as it is."""
    shown = one_line(text, LINE_LIMIT)
    return shown if _NUMBER.fullmatch(shown) else _disarm(shown)


def as_csv(rows: Iterable[Sequence[CsvValue]]) -> str:
    """Comma-separated rows (RFC 4180). Numbers have at most two decimals."""
    written = io.StringIO()
    for row in rows:
        cells = [_cell(cell) for cell in row]
        if cells and isinstance(row[0], str):
            # Read with another separator, the whole row may be one cell, which "-5" at its front would begin.
            cells[0] = _disarm(cells[0])
        csv.writer(written).writerow(cells)
    return written.getvalue()


def _rows(
    file: Path, columns: tuple[str, ...], reader: Iterator[list[str]], error: type[Misuse]
) -> Iterator[CsvRow]:
    most = _MOST_CELLS // len(columns)
    for count, cells in enumerate(reader, 1):
        line: int = reader.line_num  # type: ignore[attr-defined] # the csv module's readers count lines
        if count > most:
            raise error(f"{file} has more than {_MOST_CELLS:,} cells.")
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise error(
                f"{file}, line {line}: this row has {counted(len(cells), 'cell')} and the header "
                f"{len(columns)}. Put quotes around cells that hold the separator."
            )
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        named: dict[str, str] = {}
        for column, cell in zip(columns, padded, strict=False):
            named.setdefault(column, cell)  # Of two columns with one name, the first counts.
        yield CsvRow(line, named)


def read_text(file: Path, error: type[Misuse] = BadCohort) -> str:
    """What a file says, in whatever encoding. Raises `error` where that cannot be read or is not certain."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as cause:
        raise error(f"{file} cannot be read: {cause.strerror or cause}.") from cause
    if len(content) > _LARGEST:
        raise error(f"{file} is larger than {_LARGEST // 2**20} MiB.")
    if len(content) > _LARGEST_UNNAMED and not _is_utf8(content):
        raise error(f"{file} is not in UTF-8, and larger than {_LARGEST_UNNAMED // 2**20} MiB.", _AS_UTF8)
    try:
        return decode_text(content)
    except Undecodable as cause:
        raise error(f"{file}, line {cause.line}: {_doubt(cause)}", _AS_UTF8) from cause


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return b"\0" not in content


def _doubt(cause: Undecodable) -> str:
    if not cause.readings:
        return "this is binary data, or text in an encoding that tfprep does not know."
    shown = [f"{one_line(text, _SHOWN)!r} ({encoding})" for encoding, text in cause.readings[:_MOST_SHOWN]]
    return f"the file is not in UTF-8, and the line may be {' or '.join(shown)}."


def _disarm(text: str) -> str:
    return _BEGINS.sub(r"\1\2'", text)


def _cell(cell: CsvValue) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return spreadsheet_text(cell)
    # Adding zero turns -0.0 into 0.0.
    return str(cell) if isinstance(cell, int) else f"{round(cell, 2) + 0.0}".removesuffix(".0")
