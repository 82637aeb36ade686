"""What a submission may bring and how long it may run, where somebody decides: a mentor, for a cohort.

    graded = grade(submission, dataset, sandbox, terms=Terms(allow_lambda=True, train_seconds=600))

Terms are for a sandbox that holds strangers (Docker): with `allow_lambda`, program code that is stored in the
model runs, in a worker used once. Nobody else pays for it: each model is asked in the warm worker first, and
only one that is refused for a Lambda layer is asked again in a worker of its own.

Under other terms only some cards can come out otherwise: those that are INVALID, and, where a time limit
became shorter, those that took longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...problems import Problem
from ...sandbox import Limits


@dataclass(frozen=True)
class SubmissionPolicy:
    """The usual terms, unless something else is said."""

    allow_lambda: bool = False
    """Run the program code of Lambda layers. Other layers without their code are refused all the same."""
    allow_scripts: bool = True
    """Train what was handed in as a script."""
    answer_seconds: float | None = None
    """For loading a model and answering all questions; None leaves it to the problem."""
    train_seconds: float | None = None
    """For training a script; None leaves it to the problem."""

    def __post_init__(self) -> None:
        for seconds in (self.answer_seconds, self.train_seconds):
            if seconds is not None and not 0 < seconds < float("inf"):
                raise ValueError(f"a time limit must be a positive number of seconds, not {seconds:g}")

    def answering(self, problem: Problem) -> Limits:
        """What a model of this problem may use while it answers."""
        return Limits(seconds=self.answer_seconds or problem.predict_seconds)

    def training(self, problem: Problem) -> Limits:
        """What a script for this problem may use while it trains."""
        return Limits(seconds=self.train_seconds or problem.train_seconds)


DEFAULT_POLICY: Final = SubmissionPolicy()
