"""Predicts for the hidden inputs among their changed copies, and alone where a model fails there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from numpy.typing import NDArray

from ...errors import SandboxUnavailable
from ...sandbox import Ending, Outcome, PredictJob, Sandbox
from .mixed_inputs import MixedInputs

_AT_AN_INPUT: Final = frozenset({"model_raised", "unknown_id", "no_room", "output_shape", "not_numbers"})
"""Refusals of a model that was running."""


Array = NDArray[Any]


@dataclass(frozen=True)
class SortedPredictions:
    """What a model predicted for mixed inputs, sorted by what each input is for."""

    hidden: Array
    """(n, *output)"""
    copies: Array | None
    """(m, *output); None where it failed at the set, and predicted for the hidden inputs alone."""
    again: Array | None
    """(r, *output) of the inputs that were given a second time; None where none was."""
    alone: Array | None = None
    """(r, *output) of the same inputs, each in a call of its own, in another process."""
    failures: int = 0
    """How often it failed at the set."""

    @classmethod
    def sort(cls, predictions: Array, mixed: MixedInputs) -> SortedPredictions:
        """The (total, *output) predictions for a whole set."""
        copies, again = (predictions[each] if len(each) else None for each in (mixed.copies, mixed.again))
        return cls(predictions[mixed.hidden], copies, again)


def predict_among_copies(
    job: PredictJob,
    mixed: MixedInputs,
    mix_bare: Callable[[], MixedInputs | None],
    sandbox: Sandbox,
) -> tuple[Outcome, SortedPredictions | None]:
    """The predictions for the job's inputs, in their order, and what else the model predicted.

    Where a model fails among copies, it gets the inputs alone: nobody loses a score by a copy. One that
    predicts for these gets the whole set once more: it may have failed for another reason.

    Args:
        job: for the inputs alone.
        mixed: the set to predict for instead.
        mix_bare: makes the set without copies.
        sandbox: runs the job.
    """
    outcome, predicted = _predict(job, mixed, sandbox)
    if not _may_have_failed_at_a_copy(outcome) or (bare := mix_bare()) is None:
        return outcome, predicted
    outcome, predicted = _predict(job, bare, sandbox)
    if predicted is None:
        return outcome, None
    try:
        second, among = _predict(job, mixed, sandbox)
    except SandboxUnavailable:  # the score is known: a sandbox that breaks now costs nobody anything
        return outcome, replace(predicted, failures=1)
    if among is not None:
        return second, among
    return outcome, replace(predicted, failures=2 if _may_have_failed_at_a_copy(second) else 1)


def _predict(
    job: PredictJob, mixed: MixedInputs, sandbox: Sandbox
) -> tuple[Outcome, SortedPredictions | None]:
    """What came of a set, with the predictions for the job's inputs alone; and all of them, if any."""
    outcome = sandbox.predict(_with_mixed(job, mixed))
    if outcome.predictions is None or len(outcome.predictions) != mixed.inputs.count:
        return outcome, None
    predicted = SortedPredictions.sort(outcome.predictions, mixed)
    return replace(outcome, predictions=predicted.hidden), predicted


def _with_mixed(job: PredictJob, mixed: MixedInputs) -> PredictJob:
    """The job for a whole set, with the same time for each example."""
    seconds = job.limits.seconds * mixed.inputs.count / max(1, job.inputs.count)
    return replace(job, inputs=mixed.inputs, limits=replace(job.limits, seconds=seconds))


def _may_have_failed_at_a_copy(outcome: Outcome) -> bool:
    """Whether the model ran and broke: not for time, of which there was enough for each example."""
    if outcome.ending in (Ending.CRASHED, Ending.OUT_OF_MEMORY):
        return True
    return outcome.refusal is not None and outcome.refusal.code in _AT_AN_INPUT


def predict_further(job: PredictJob, sandbox: Sandbox) -> Array | None:
    """The predictions; None without any."""
    try:
        return sandbox.predict(job).predictions
    except SandboxUnavailable:
        return None  # The score is known: a sandbox that breaks now costs nobody anything.
