"""Training curves: how a model was trained, by the log in its workspace.

    a History as JSON | a CSVLogger file | TensorBoard event files | what a script printed  ->  Curves

A log is the learner's own, and decides nothing. It is looked for and read with bounds, and whatever cannot be
understood is left out: a page without curves is better than a submission that fails over its log.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import stat
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from ...files.reading import NotRegular, TooLarge, read_file
from ...files.text import one_line
from ..records import Curve, Curves

MOST_SERIES: Final = 20
MOST_POINTS: Final = 2_000
"""Of a longer series every so-manieth point is kept, and the last one."""
MOST_BYTES: Final = 8 * 2**20
"""A larger log is not read."""
_LONGEST_NAME: Final = 60
_MOST_ENTRIES: Final = 5_000
"""Of the workspace that are looked at, the upper folders first."""
_MOST_LOGS: Final = 5
"""The newest that are tried, one after the other."""
_SECONDS: Final = 30.0
_EVENTS: Final = ".tfevents."
_NO_LOGS: Final = frozenset({"data", "site-packages", "node_modules", "__pycache__", "assets", "variables"})
"""Folders of the problem, of packages and of saved models. No log is in a folder that begins with a dot."""
_ENVIRONMENT: Final = "pyvenv.cfg"
"""A file that makes its folder a virtual environment."""

Point = tuple[int, float | None]
Series = Mapping[str, Sequence[Point]]


def read_curves(folder: Path) -> Curves | None:
    """The curves in a workspace's newest log; None where there is none that can be understood."""
    logs = sorted(_logs(folder).items(), key=itemgetter(1), reverse=True)
    for log, _ in logs[:_MOST_LOGS]:
        series = _read(log)
        if found := clean_curves(log.relative_to(folder).as_posix(), series):
            return found
    return None


def read_printed(log: str) -> Curves | None:
    """The curves in what Keras printed while a script trained: the last numbers of each epoch."""
    series: dict[str, list[Point]] = {}
    epoch, last = 0, ""
    for line in [*log.splitlines(), "Epoch 0/0"]:
        if head := _EPOCH.match(line):
            for name, value in _PRINTED.findall(last) if epoch else ():
                series.setdefault(name, []).append((epoch, _number(value)))
            epoch, last = int(head[1]), ""
        elif _PRINTED.search(line):
            last = line
    return clean_curves("what the script printed", series)


def clean_curves(source: str, series: Series) -> Curves | None:
    """Bounded and printable curves; None where no series has a number in it."""
    kept = [
        Curve(
            one_line(name, _LONGEST_NAME),
            tuple(step for step, _ in points),
            tuple(value for _, value in points),
        )
        for name, points in ((name, _thin(points)) for name, points in series.items())
        if any(value is not None for _, value in points)
    ]
    return Curves(one_line(source, _LONGEST_NAME), tuple(kept[:MOST_SERIES])) if kept else None


def _logs(workspace: Path) -> dict[Path, float]:
    """When each file that may be a log, and each folder that holds event files, was last changed."""
    logs: dict[Path, float] = {}
    for entry, in_workspace in _entries(workspace):
        path = Path(entry.path)
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # gone meanwhile
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        if _EVENTS in entry.name:
            run = _run_of(path)
            logs[run] = max(logs.get(run, 0.0), status.st_mtime)
        elif in_workspace and path.suffix in _READERS and status.st_size <= MOST_BYTES:
            logs[path] = status.st_mtime
    return logs


def _entries(workspace: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """What lies in a workspace and below it, and whether in itself: bounded by how much is looked at.

    No link is followed. Folders that hold no log are left out before they are read.
    """
    folders, left = deque([workspace]), _MOST_ENTRIES
    while folders and left > 0:
        folder = folders.popleft()
        try:
            with os.scandir(folder) as opened:
                entries = list(islice(opened, left))
        except OSError:
            continue
        left -= len(entries)
        if folder != workspace and any(entry.name == _ENVIRONMENT for entry in entries):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NO_LOGS and not entry.name.startswith("."):
                    folders.append(Path(entry.path))
            else:
                yield entry, folder == workspace


def _run_of(events: Path) -> Path:
    """The folder of one training: Keras writes `train/` and `validation/` in it."""
    return events.parent.parent if events.parent.name in {"train", "validation"} else events.parent


def _read(log: Path) -> Series:
    try:
        return _read_events(log) if log.is_dir() else _READERS[log.suffix](log)
    except (OSError, NotRegular, TooLarge, ValueError, RecursionError, csv.Error, subprocess.SubprocessError):
        return {}


def _text(path: Path) -> str:
    return read_file(path, MOST_BYTES).decode("utf-8-sig", errors="replace")


def _read_csv(path: Path) -> Series:
    """A CSVLogger file: a column a series. Where there is no `epoch`, it is no log."""
    rows = list(islice(csv.DictReader(io.StringIO(_text(path), newline="")), 100 * MOST_POINTS))
    if not rows or "epoch" not in rows[0]:
        return {}
    names = [name for name in rows[0] if name and name != "epoch"]
    return {
        name: [(epoch, _number(row[name])) for epoch, row in enumerate(rows, 1)]
        for name in names[: 2 * MOST_SERIES]
    }


def _read_json(path: Path) -> Series:
    """A `History.history` written as JSON: an object of lists of numbers, wrapped in "history" or not."""
    written = json.loads(_text(path))
    if isinstance(written, dict) and isinstance(written.get("history"), dict):
        written = written["history"]
    if not isinstance(written, dict) or not all(isinstance(values, list) for values in written.values()):
        return {}
    return {
        str(name): [(epoch, _number(value)) for epoch, value in enumerate(values, 1)]
        for name, values in islice(written.items(), 2 * MOST_SERIES)
        if name != "epoch"
    }


def _read_events(folder: Path) -> Series:
    """TensorBoard's files, read by its own reader in a process of its own: it would load TensorFlow here."""
    run = subprocess.run(
        [sys.executable, "-m", f"{__package__}.event_files", str(folder)],
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    return {
        name: [(int(step), _number(value)) for step, value in points]
        for name, points in json.loads(run.stdout).items()
    }


_READERS: Final = {".csv": _read_csv, ".json": _read_json}
_EPOCH: Final = re.compile(r"Epoch (\d{1,6})/\d{1,6}\s*$")
_PRINTED: Final = re.compile(
    r"(?<![\w.])([A-Za-z]\w{0,58}): (-?\d[\d.]{0,20}(?:e[-+]?\d{1,3})?|nan|inf)(?![\w.])"
)


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _thin(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MOST_POINTS:
        return points
    stride = math.ceil(len(points) / (MOST_POINTS - 1))
    return [*points[: len(points) - 1 : stride], points[-1]]
