"""How much is told while an exam runs: only the band, or the class of the fault. Everything is recorded."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ...sandbox import Ending, Outcome
from .card import ScoreCard, Timings


class FaultClass(StrEnum):
    """What kept a submission from being scored, as coarsely as an exam tells it."""

    LOAD = "load"
    SHAPE = "shape"
    VALUES = "values"
    TIME = "time"


def fault_class(outcome: Outcome, fault: str) -> FaultClass:
    """The class of a fault, by how its job ended and by its code."""
    if outcome.ending in (Ending.TIMED_OUT, Ending.OUT_OF_MEMORY):
        return FaultClass.TIME
    return _BY_CODE.get(fault, FaultClass.LOAD)


def as_in_exam(card: ScoreCard, fault: FaultClass | None) -> ScoreCard:
    """The card as an exam shows it: no metric, no findings, no word of what was seen."""
    told = f"{card.score} of 5." if card.score is not None else _TOLD[fault or FaultClass.LOAD]
    return ScoreCard(
        problem=card.problem,
        data_source=card.data_source,
        verdict=card.verdict,
        reason=told,
        score=card.score,
        timings=Timings(total=card.timings.total),
        fingerprints=card.fingerprints,
    )


_BY_CODE: Final = {
    "input_shape": FaultClass.SHAPE,
    "output_shape": FaultClass.SHAPE,
    "output_count": FaultClass.SHAPE,
    "output_dtype": FaultClass.SHAPE,
    "wrong_dtype": FaultClass.SHAPE,
    "not_finite": FaultClass.VALUES,
    "model_raised": FaultClass.VALUES,
}
_TOLD: Final = {
    FaultClass.LOAD: "Not scored (load): the submission could not be read, loaded or run.",
    FaultClass.SHAPE: "Not scored (shape): the model takes or gives examples of another shape or kind.",
    FaultClass.VALUES: "Not scored (values): the model fails at the questions, or answers with no numbers.",
    FaultClass.TIME: "Not scored (time): it took more time or memory than there is.",
}
