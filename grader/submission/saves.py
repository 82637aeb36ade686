"""Each time that a model is saved in a workspace: by looking, again and again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from .candidates import last_saved, saved_at


def saved_models(workspace: Path, wait: Callable[[], None]) -> Iterator[Path]:
    """The workspace's newest saved model, now and whenever another one is saved there; without end.

    A file that is being written changes from one look to the next: it is given once it was still for one.

    Args:
        workspace: the folder that is looked at; not the folders in it.
        wait: lets some time pass between two looks.
    """
    before = given = None
    while True:
        path, _ = last_saved(workspace, math.inf) or (None, 0.0)
        now = None if path is None else _state(path)
        if path is not None and now is not None and now == before and now != given:
            given = now
            yield path
        before = now
        wait()


def _state(path: Path) -> tuple[Path, float, int] | None:
    """What changes with each save; None where it is gone meanwhile."""
    try:
        return path, saved_at(path), path.stat().st_size
    except OSError:
        return None
