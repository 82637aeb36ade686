"""A table as every renderer takes it: what its columns are called, and its cells in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column's heading. Numbers stand flush right."""

    name: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; the first column heads the rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


Fact = tuple[str, str]
"""A name and a value, both in words."""
