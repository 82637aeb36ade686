"""A table as every renderer takes it: what its columns are called, and its cells in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column's heading, and how its cells are set."""

    name: str
    number: bool = False
    """Flush right."""
    whole: bool = False
    """Never broken into lines: a date, a word."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; the first column heads the rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


Fact = tuple[str, str]
"""A name and a value, both in words."""
