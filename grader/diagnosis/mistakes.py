"""Checks for mistakes that a problem itself declares: perturbed inputs, and baselines without learning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ...files.text import counted
from ...problems import Dataset, Perturbation, Split
from ...sandbox import Ending
from ...sandbox.protocol.contract import NEVER_ADAPTED
from ..scoring.card import Finding
from .finding import (
    MIN_CORRELATION,
    Array,
    Evidence,
    GradedRun,
    RankedFinding,
    WhatIf,
    correlation,
    finding,
    naive_value,
    rescaled,
    rounded,
)
from .probes import PerturbedPredictions

_NEARLY_BEST: Final = 1.2
"""A perturbation that leaves up to so much more error than the best one explains as much."""
_ADAPT: Final = (
    "Call the layer's adapt() with the training inputs before you train, give the model inputs that are not "
    "scaled, and train again."
)
_SCALES: Final = "Normalization"
"""A layer that scales the inputs itself, adapted: else the worker gives it another name."""
_MEAN: Final = "the mean every time"
_MOST_FREQUENT: Final = "the most frequent class every time"
_COMPARED: Final = ("accuracy", "mean absolute error")
_LITTLE: Final = 0.02
"""Of an accuracy: not more than this above guessing is no better."""
_NEAR_BASELINE: Final = 0.33
"""A model predicts like a baseline when it is this much nearer to it than the labels are."""


def perturbed_inputs(run: GradedRun) -> Iterator[RankedFinding]:
    """The perturbation on which the model does far better; of near equals the one declared first."""
    found = [finding for perturbed in run.probes.perturbed for finding in _better_on(run, perturbed)]
    best = min((finding.remaining for finding in found), default=0.0)
    yield from [finding for finding in found if finding.remaining <= _NEARLY_BEST * best][:1]


@finding(Ending.COMPLETED)
def normalization_never_adapted(run: GradedRun) -> Evidence | None:
    """Your model has a Normalization layer that was never adapted: it passes its inputs on as they are."""
    if run.imperfect_score is None or NEVER_ADAPTED not in run.outcome.facts.layers:
        return None
    return Evidence("It holds a mean of 0 and a variance of 1.", _ADAPT)


def _is_sound(run: GradedRun, what_if: WhatIf, change: Perturbation) -> bool:
    """Whether the repaired model is worth something, and its layers do not speak against the mistake."""
    if what_if.score < 1 or not run.is_better_than_naive(what_if.after):
        return False
    scales = _SCALES in run.outcome.facts.layers[:2] and not change.layer
    return not (scales and change.code == "forgot_to_rescale")


def worse_than_baseline(run: GradedRun) -> str:
    """A sentence for a model that is no better than what needs no learning; empty for a better one."""
    score, metric = run.imperfect_score, run.dataset.problem.metric
    if score is None or metric.name not in _COMPARED:
        return ""
    values = _baseline_values(run.dataset, run.split, run.labels.values)
    if run.dataset.classes:
        guessing = max(values[_MOST_FREQUENT], 1 / len(run.dataset.classes))
        if score.value > guessing + _LITTLE:
            return ""
        return f"Always predicting the most frequent class gets {rounded(guessing)}, as much or more."
    beaten = {name: value for name, value in values.items() if score.value >= value}
    if not beaten:
        return ""
    name, value = max(beaten.items(), key=lambda item: item[1])
    unit = f" {metric.unit}" if metric.unit else ""
    off = f"is off by {rounded(value)}{unit} on average, your model by {rounded(score.value)}{unit}."
    return f"Predicting {name} {off}"


def told_baselines(dataset: Dataset) -> tuple[tuple[str, float], ...]:
    """What needs no learning, and its metric on the hidden test set to two digits, the worst first.

    Empty where the metric is one that baselines are not measured by.
    """
    metric = dataset.problem.metric
    if metric.name not in _COMPARED:
        return ()
    values = _baseline_values(dataset, Split.HIDDEN, dataset.labels(Split.HIDDEN).values)
    told = [(name, float(f"{value:.2g}")) for name, value in values.items()]
    return tuple(sorted(told, key=lambda each: each[1], reverse=not metric.higher_is_better))


def _baseline_values(dataset: Dataset, split: Split, labels: Array) -> dict[str, float]:
    """The metric of what needs no learning on a split, by what it predicts: "the mean every time"."""
    metric = dataset.problem.metric
    if dataset.classes:
        return {_MOST_FREQUENT: naive_value(dataset, labels)}
    baselines = dataset.problem.common_mistakes.baselines
    inputs = dataset.inputs(split) if baselines else {}
    plain = {baseline.name: baseline.predict(inputs) for baseline in baselines}
    return {
        _MEAN: naive_value(dataset, labels),
        **{
            name: float(metric.per_example(values, labels).mean())
            for name, values in plain.items()
            if values.shape == labels.shape
        },
    }


def baseline_predictions(run: GradedRun) -> Iterator[RankedFinding]:
    """Baselines that the model hardly differs from."""
    score, metric = run.imperfect_score, run.dataset.problem.metric
    if score is None:
        return
    baselines = run.dataset.problem.common_mistakes.baselines
    inputs = run.dataset.inputs(run.split) if baselines else {}
    for baseline in baselines:
        plain = baseline.predict(inputs)
        if plain.shape != score.decoded.shape:
            continue
        distance = float(np.abs(score.decoded - plain).mean())
        labels_distance = float(np.abs(run.labels.values - plain).mean())
        if distance <= _NEAR_BASELINE * labels_distance:
            unit = f" {metric.unit_of_labels or metric.unit}".rstrip()
            text = (
                f"Its predictions differ from that by {rounded(distance)}{unit} on average, the labels by "
                f"{rounded(labels_distance)}{unit}."
            )
            yield RankedFinding(Finding(baseline.code, baseline.what, text, baseline.try_next))


def _better_on(run: GradedRun, perturbed: PerturbedPredictions) -> Iterator[RankedFinding]:
    if run.score is None:
        return
    before, labels = run.score.decoded[perturbed.picked], run.labels.values[perturbed.picked]
    what_if = run.what_if.compare(before, perturbed.decoded, labels, subtle=perturbed.perturbation.subtle)
    fitted = ""
    if not run.dataset.classes and correlation(perturbed.decoded, labels) >= MIN_CORRELATION:
        # Who scaled the inputs elsewhere often scaled the targets too: both are compared rescaled.
        better = run.what_if.compare(rescaled(before, labels), rescaled(perturbed.decoded, labels), labels)
        if better is not None and (what_if is None or better.remaining < what_if.remaining / 2):
            what_if, fitted = better, ", and with the predictions scaled and shifted to fit"
    change = perturbed.perturbation
    if what_if is not None and _is_sound(run, what_if, change):
        text = (
            f"On {counted(what_if.count, 'input')} changed that way{fitted}, {run.what_if.describe(what_if)}."
        )
        named = Finding(change.code, change.what, text, change.try_next)
        if change.normalises and NEVER_ADAPTED in run.outcome.facts.layers:
            check = normalization_never_adapted
            named = Finding(check.code, check.sentence, text, _ADAPT)
        yield RankedFinding(named, what_if)
