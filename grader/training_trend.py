"""What a training log says of how the training went: too short, too long, unstable, overfitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .records import Curves

_FEW: Final = 3
"""Epochs below which nothing is said of a trend, but that it was short."""
_STILL: Final = 0.01
"""A loss still falls when its best value, in the last epochs, is lower by this share than the one before."""
_LATE: Final = 0.1
"""Of the epochs, at the end: where the best one lies while the loss still falls."""
_ROSE: Final = 1.1
"""A validation loss that ended so many times as high as its best has risen."""
_JUMP: Final = 2.0
"""A training loss that grows so many times from an epoch to the next is unstable."""
_SMALL: Final = 0.05
"""Of the first loss: jumps between smaller ones do not matter."""
_GAP: Final = 0.1
"""Of an accuracy: so much more in training than in validation is a gap that is told."""


@dataclass(frozen=True)
class Trend:
    """How a training went, by its log."""

    epochs: int
    best_epoch: int
    """Where the validation loss was lowest; the training loss where there is no other."""
    still_falling: bool
    """It was lowest at the end, and had not levelled off: more epochs would help."""
    rose: bool
    """The validation loss rose after its best epoch, while the training loss went on falling."""
    unstable: bool
    """The training loss jumped upwards, or became no number."""
    last: Mapping[str, float]
    """The last number of each series, where it is one."""
    gap: tuple[str, float, float] | None = None
    """A metric that is far better in training than in validation at the end: its name, and both values."""


def read_trend(curves: Curves | None) -> Trend | None:
    """The trend in a log; None where it has no loss that is a number."""
    if curves is None:
        return None
    named = {curve.name: curve.values for curve in curves.curves}
    training = named.get("loss", ())
    known = [value for value in training if value is not None]
    if not known:
        return None
    watched = [value for value in named.get("val_loss", ()) if value is not None] or known
    best = min(range(len(watched)), key=watched.__getitem__)
    return Trend(
        epochs=len(training),
        best_epoch=best + 1,
        still_falling=_still_falls(watched, best),
        rose=len(watched) > _FEW
        and watched[-1] > _ROSE * watched[best]
        and known[-1] < known[min(best, len(known) - 1)],
        unstable=len(known) < len(training) or _jumps(known),
        last={name: values[-1] for name, values in named.items() if values and values[-1] is not None},
        gap=_gap(named),
    )


def _still_falls(values: Sequence[float], best: int) -> bool:
    last = len(values) - 1
    if best < last - _LATE * len(values):
        return False
    if not best:
        return False
    before = min(values[: min(best, max(1, round(len(values) * (1 - 2 * _LATE))))])
    return values[best] < before - _STILL * abs(before)


def _jumps(values: Sequence[float]) -> bool:
    large = _SMALL * abs(values[0])
    return any(after > _JUMP * before and after > large for before, after in pairwise(values))


def _gap(named: dict[str, tuple[float | None, ...]]) -> tuple[str, float, float] | None:
    for name, values in named.items():
        other = named.get(f"val_{name}")
        if "acc" not in name or name.startswith("val_") or not values or not other:
            continue
        training, validation = values[-1], other[-1]
        if training is not None and validation is not None and training - validation >= _GAP:
            return name, training, validation
    return None
