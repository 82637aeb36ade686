"""A household near Paris: what it drew from the grid in each hour of four years, and where it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ..series import SeriesData

if TYPE_CHECKING:
    from ..own_files import Numbers

HOUSEHOLD: Final = SeriesData(
    columns=("active_power", "reactive_power", "voltage", "intensity", "kitchen", "laundry", "heating"),
    window=24,
    horizon=24,
    group=24,
    rows="hours",
    long_enough="a few weeks are the least, a year is better",
    file="household.csv",
    hidden_windows=1000,
)
_IN_PACKAGE: Final = (
    *("Global_active_power", "Global_reactive_power", "Voltage", "Global_intensity"),
    *("Sub_metering_1", "Sub_metering_2", "Sub_metering_3"),
)
_DECIMALS: Final = 4


def read(raw: Path) -> Numbers:
    """(n, 7) means of the hours; `raw` is a CSV file with a row per minute."""
    import pandas as pd

    minutes = pd.read_csv(raw)
    means = minutes.groupby(minutes["date_time"].str[:13])[list(_IN_PACKAGE)].mean()
    return means.sort_index().to_numpy(np.float64).round(_DECIMALS)
