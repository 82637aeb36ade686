"""What the ledger keeps of an attempt at a hidden test set while somebody practises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ...errors import NoAttemptsLeft
from ...files.text import counted
from . import Attachment


@dataclass(frozen=True)
class HiddenTestSet:
    """A learner's attempts are counted on it, and compared with each other."""

    learner: str
    problem: str
    """Its id."""
    data: str
    """The fingerprint of the data."""
    split: str
    """Which of its examples: "hidden", or the half that is called "feedback" or "final"."""


@dataclass(frozen=True)
class PracticeAttempt(Attachment):
    """A scored submission as one more attempt; its figures are told where they beat the best told before."""

    on: HiddenTestSet
    limit: int
    """So many attempts there may be."""
    beats: Callable[[NDArray[Any], NDArray[Any]], bool] = field(repr=False, compare=False)
    """Whether the second predictions beat the first by more than chance."""


def require_attempt(used: int, on: HiddenTestSet, limit: int) -> None:
    """Nothing, where another attempt is left. Raises NoAttemptsLeft."""
    if used >= limit:
        raise NoAttemptsLeft(
            f"You have used {used:,} of {counted(limit, 'attempt')} at the hidden test set of {on.problem}.",
            "`tfprep check` grades on the validation data, as often as you like. "
            f"TFPREP_ATTEMPTS={limit + 100} allows 100 more.",
        )
