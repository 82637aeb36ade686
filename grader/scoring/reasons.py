"""The sentence that says why: the metric, its value and the threshold, or what went wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final

from ...files.text import SENTENCE_LIMIT, counted, one_line
from ...problems import Metric
from ...sandbox import EXCEEDED, Ending, Limits, ModelFacts, Outcome
from .card import Margin, ScoreCard, Timings
from .score import Score

_DECIMALS: Final = range(3, 10)
_OUT_OF_RANGE: Final = 10_000
"""No problem's metric has such values, but for a model that predicts what it likes."""
_MAX_FACT: Final = 400
"""Characters."""
_MAX_LAYER: Final = 200
_MAX_LAYERS: Final = 60


def explain_score(score: Score, metric: Metric, count: int, split: str, half: str = "") -> str:
    """For example "Accuracy 0.962 on 10,012 hidden examples: 4 of 5. 0.008 more earns 5."."""
    unit = f" {metric.unit}" if metric.unit else ""
    decimals = decimals_of(score.value, score.margin)
    name = metric.name[:1].upper() + metric.name[1:]
    value = with_decimals(score.value, decimals)
    of = f" (the {half} half)" if half else ""
    sentence = f"{name} {value}{unit} on {counted(count, f'{split} example')}{of}: {score.score} of 5."
    if score.margin is None:
        return sentence
    needed = round_up(score.margin.distance, decimals)
    direction = "more" if metric.higher_is_better else "less"
    way = f"{with_decimals(needed, decimals)}{unit} {direction} earns {score.margin.next_score}."
    return f"{sentence} {way}"


def explain_fault(outcome: Outcome, doing: str, limits: Limits) -> str:
    """Why a job that did not complete cannot be scored."""
    return one_line(_FAULTS[outcome.ending](outcome, doing, limits), SENTENCE_LIMIT)


def list_facts(facts: ModelFacts) -> Mapping[str, str]:
    """What the worker reported of a model, as short printable text; what it did not report is left out.

    "layers" alone has several lines: one for each layer, as "Dense · (n, 128) · 100,480 parameters".
    """
    values = {
        "input": facts.input_shape,
        "output": facts.output_shape,
        "parameters": "" if facts.parameters is None else f"{facts.parameters:,}",
        "saved_by": facts.saved_by,
        "form": facts.form,
        "adaptations": " ".join(facts.adaptations),
        "device": facts.device,
        "optimizer": facts.optimizer,
        "learning_rate": facts.learning_rate,
        "loss": facts.loss,
        "activations": _counted(facts.activations),
    }
    shown = {name: one_line(text, _MAX_FACT) for name, text in values.items() if text}
    layers = [one_line(layer, _MAX_LAYER) for layer in facts.summary[:_MAX_LAYERS]]
    return shown | {"layers": "\n".join(layers)} if layers else shown


def _counted(names: Sequence[str]) -> str:
    """Names in their order: "relu, 2 x tanh, softmax"."""
    runs = [(name, len(list(same))) for name, same in groupby(names)]
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in runs)


def _refused(outcome: Outcome, doing: str, limits: Limits) -> str:
    refusal = outcome.refusal
    if refusal is None:
        return "The submission was refused without a reason."
    parts = [refusal.message]
    if refusal.expected and refusal.expected not in refusal.message:
        parts.append(f"Expected {refusal.expected}.")
    if refusal.found and refusal.found not in refusal.message:
        parts.append(f"Found {refusal.found}.")
    return " ".join(parts)


def _timed_out(outcome: Outcome, doing: str, limits: Limits) -> str:
    step = "Training" if doing == "training" else "Loading the model and predicting on all inputs"
    return f"{step} took longer than the {counted(limits.seconds, 'second')} it may take. {_SMALLER[doing]}"


def _out_of_memory(outcome: Outcome, doing: str, limits: Limits) -> str:
    step = "The training script" if doing == "training" else "The model"
    gigabytes = limits.memory_bytes / 2**30
    return f"{step} used more than the {gigabytes:.3g} GiB of memory it may use. {_SMALLER[doing]}"


def _crashed(outcome: Outcome, doing: str, limits: Limits) -> str:
    if outcome.refusal is not None and outcome.refusal.code == EXCEEDED:
        job = "The training script" if doing == "training" else "The model's process"
        return f"{job} was ended for using more than it may. {outcome.refusal.message}"
    if doing == "training":
        if outcome.refusal is not None and outcome.refusal.code == "raised":
            return f"The training script stopped with an error. {outcome.refusal.message}"
        lines = [line for line in outcome.log.splitlines() if line.strip()]
        last = f" Its last line was: {lines[-1]}" if lines else ""
        how = f" {outcome.refusal.message}" if outcome.refusal else ""
        what = "The training script's process ended before the script came to its end, so no model was taken."
        return f"{what}{how}{last}"
    return (
        "The model's process ended abruptly while it loaded the model or predicted. Check whether the model "
        "loads in a new Python process with keras.models.load_model and predicts one batch."
    )


_FAULTS: Final = {
    Ending.REFUSED: _refused,
    Ending.TIMED_OUT: _timed_out,
    Ending.OUT_OF_MEMORY: _out_of_memory,
    Ending.CRASHED: _crashed,
}
_SMALLER: Final = {
    "training": "Train for fewer epochs, or on smaller batches.",
    "predicting": "Make the model smaller, with fewer or narrower layers.",
}


def decimals_of(value: float, margin: Margin | None) -> int:
    """As few decimals as keep a value on its side of the next threshold: 0.9698 is not shown as 0.970.

    Less than none for a value that is out of every range: more digits would be a model's own words.
    """
    if math.isfinite(value) and abs(value) >= _OUT_OF_RANGE:
        return 2 - math.floor(math.log10(abs(value)))
    if margin is None:
        return _DECIMALS.start
    apart = (digits for digits in _DECIMALS if round(value, digits) != round(margin.threshold, digits))
    return next(apart, _DECIMALS.stop)


def with_decimals(value: float, decimals: int) -> str:
    """A number with so many decimals: 794000 for 793755.4 with -3."""
    return f"{round(value, decimals):.{max(0, decimals)}f}"


def round_up(distance: float, decimals: int) -> float:
    """The distance to a threshold as it is shown: whoever improves by that much has reached it."""
    scale = 10.0**decimals
    # The small subtraction keeps binary fractions such as 0.1 + 0.2 from being rounded up a step too far.
    return math.ceil(distance * scale - 1e-6) / scale


class FaultClass(StrEnum):
    """What kept a submission from being scored, as coarsely as it is shown while an exam runs."""

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
    """The card as it is shown while an exam runs: no metric, no findings, nothing about the model."""
    reason = f"{card.score} of 5." if card.score is not None else _IN_EXAM[fault or FaultClass.LOAD]
    return ScoreCard(
        problem=card.problem,
        data_source=card.data_source,
        verdict=card.verdict,
        reason=reason,
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
_IN_EXAM: Final = {
    FaultClass.LOAD: "Not scored (load): the submission could not be read, loaded or run.",
    FaultClass.SHAPE: "Not scored (shape): the model's inputs or predictions have another shape or dtype.",
    FaultClass.VALUES: "Not scored (values): the model fails on the inputs, or predicts NaN or infinity.",
    FaultClass.TIME: "Not scored (time): it took more time or memory than it may use.",
}
