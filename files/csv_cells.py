"""Tables for spreadsheets: text that strangers wrote stays text, and numbers stay numbers.

A spreadsheet runs what begins with `=`, `+`, `-` or `@`, in any width, also behind spaces; and where it takes
another separator than the file's, each such sign begins a cell. What would run gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from .text import one_line

Cell = str | float | int | None
"""What a table holds: text, a number, or nothing."""

LONGEST: Final = 2_000
_NUMBER: Final = re.compile(r"[+-]?([0-9]+([.,][0-9]+)*|\.[0-9]+)([eE][+-]?[0-9]+)?%?|[+-]")
_BEGINS: Final = re.compile(r"(^|[,;:|\t])([\"\s]*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])")  # noqa: RUF001 - of any width


def spreadsheet_text(text: str) -> str:
    """The text on one line, such that no spreadsheet runs it. What is a number stays as it is."""
    shown = one_line(text, LONGEST)
    return shown if _NUMBER.fullmatch(shown) else _disarm(shown)


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Comma-separated rows (RFC 4180). Numbers have at most two decimals."""
    written = io.StringIO()
    for row in rows:
        cells = [_cell(cell) for cell in row]
        if cells and isinstance(row[0], str):
            # Read with another separator, the whole row may be one cell, which "-5" at its front would begin.
            cells[0] = _disarm(cells[0])
        csv.writer(written).writerow(cells)
    return written.getvalue()


def _disarm(text: str) -> str:
    return _BEGINS.sub(r"\1\2'", text)


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return spreadsheet_text(cell)
    # Adding zero turns -0.0 into 0.0.
    return str(cell) if isinstance(cell, int) else f"{round(cell, 2) + 0.0}".removesuffix(".0")
