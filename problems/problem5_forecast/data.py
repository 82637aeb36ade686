"""Electricity demand: half-hours in time order. The last stretch is hidden, and windows are cut from it.

A learner gets the stretch before it as one file. No hidden window reaches back into that stretch.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ...errors import BadData
from ...files.text import counted
from ..problem import LabelledSet, Labels, Splits
from ..split import SMALLEST, keyed_numbers

if TYPE_CHECKING:
    from ..own_files import Numbers

COLUMNS: Final = ("demand", "temperature", "working_day")
WINDOW: Final = 96
"""Half-hours a model sees: two days."""
HORIZON: Final = 24
"""Half-hours a model forecasts: twelve hours."""
REACH: Final = WINDOW + HORIZON
DAY: Final = 48
HIDDEN_SHARE: Final = 0.2
"""Of the whole series, at its end."""
VALIDATION_SHARE: Final = 0.2
"""Of the public stretch, at its end."""
HIDDEN_WINDOWS: Final = 500
VALIDATION_WINDOWS: Final = 300

Windows = NDArray[np.float32]


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a pickled data frame out of a wheel whose sha256 was checked."""
    import pandas as pd

    series = pd.read_pickle(raw, compression="xz")  # noqa: S301 its sha256 is pinned
    rows = series[["Demand", "Temperature", "WorkDay"]].to_numpy(np.float64)
    return _split(*_cut(rows), secret)


def split_own(raw: Path, secret: bytes) -> Splits:
    """`raw` is a mentor's CSV file, or a folder with public.csv and hidden.csv, which follows it in time."""
    from ..own_files import read_own_tables

    public, hidden = read_own_tables(raw, COLUMNS)
    return _split(*((public, hidden) if hidden is not None else _cut(public)), secret)


def _cut(series: Numbers) -> tuple[Numbers, Numbers]:
    end = round(len(series) * (1 - HIDDEN_SHARE))
    return series[:end], series[end:]


def _split(public: Numbers, hidden: Numbers, secret: bytes) -> Splits:
    """(n, 3) rows of the public stretch and of the hidden one."""
    cut = round(len(public) * (1 - VALIDATION_SHARE))
    early, recent = public[:cut], public[cut:]
    later = _windows(hidden, "hidden")
    fresh = _fresh(public, hidden)
    return Splits(
        write_public=partial(_write_public, series=public),
        validation=_labelled_set(_windows(recent, "validation"), secret, "validation", VALIDATION_WINDOWS),
        hidden=_labelled_set(later, secret, "hidden", HIDDEN_WINDOWS, fresh),
        public_count=len(public),
        duplicates=int((~fresh).sum()),
        training=_labelled_set(_windows(early, "training"), secret, "training", VALIDATION_WINDOWS),
    )


def _windows(series: Numbers, name: str) -> Windows:
    """Every window of the stretch with its horizon: (rows - REACH + 1, REACH, 3)."""
    if len(series) < REACH + SMALLEST:
        raise BadData(
            f"The {name} part of the series has {len(series)} half-hours, and a window takes {REACH}.",
            "Bring a longer series: a few weeks are the least, months are better.",
        )
    return _stretches(series, REACH)


def _fresh(public: Numbers, hidden: Numbers) -> NDArray[np.bool_]:
    """(rows - REACH + 1,) True for each hidden window of which a learner has no stretch as long as a horizon.

    A mentor's two files may overlap, and a series may repeat itself.
    """
    seen = {stretch.tobytes() for stretch in _stretches(public, HORIZON)}
    known = np.array([stretch.tobytes() in seen for stretch in _stretches(hidden, HORIZON)])
    return np.logical_not(sliding_window_view(known, REACH - HORIZON + 1).any(axis=1))


def _stretches(series: Numbers, rows: int) -> Windows:
    """Every run of so many rows: (len(series) - rows + 1, rows, 3)."""
    return sliding_window_view(series.astype(np.float32), rows, axis=0).transpose(0, 2, 1)


def _labelled_set(
    windows: Windows, secret: bytes, purpose: str, wanted: int, allowed: NDArray[np.bool_] | None = None
) -> LabelledSet:
    """About as many windows as wanted, at most half of all, chosen by the keyed hash of their content."""
    allowed = np.ones(len(windows), dtype=np.bool_) if allowed is None else allowed
    draws = keyed_numbers([window.tobytes() for window in windows], secret, purpose)
    starts = np.flatnonzero(allowed & (draws < min(wanted / max(1, allowed.sum()), 0.5)))
    if len(starts) < SMALLEST:
        raise BadData(
            f"Only {counted(len(starts), 'window')} can be cut from the {purpose} part of the series.",
            "It is too short, or it repeats what comes before it.",
        )
    inputs, labels = windows[starts, :WINDOW], windows[starts, WINDOW:, 0]
    days = (starts + WINDOW) // DAY
    return LabelledSet({"window": inputs}, Labels(labels, groups=days.astype(np.int64)))


def _write_public(folder: Path, series: Numbers) -> None:
    from ..own_files import write_table

    write_table(folder / "electricity.csv", COLUMNS, series)
