"""A CSV file as people have it, with words and gaps, read as the numbers of a table.

A number stays; a gap becomes the number that its column names; a word becomes a column of 0 and 1 for each
value that is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import BadData
from ..files.csv_tables import CsvRow, read_csv
from ..files.text import listed
from .own_files import NAMED, Numbers, number_in
from .problem import Splits
from .tables import TableData

HIDDEN, PUBLIC = "hidden.csv", "public.csv"


@dataclass(frozen=True)
class Column:
    """A column of the file that a model gets, as one number or several."""

    name: str
    """What learners call it."""
    header: str
    """What the file calls it."""
    missing: float | None = None
    """What a gap counts as; None where there must be none."""
    values: Mapping[str, str] | None = None
    """Of a column of words: what each value's own column of 0 and 1 is called. None for numbers."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its numbers."""
        return (self.name,) if self.values is None else tuple(self.values.values())

    def read(self, cell: str) -> list[float]:
        """Its numbers in one row; NaN where the cell is none and has to be one."""
        if self.values is not None:
            return [float(cell == value) for value in self.values]
        if not cell and self.missing is not None:
            return [self.missing]
        return [number_in(cell)]


@dataclass(frozen=True)
class TableFile:
    """A file with these columns and a target, as a table's data."""

    columns: tuple[Column, ...]
    target: str
    """What the file calls the target."""
    words: tuple[str, ...]
    """The values of the target that are classes, in the table's order; empty for a number."""
    table: TableData

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a CSV file, or a folder with public.csv and hidden.csv.

        Raises:
            BadData: for missing columns, gaps that no column allows, and a target that is no class.
        """
        if raw.is_file():
            return self.table.split(self.read(raw), None, secret)
        public, hidden = self.read(raw / PUBLIC), self.read(raw / HIDDEN)
        predefined_hidden = np.repeat([False, True], [len(public), len(hidden)])
        return self.table.split(np.concatenate([public, hidden]), predefined_hidden, secret)

    def read(self, file: Path) -> Numbers:
        """(n, features + 1) numbers; rows without a target are left out."""
        table = read_csv(file, BadData)
        known = {column.strip(): column for column in reversed(table.columns)}
        headers = [*(column.header for column in self.columns), self.target]
        if missing := [header for header in headers if header not in known]:
            raise BadData(
                f"{file.name} lacks the column{'s' * (len(missing) > 1)} {listed(missing, NAMED)}.",
                "Correct problem.toml, or the first line of the file.",
            )
        rows = [row for row in table.rows if row.get(known[self.target])]
        numbers = [self._row(row, known) for row in rows]
        if gaps := self._gaps(rows, numbers, known):
            raise BadData(
                f"{file.name} has gaps, or words for numbers: {listed(gaps, NAMED)}.",
                "Mend these cells, or give the column `missing` in problem.toml.",
            )
        return np.array(numbers, dtype=np.float64).reshape(-1, len(self.table.columns))

    def _row(self, row: CsvRow, known: Mapping[str, str]) -> list[float]:
        numbers = [number for column in self.columns for number in column.read(row.get(known[column.header]))]
        target = row.get(known[self.target])
        if not self.words:
            return [*numbers, number_in(target)]
        return [*numbers, float(self.words.index(target)) if target in self.words else math.nan]

    def _gaps(
        self, rows: Sequence[CsvRow], numbers: Sequence[Sequence[float]], known: Mapping[str, str]
    ) -> list[str]:
        places = [column.header for column in self.columns for _ in column.features] + [self.target]
        return [
            f"line {row.line} ({place} is {row.get(known[place])[:20]!r})"
            for row, values in zip(rows, numbers, strict=True)
            for place, value in zip(places, values, strict=True)
            if not math.isfinite(value)
        ]
