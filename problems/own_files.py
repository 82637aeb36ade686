"""A mentor's own files: CSV tables of numbers, and folders with a folder per class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.text import listed

NAMED: Final = 5
"""How many faulty lines a message names before it only counts."""

Numbers = NDArray[np.float64]


def visible_folders(root: Path) -> list[Path]:
    """The folders in a folder, by name. Raises BadData where `root` is none itself."""
    if not root.is_dir():
        raise BadData(f"{root} should be a folder with a folder per class in it; it is a file.")
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def visible_files(folder: Path) -> list[Path]:
    """The files in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def has_predefined_hidden(root: Path) -> bool:
    """Whether the mentor divided the data: `public/` and `hidden/` instead of classes."""
    return (root / "public").is_dir() and (root / "hidden").is_dir()


def read_own_tables(path: Path, columns: Sequence[str]) -> tuple[Numbers, Numbers | None]:
    """A mentor's public rows and, where they brought some, hidden rows; each (n, columns).

    `path` is a CSV file, or a folder with public.csv and hidden.csv, or with a single CSV file.
    """
    if path.is_file():
        return read_table(path, columns), None
    public, hidden = path / "public.csv", path / "hidden.csv"
    if public.is_file() and hidden.is_file():
        return read_table(public, columns), read_table(hidden, columns)
    files = sorted(path.glob("*.csv"))
    if len(files) == 1 and files[0] != hidden:
        return read_table(files[0], columns), None
    found = ", ".join(file.name for file in files) or "no CSV file"
    raise BadData(
        f"{path} should hold one CSV file, or public.csv and hidden.csv; it holds {found}.",
        f"The columns are {','.join(columns)}.",
    )


def read_table(path: Path, columns: Sequence[str]) -> Numbers:
    """(n, columns) finite numbers. Other columns are ignored, and the order of columns in the file is free.

    Raises:
        BadData: naming missing columns, or the lines with gaps.
    """
    from ..files.csv_tables import read_csv  # not needed for data that is ready

    table = read_csv(path, BadData)
    named = {column.strip(): column for column in reversed(table.columns)}
    header = ",".join(map(str.strip, table.columns))
    missing = [column for column in columns if column not in named]
    if missing:
        raise BadData(
            f"{path.name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}.",
            f"Its first line must name {','.join(columns)}; it reads: {header}.",
        )
    rows: list[list[float]] = []
    gaps: list[str] = []
    for row in table.rows:
        cells = [row.get(named[column]) for column in columns]
        rows.append([number_in(cell) for cell in cells])
        gaps += [
            f"line {row.line} ({column} is {cell[:20]!r})"
            for column, cell, value in zip(columns, cells, rows[-1], strict=True)
            if not math.isfinite(value)
        ]
    if gaps:
        raise BadData(
            f"{path.name} has gaps: {listed(gaps, NAMED)}.",
            "Fill these cells with numbers or remove the rows.",
        )
    return np.array(rows, dtype=np.float64).reshape(-1, len(columns))


def write_table(path: Path, columns: Sequence[str], rows: Numbers) -> None:
    """One line per row, numbers as short as they can be without losing anything."""
    lines = [",".join(columns)]
    lines += [",".join(repr(value).removesuffix(".0") for value in row) for row in rows.tolist()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def number_in(text: str) -> float:
    """The number that is written there, or NaN."""
    try:
        return float(text)
    except ValueError:
        return math.nan
