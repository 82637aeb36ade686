"""The numbers in a training log, as CSV or JSON. It runs in the reader's process."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ...files.reading import read_file

MOST_SERIES: Final = 20
MOST_POINTS: Final = 2_000
"""Of a longer series every so-manieth point is kept, and the last one."""
MOST_BYTES: Final = 8 * 2**20
"""A larger log is not read."""
_MOST_ROWS: Final = 100 * MOST_POINTS

Point = tuple[int, float | None]
Series = Mapping[str, Sequence[Point]]


def read_log(path: Path) -> Series:
    """The series in a log, by name; none in a file that is no log.

    Raises:
        NotRegular, TooLarge, OSError: it cannot be read.
        ValueError, RecursionError, csv.Error: it is damaged.
    """
    text = read_file(path, MOST_BYTES).decode("utf-8-sig", errors="replace")
    series = _from_json(text) if path.suffix == ".json" else _from_csv(text)
    return {name: thin(points) for name, points in series.items()}


def finite_number(value: Any) -> float | None:
    """A finite number, or None."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def thin(points: Sequence[Point]) -> Sequence[Point]:
    """At most MOST_POINTS of the points, the last one among them."""
    if len(points) <= MOST_POINTS:
        return points
    stride = math.ceil(len(points) / (MOST_POINTS - 1))
    return [*points[: len(points) - 1 : stride], points[-1]]


def _from_csv(text: str) -> Series:
    """A CSVLogger file: a column a series. Where there is no `epoch`, it is no log."""
    rows = csv.reader(io.StringIO(text, newline=""))
    names = next(rows, [])
    if "epoch" not in names:
        return {}
    columns = [place for place, name in enumerate(names) if name and name != "epoch"][: 2 * MOST_SERIES]
    series: dict[str, list[Point]] = {names[place]: [] for place in columns}
    for epoch, row in enumerate(islice(filter(None, rows), _MOST_ROWS), 1):
        for place in columns:
            series[names[place]].append((epoch, finite_number(row[place]) if place < len(row) else None))
    return series


def _from_json(text: str) -> Series:
    """A `History.history` written as JSON: an object of lists of numbers, wrapped in "history" or not."""
    written = json.loads(text)
    if isinstance(written, dict) and isinstance(written.get("history"), dict):
        written = written["history"]
    if not isinstance(written, dict) or not all(isinstance(values, list) for values in written.values()):
        return {}
    return {
        str(name): [(epoch, finite_number(value)) for epoch, value in enumerate(values, 1)]
        for name, values in islice(written.items(), 2 * MOST_SERIES)
        if name != "epoch"
    }
