"""The training log beside a model: read to explain its score, and kept with it where it is its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..sandbox import ArtifactKind
from .grade import Graded
from .records import Curves
from .scoring.card import Record
from .submission.candidates import saved_at
from .submission.curves import read_curves, read_printed, read_quickly
from .submission.submission import LoadedArtifact
from .training_trend import Trend, read_trend

if TYPE_CHECKING:
    from .ledger import Ledger

logger = logging.getLogger(__name__)

_LOOKED_AT: Final = 20
"""The latest attempts, whose curves are compared."""


def trend_of(work: LoadedArtifact) -> Trend | None:
    """How the model was trained, by the log beside it; None where there is none, or it cannot be read."""
    if work.workspace is None:
        return None
    try:
        return read_trend(read_quickly(work.workspace, saved_at(work.artifact)))
    except Exception:  # it only explains a score
        logger.exception("a training log could not be read")
        return None


def keep_curves(
    record: Record, work: LoadedArtifact, graded: Graded, ledger: Ledger, tell: Callable[[str], None]
) -> None:
    """Keep how the model was trained: what its script printed, or the newest log in its workspace.

    A log is written by one training: it stays with the model that was submitted with it first, and `tell`
    gets a sentence where it was another one.
    """
    if graded.submission.kind is ArtifactKind.SCRIPT:
        found = read_printed(graded.card.log)
    else:
        found = None if work.workspace is None else read_curves(work.workspace, saved_at(work.artifact))
    if found is None:
        return
    if (other := _other_with(found, record, ledger)) is None:
        ledger.attach(record.number, found)
    else:
        tell(f"{found.source} is the training log of submission {other}: it is not shown as this model's.")


def _other_with(curves: Curves, record: Record, ledger: Ledger) -> int | None:
    """The number of an earlier attempt of the learner with another model and these very curves; else None."""
    earlier = ledger.history(record.learner, record.card.problem)[-_LOOKED_AT:]
    others = (each.number for each in earlier if each.digest != record.digest)
    return next((number for number in others if ledger.curves.read(number) == curves), None)
