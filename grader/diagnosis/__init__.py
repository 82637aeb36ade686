"""Why a submission scored what it scored, and one thing to try.

Each finding is a function: its docstring is the sentence the learner reads, and what it returns is the
evidence. A finding never quotes a question, an answer or a single example's result.

To add one, write the function and put it in one of the three tables, the surest first. To let a problem know
a mistake of its own, declare it in the problem's folder: see `problems.common_mistakes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..scoring.card import FULL_MARKS, Finding
from .classes import (
    class_never_predicted,
    class_never_predicted_besides,
    collapsed_predictions,
    labels_off_by_one,
    labels_permuted,
    logits_for_probabilities,
)
from .contract import (
    axes_in_another_order,
    input_shape,
    made_for_another_problem,
    output_shape,
    predictions_not_finite,
    too_large_to_answer,
    unseen_token_ids,
)
from .finding import Check, Evidence, GradedRun, Look, RankedFinding, finding
from .mistakes import answers_without_learning, questions_put_otherwise
from .numbers import flat_predictions, forecast_reversed, forecast_shifted, target_not_turned_back
from .probes import Prober, ProbeResults
from .training import (
    barely_missed,
    constant_predictions,
    larger_than_needed,
    more_to_learn,
    overfitting,
    underfitting,
)

CERTAIN: Final[tuple[Look, ...]] = (
    made_for_another_problem,
    axes_in_another_order,
    unseen_token_ids,
    predictions_not_finite,
    input_shape,
    output_shape,
    too_large_to_answer,
    answers_without_learning,
    class_never_predicted,
)
"""What explains everything by itself."""

CAUSES: Final[tuple[Look, ...]] = (
    labels_off_by_one,
    labels_permuted,
    questions_put_otherwise,
    target_not_turned_back,
    forecast_reversed,
    forecast_shifted,
    logits_for_probabilities,
)
"""Mistakes whose mending can be measured: the one that gains most is named first."""

SYMPTOMS: Final[tuple[Look, ...]] = (
    constant_predictions,
    collapsed_predictions,
    flat_predictions,
    larger_than_needed,
    overfitting,
    underfitting,
    class_never_predicted_besides,
    barely_missed,
)
"""What is left to say where no cause explains everything."""

LAST: Final[tuple[Look, ...]] = (more_to_learn,)
"""What is said where nothing else is: nobody below full marks is left without a next step."""

FINDINGS: Final[tuple[Look, ...]] = (*CERTAIN, *CAUSES, *SYMPTOMS, *LAST)


def diagnose(run: GradedRun) -> tuple[Finding, ...]:
    """All findings of a run, the one that explains most first."""
    certain = _seen(CERTAIN, run)
    if certain:
        return _findings(certain)
    causes = sorted(_seen(CAUSES, run), key=_worth)
    complete = [cause for cause in causes if cause.repair and cause.repair.score == FULL_MARKS]
    return _findings(complete or [*causes, *_seen(SYMPTOMS, run)] or _seen(LAST, run))


def _seen(looks: Iterable[Look], run: GradedRun) -> list[RankedFinding]:
    return [sighting for look in looks for sighting in look(run)]


def _worth(sighting: RankedFinding) -> tuple[int, float]:
    """Sorts what explains more before what explains less."""
    repair = sighting.repair
    return (0, 1.0) if repair is None else (-repair.score, repair.left)


def _findings(sightings: Iterable[RankedFinding]) -> tuple[Finding, ...]:
    return tuple(sighting.finding for sighting in sightings)


__all__ = [
    "CAUSES",
    "CERTAIN",
    "FINDINGS",
    "LAST",
    "SYMPTOMS",
    "Check",
    "Evidence",
    "GradedRun",
    "ProbeResults",
    "Prober",
    "RankedFinding",
    "diagnose",
    "finding",
]
