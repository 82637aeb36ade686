"""Training curves: how a model was trained, by the log in its workspace.

    a History as JSON | a CSVLogger file | TensorBoard event files | what a script printed  ->  Curves

A log is the learner's own, and decides nothing. It is looked for and read with bounds, and whatever cannot be
understood is left out: a page without curves is better than a submission that fails over its log.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final

from ...errors import OurFault
from ...files.text import one_line
from ..records import Curve, Curves
from .reader import READER
from .training_logs import MOST_BYTES, MOST_SERIES, Point, Series, finite_number, thin

_LONGEST_NAME: Final = 60
_MOST_ENTRIES: Final = 5_000
"""Of the workspace that are looked at, the upper folders first."""
_MOST_LOGS: Final = 5
"""The newest that are tried, one after the other."""
_APART: Final = 3_600.0
"""Seconds between a log's last line and its model. A checkpoint of the best epoch is older than the log's
end, and whoever evaluates a model first saves it later."""
_SECONDS: Final = 30.0
_EVENTS: Final = ".tfevents."
_LOGS: Final = frozenset({".csv", ".json"})
_NO_LOGS: Final = frozenset({"data", "site-packages", "node_modules", "__pycache__", "assets", "variables"})
"""Folders of the problem, of packages and of saved models. No log is in a folder that begins with a dot."""
_ENVIRONMENT: Final = "pyvenv.cfg"
"""A file that makes its folder a virtual environment."""


def read_curves(folder: Path, saved: float | None = None) -> Curves | None:
    """The curves in a workspace's newest log; None where there is none that can be understood.

    `saved` is when the model was saved, a POSIX time in seconds: a log of another hour is another model's.
    """
    return _newest(folder, _logs(folder), saved)


def read_quickly(folder: Path, saved: float | None = None) -> Curves | None:
    """The same of logs that need no process of their own: CSV and JSON beside the starter."""
    return _newest(folder, {log: written for log, written in _logs(folder).items() if log.suffix}, saved)


def _newest(folder: Path, logs: Mapping[Path, float], saved: float | None) -> Curves | None:
    newest = sorted(logs.items(), key=itemgetter(1), reverse=True)
    for log, written in newest[:_MOST_LOGS]:
        if saved is not None and abs(saved - written) > _APART:
            continue
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
                series.setdefault(name, []).append((epoch, finite_number(value)))
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
        for name, points in ((name, thin(points)) for name, points in series.items())
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
        elif in_workspace and path.suffix in _LOGS and status.st_size <= MOST_BYTES:
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
        return _read_events(log) if log.is_dir() else READER.read_log(log)
    except (OSError, OurFault, ValueError, TypeError, RecursionError, subprocess.SubprocessError):
        return {}


def _read_events(folder: Path) -> Series:
    """TensorBoard's files, read by its own reader in a process of its own: it would load TensorFlow here."""
    run = subprocess.run(
        [sys.executable, "-m", f"{__package__}.event_files", str(folder)],
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    return {
        name: [(int(step), finite_number(value)) for step, value in points]
        for name, points in json.loads(run.stdout).items()
    }


_EPOCH: Final = re.compile(r"Epoch (\d{1,6})/\d{1,6}\s*$")
_PRINTED: Final = re.compile(
    r"(?<![\w.])([A-Za-z]\w{0,58}): (-?\d[\d.]{0,20}(?:e[-+]?\d{1,3})?|nan|inf)(?![\w.])"
)
