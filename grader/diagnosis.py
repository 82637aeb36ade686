"""Why a submission scored what it scored, and one thing to try.

Each finding is a function: its docstring is the sentence the learner reads, and what it returns is the
evidence. A finding never quotes a question, an answer or a single example's result.

To add one, write the function and put it in `FINDINGS`, the surest first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..problems import Answers, Dataset
from ..sandbox import Ending, Outcome
from .score import Score
from .scorecard import Finding

_FEW_EXAMPLES: Final = 20
_NEVER: Final = 0.2
"""A class that should come up this often, relative to an even share, and never does, is named."""
_COLLAPSED: Final = 0.95


@dataclass(frozen=True)
class Run:
    """Everything that is known when a submission has been answered for."""

    dataset: Dataset
    outcome: Outcome
    answers: Answers
    score: Score | None = None
    """None where nothing could be scored."""
    fault: str = ""
    """The code of what made it INVALID: "not_finite", "input_shape", …; empty where it was scored."""


@dataclass(frozen=True)
class Evidence:
    """What a finding saw, in numbers, and what to try next."""

    seen: str
    try_next: str


@dataclass(frozen=True)
class Check:
    """One fault that can be recognised, for runs that ended in one of `endings`."""

    code: str
    sentence: str
    endings: frozenset[Ending]
    look: Callable[[Run], Evidence | None]

    def __call__(self, run: Run) -> Finding | None:
        """The finding, where this fault is seen in `run`."""
        evidence = self.look(run) if run.outcome.ending in self.endings else None
        if evidence is None:
            return None
        return Finding(self.code, self.sentence, evidence.seen, evidence.try_next)


def finding(*endings: Ending) -> Callable[[Callable[[Run], Evidence | None]], Check]:
    """Makes a check of a function: its name is the code, its docstring the learner's sentence."""

    def make(look: Callable[[Run], Evidence | None]) -> Check:
        sentence = " ".join((inspect.getdoc(look) or look.__name__).split())
        return Check(look.__name__, sentence, frozenset(endings), look)

    return make


def diagnose(run: Run) -> tuple[Finding, ...]:
    """All findings of a run, the surest first."""
    return tuple(found for check in FINDINGS if (found := check(run)) is not None)


@finding(Ending.COMPLETED)
def predictions_not_finite(run: Run) -> Evidence | None:
    """Your model answers with NaN or infinity instead of numbers."""
    predictions = run.outcome.predictions
    if run.fault != "not_finite" or predictions is None:
        return None
    wrong = ~np.isfinite(predictions).reshape(len(predictions), -1).all(axis=1)
    return Evidence(
        f"{int(wrong.sum()):,} of {len(predictions):,} answers are not finite.",
        "Look for the epoch in which the loss became nan: lower the learning rate, and check the training "
        "data for gaps and for logarithms or divisions of zero.",
    )


@finding(Ending.REFUSED, Ending.COMPLETED)
def input_shape(run: Run) -> Evidence | None:
    """Your model takes examples of another shape than this problem has."""
    if run.fault != "input_shape":
        return None
    forms = " or ".join(f"{form.shape} {form.dtype} ({form.meaning})" for form in run.dataset.problem.inputs)
    return Evidence(
        f"Asked for: {forms}. {_found(run)}".strip(),
        f"Begin the model with Input(shape={run.dataset.problem.inputs[0].shape}), train again, and save.",
    )


@finding(Ending.REFUSED, Ending.COMPLETED)
def output_shape(run: Run) -> Evidence | None:
    """Your model answers in another shape than this problem asks for."""
    if run.fault != "output_shape":
        return None
    outputs = run.dataset.outputs
    forms = " or ".join(f"{output.shape} ({output.meaning})" for output in outputs)
    wanted = outputs[0].shape[-1] if outputs[0].shape else 1
    return Evidence(
        f"Asked for: {forms}. {_found(run)}".strip(),
        f"Let the last layer give {wanted} numbers for each example.",
    )


@finding(Ending.COMPLETED)
def constant_predictions(run: Run) -> Evidence | None:
    """Your model gives the same answer to every question."""
    if run.score is None or len(run.score.read) < _FEW_EXAMPLES or run.score.margin is None:
        return None
    read = run.score.read.reshape(len(run.score.read), -1)
    if (read != read[0]).any():
        return None
    return Evidence(
        f"One answer to all {len(read):,} questions.",
        "See whether the loss falls at all: check the scale of the inputs, the learning rate, the last "
        "layer's activation and the loss that goes with it.",
    )


@finding(Ending.COMPLETED)
def collapsed_predictions(run: Run) -> Evidence | None:
    """Your model answers almost every question with one class."""
    counts = _class_counts(run)
    if counts is None or len(counts) < 3 or (counts > 0).sum() < 2:
        return None
    share = counts.max() / counts.sum()
    if share < _COLLAPSED:
        return None
    return Evidence(
        f"{share:.0%} of the answers are one class of {len(counts)}.",
        "Check that labels and inputs were shuffled together, and train longer with a lower learning rate.",
    )


@finding(Ending.COMPLETED)
def class_never_predicted(run: Run) -> Evidence | None:
    """Your model never answers with one or more of the classes."""
    counts = _class_counts(run)
    if counts is None or (counts > 0).sum() < 2:
        return None
    expected = np.bincount(run.answers.values.astype(np.int64).ravel(), minlength=len(counts))
    common = expected >= max(_NEVER * expected.mean(), 5)
    missing = [
        name for name, seen, due in zip(run.dataset.classes, counts, common, strict=True) if due and not seen
    ]
    if not missing:
        return None
    return Evidence(
        f"Never answered: {_listed(missing)}.",
        "See whether your training data holds these classes, in the order of the given class names.",
    )


@finding(Ending.COMPLETED)
def barely_missed(run: Run) -> Evidence | None:
    """You are so close to the next score that other examples might have earned it."""
    if run.score is None or run.score.margin is None or not run.score.margin.within_interval:
        return None
    margin, interval = run.score.margin, run.score.interval
    return Evidence(
        f"The line for {margin.next_score} is {margin.line:g}; the 95% interval of your "
        f"{run.dataset.problem.metric.name} reaches from {interval.low:.4g} to {interval.high:.4g}.",
        "A little more of the same: a few more epochs with early stopping, or slightly more regularisation.",
    )


FINDINGS: Final[Sequence[Check]] = (
    predictions_not_finite,
    input_shape,
    output_shape,
    constant_predictions,
    collapsed_predictions,
    class_never_predicted,
    barely_missed,
)


def _class_counts(run: Run) -> NDArray[Any] | None:
    """(classes,) How often each class was answered; None where the answers are not classes or full marks."""
    if run.score is None or not run.dataset.classes or run.score.margin is None:
        return None
    read = run.score.read
    if read.ndim != 1 or read.dtype.kind not in "iu" or len(read) < _FEW_EXAMPLES:
        return None
    counts = np.bincount(read, minlength=len(run.dataset.classes))
    return counts if len(counts) == len(run.dataset.classes) else None


def _found(run: Run) -> str:
    refusal, facts = run.outcome.refusal, run.outcome.facts
    shape = facts.input_shape if run.fault == "input_shape" else facts.output_shape
    found = refusal.found if refusal is not None and refusal.found else shape
    return f"Found: {found}." if found else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
