"""Series: rows in order of time. The last stretch is hidden, and windows are cut from it.

A learner gets the stretch before it as one file. No hidden window reaches back into that stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..errors import BadData
from ..files.text import counted
from .metrics import last_step, without_last_axis
from .problem import (
    Array,
    Band,
    Copies,
    DataSource,
    Input,
    Inputs,
    LabelledSet,
    Labels,
    Output,
    OwnFiles,
    Package,
    Splits,
)
from .split import SMALLEST, keyed_numbers

if TYPE_CHECKING:
    from .own_files import Numbers

FORM: Final = "window"
HIDDEN_SHARE: Final = 0.2
"""Of the whole series, at its end."""
VALIDATION_SHARE: Final = 0.2
"""Of the public stretch, at its end."""
VALIDATION_WINDOWS: Final = 300
MOST_EARLIER: Final = 2
"""Rows that a copy of a window begins earlier."""
_NOISE: Final = 0.005
"""In copies, as a share of each column's deviation."""

Windows = NDArray[np.float32]


@dataclass(frozen=True)
class SeriesData:
    """Windows of rows with these columns, and what the first column does after each."""

    columns: tuple[str, ...]
    """What is forecast first."""
    window: int
    """Rows that a model sees."""
    horizon: int
    """Rows that it forecasts."""
    group: int
    """So many rows in a row are one group of examples: a day of half-hours, a year of months."""
    rows: str
    """For people: "half-hours"."""
    long_enough: str
    """For people, who brought too short a series: "a few weeks are the least, months are better"."""
    file: str
    """The name of the learner's file."""
    hidden_windows: int = 500

    @property
    def reach(self) -> int:
        """Rows of a window with its horizon."""
        return self.window + self.horizon

    @property
    def known_from(self) -> int:
        """A window is known to whoever has so many rows of it: a horizon, or half a window up to 24."""
        return max(self.horizon, min(24, self.window // 2))

    @property
    def groups_apart(self) -> int:
        """Windows of groups whose numbers differ by so much have no row in common."""
        return 1 + -(-self.reach // self.group)

    @property
    def own_files(self) -> OwnFiles:
        """What a mentor's files look like."""
        listed = ", ".join(self.columns)
        return OwnFiles(
            f"a CSV file with the columns {listed}, a row per {self.rows.removesuffix('s')} in time order; "
            "or a folder with public.csv and hidden.csv"
        )

    def inputs(self, meaning: str) -> tuple[Input]:
        """The form of an input; `meaning` tells what a row holds."""
        return (
            Input(
                FORM, (self.window, len(self.columns)), "float32", f"{self.window} {self.rows} of {meaning}"
            ),
        )

    def outputs(self, meaning: str) -> tuple[Output, ...]:
        """The shapes of a forecast: (horizon,), with an axis of its own, or at every row of the window."""
        return (
            Output((self.horizon,), meaning),
            Output((self.horizon, 1), meaning, without_last_axis),
            Output(
                (self.window, self.horizon),
                "such a forecast at every step, of which the last is read",
                last_step,
            ),
        )

    def sources(
        self, package: Package, read: Callable[[Path], Numbers], bands: tuple[Band, ...]
    ) -> tuple[DataSource, DataSource]:
        """The data of a package, whose raw data `read` turns into rows (n, columns), and a mentor's files."""
        return (
            DataSource("package", package, lambda raw, secret: self.split(*_cut(read(raw)), secret), bands),
            DataSource("own", self.own_files, self.split_own, bands),
        )

    def starter(self, **words: str) -> dict[str, str]:
        """The words of a starter that is made from starters/series.txt: these, and the data's own."""
        return {
            "kind": "series",
            "past": str(self.window),
            "horizon": str(self.horizon),
            "columns": ", ".join(f'"{column}"' for column in self.columns),
            "width": str(len(self.columns)),
            "file": self.file,
            "rows": self.rows,
            **words,
        }

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a mentor's CSV file, or a folder with public.csv and hidden.csv, which follows it in time.

        Raises:
            BadData: for gaps, missing columns, and a series that is too short or repeats itself.
        """
        from .own_files import read_own_tables

        public, hidden = read_own_tables(raw, self.columns)
        return self.split(*((public, hidden) if hidden is not None else _cut(public)), secret)

    def split(self, public: Numbers, hidden: Numbers, secret: bytes) -> Splits:
        """The splits of (n, columns) rows of the public stretch and of the hidden one."""
        cut = round(len(public) * (1 - VALIDATION_SHARE))
        early, recent = public[:cut], public[cut:]
        later = self._windows(hidden, "hidden")
        fresh = self._fresh(public, hidden)
        return Splits(
            write_public=partial(self._write_public, series=public),
            validation=self._labelled_set(
                self._windows(recent, "validation"), secret, "validation", VALIDATION_WINDOWS
            ),
            hidden=self._labelled_set(later, secret, "hidden", self.hidden_windows, fresh),
            public_count=len(public),
            duplicates=int((~fresh).sum()),
            training=self._labelled_set(
                self._windows(early, "training"), secret, "training", VALIDATION_WINDOWS
            ),
        )

    def _windows(self, series: Numbers, name: str) -> Windows:
        """Every window of the stretch with its horizon: (rows - reach + 1, reach, columns)."""
        if len(series) < self.reach + SMALLEST:
            raise BadData(
                f"The {name} part of the series has {len(series)} {self.rows}, "
                f"and a window takes {self.reach}.",
                f"Bring a longer series: {self.long_enough}.",
            )
        return _stretches(series, self.reach)

    def _fresh(self, public: Numbers, hidden: Numbers) -> NDArray[np.bool_]:
        """(rows - reach + 1,) True for each hidden window of which a learner has no long stretch.

        A mentor's two files may overlap, and a series may repeat itself.
        """
        known_from = self.known_from
        seen = {stretch.tobytes() for stretch in _stretches(public, known_from)}
        known = np.array([stretch.tobytes() in seen for stretch in _stretches(hidden, known_from)])
        return np.logical_not(sliding_window_view(known, self.reach - known_from + 1).any(axis=1))

    def _labelled_set(
        self,
        windows: Windows,
        secret: bytes,
        purpose: str,
        wanted: int,
        allowed: NDArray[np.bool_] | None = None,
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
        inputs, labels = windows[starts, : self.window], windows[starts, self.window :, 0]
        groups = (starts + self.window) // self.group
        return LabelledSet({FORM: inputs}, Labels(labels, groups=groups.astype(np.int64)))

    def _write_public(self, folder: Path, series: Numbers) -> None:
        from .own_files import write_table

        write_table(folder / self.file, self.columns, series)

    def last_value(self, inputs: Mapping[str, Array | Sequence[str]]) -> Array:
        """(n, horizon) The window's last value, again and again."""
        return np.repeat(np.asarray(inputs[FORM])[:, -1:, 0], self.horizon, axis=1)

    def earlier(self, inputs: Mapping[str, Array | Sequence[str]], by: int) -> Array:
        """(n, horizon) The values of so many rows before, at least the horizon."""
        start = self.window - by
        return np.asarray(inputs[FORM])[:, start : start + self.horizon, 0]

    def begun_earlier(self, inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
        """Windows that begin one or two rows earlier, with a little noise.

        What comes after such a window is known: the window's own end, and its label. The rows before it are
        not: they go on as its first rows would, turned round.
        """
        windows = np.asarray(inputs[FORM])
        by = random.integers(1, MOST_EARLIER + 1, len(windows))[:, None]
        before = 2 * windows[:, :1] - windows[:, MOST_EARLIER:0:-1]
        moved = self.moved(before, windows, by)
        noise = random.normal(0, _NOISE, windows.shape) * windows.std(axis=(0, 1))
        changed = (moved + noise).astype(windows.dtype)
        return Copies({FORM: changed}, partial(self.moved_labels, windows=windows, by=by))

    def moved(self, before: Array, windows: Array, by: Array) -> Array:
        """(n, window, columns) Windows that begin `by` (n, 1) rows earlier, with `before` (n, 2, columns)."""
        places = np.arange(self.window)[None] + MOST_EARLIER - by
        return np.take_along_axis(np.concatenate([before, windows], axis=1), places[:, :, None], axis=1)

    def moved_labels(self, labels: Array, windows: Array, by: Array) -> Array:
        """(n, horizon) What comes after windows that begin so many rows earlier."""
        known = np.concatenate([windows[:, -MOST_EARLIER:, 0], labels], axis=1)
        places = np.arange(self.horizon)[None] + MOST_EARLIER - by
        return np.asarray(np.take_along_axis(known, places, axis=1), labels.dtype)

    def positions(self, inputs: Inputs) -> NDArray[np.int64]:
        """(n,) Where windows that are in order of time begin, counted from the first.

        Of two that follow each other and share nothing, the later begins where the earlier ends, at least.
        """
        windows = np.asarray(inputs[FORM])
        steps = np.full(max(0, len(windows) - 1), self.window, np.int64)
        for step in range(self.window - 1, 0, -1):
            fits = (windows[:-1, step:] == windows[1:, : self.window - step]).all(axis=(1, 2))
            steps[fits] = step
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)])[: len(windows)]


def _cut(series: Numbers) -> tuple[Numbers, Numbers]:
    end = round(len(series) * (1 - HIDDEN_SHARE))
    return series[:end], series[end:]


def _stretches(series: Numbers, rows: int) -> Windows:
    """Every run of so many rows: (len(series) - rows + 1, rows, columns)."""
    return sliding_window_view(series.astype(np.float32), rows, axis=0).transpose(0, 2, 1)
