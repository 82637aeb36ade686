"""What is submitted: recognised, read and unpacked here; and the policy of what a submission may hold.

Under another policy only some cards can come out otherwise: those that are INVALID, and, where a time limit
became shorter, those that took longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...problems import Problem
from ...sandbox import Limits


@dataclass(frozen=True)
class SubmissionPolicy:
    """What a submission may hold and how long it may run; the default is that of one's own practice."""

    allow_scripts: bool = True
    """Train a submission that is a script."""
    predict_seconds: float | None = None
    """For loading a model and predicting on all inputs; None leaves it to the problem."""
    train_seconds: float | None = None
    """For training a script; None leaves it to the problem."""

    def __post_init__(self) -> None:
        for seconds in (self.predict_seconds, self.train_seconds):
            if seconds is not None and not 0 < seconds < float("inf"):
                raise ValueError(f"a time limit must be a positive number of seconds, not {seconds:g}")

    def predicting(self, problem: Problem) -> Limits:
        """What a model of this problem may use while it predicts."""
        return Limits(seconds=self.predict_seconds or problem.predict_seconds, writes_files=False)

    def training(self, problem: Problem) -> Limits:
        """What a script for this problem may use while it trains."""
        return Limits(seconds=self.train_seconds or problem.train_seconds)


DEFAULT_POLICY: Final = SubmissionPolicy()
