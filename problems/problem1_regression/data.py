"""Auto MPG: 392 cars of 1970 to 1982, their consumption in miles per gallon."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..problem import LabelledSet, Labels, Splits
from ..split import Examples, Mask, Shares, split

if TYPE_CHECKING:
    from ..own_files import Table

FEATURES: Final = (
    "cylinders",
    "displacement",
    "horsepower",
    "weight",
    "acceleration",
    "model_year",
    "usa",
    "europe",
    "japan",
)
COLUMNS: Final = (*FEATURES, "mpg")
ORIGINS: Final = (1, 2, 3)
"""How the source numbers USA, Europe and Japan."""
SHARES: Final = Shares(hidden=0.25, validation=0.2)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a pickled data frame out of a wheel whose sha256 was checked."""
    import pandas as pd

    cars = pd.read_pickle(raw, compression="xz")  # noqa: S301 its sha256 is pinned
    numbers = cars[[*FEATURES[:5], "year"]].to_numpy(np.float64)
    origins = cars["origin"].to_numpy()[:, None] == np.array(ORIGINS)
    return _split(np.column_stack([numbers, origins, cars["mpg"].to_numpy(np.float64)]), None, secret)


def split_own(raw: Path, secret: bytes) -> Splits:
    """`raw` is a mentor's CSV file, or a folder with public.csv and hidden.csv."""
    from ..own_files import read_own_tables

    public, hidden = read_own_tables(raw, COLUMNS)
    if hidden is None:
        return _split(public, None, secret)
    predefined_hidden = np.repeat([False, True], [len(public), len(hidden)])
    return _split(np.concatenate([public, hidden]), predefined_hidden, secret)


def _split(rows: Table, predefined_hidden: Mask | None, secret: bytes) -> Splits:
    """(n, 10) rows. Cars with the same nine features are the same, whatever they consume."""
    contents = [car.tobytes() for car in _features(rows)]
    masks = split(
        Examples(contents, [car.tobytes() for car in rows], predefined_hidden=predefined_hidden),
        secret,
        SHARES,
    )
    return Splits(
        write_public=partial(_write_public, train=rows[masks.train], validation=rows[masks.validation]),
        validation=_labelled_set(rows[masks.validation]),
        hidden=_labelled_set(rows[masks.hidden]),
        public_count=len(masks.public),
        duplicates=masks.duplicates,
        training=_labelled_set(rows[masks.training_sample]),
    )


def _write_public(folder: Path, train: Table, validation: Table) -> None:
    from ..own_files import write_table

    write_table(folder / "train.csv", COLUMNS, train)
    write_table(folder / "validation.csv", COLUMNS, validation)


def _labelled_set(rows: Table) -> LabelledSet:
    return LabelledSet({"features": _features(rows)}, Labels(rows[:, -1].astype(np.float32)))


def _features(rows: Table) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows[:, :-1], dtype=np.float32)
