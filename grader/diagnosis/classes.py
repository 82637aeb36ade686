"""Checks for classifiers: labels in another order, classes never predicted, logits, doubled activations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...files.text import listed
from ...sandbox import Ending
from ..scoring.card import FULL_MARKS
from ..scoring.score import Score, earned_score, matching_output
from .finding import Evidence, GradedRun, WhatIf, finding, rounded

_FEW_EXAMPLES: Final = 20
_NEVER: Final = 0.2
"""A class that should come up this often, relative to an even share, and is never predicted, is named."""
_UNHEARD: Final = 0.2
"""A class that was trained gets more of the probability than this share of an even one."""
_TO_BLAME: Final = 0.67
"""Classes that are never predicted explain a score when this share of the errors is theirs."""
_SEVERAL: Final = 3
"""Fewer classes are easily told apart by chance."""
_COLLAPSED: Final = 0.95
_OUTSIDE: Final = 0.02
"""The share of probabilities that may lie outside 0 to 1."""
_POOR: Final = 3
"""Up to this score, logits where probabilities were expected may have spoilt the training."""

Classes = NDArray[np.int64]


_EXACT: Final = 1e-3
"""By so much may a number lie outside of its range: 32-bit numbers are rounded."""
_SURE: Final = 0.99
_OFTEN: Final = 0.05
"""A trained model is as sure as a probability can be of at least this share of the inputs."""
_OVERCONFIDENT: Final = 0.2
"""A model is surer than it is right when its mean confidence exceeds its accuracy by so much."""
_SKILL: Final = 0.2
"""Of the way from guessing to perfect, a model that knows something else gets no further than this."""
_ONE_ANSWER: Final = 0.9
"""A model that predicts one class so often has collapsed: that has another cause."""
Array = NDArray[Any]


@finding(Ending.COMPLETED)
def labels_off_by_one(run: GradedRun) -> Evidence | None:
    """Your model counts the classes from another number: it predicts the class next to the right one."""
    scored, count = _scored(run), len(run.dataset.classes)
    if scored is None or count < 3:
        return None
    for step in (1, -1):
        shifted = (scored.decoded + step) % count
        what_if = run.what_if.compare(scored.decoded, shifted, run.labels.values)
        if what_if is not None:
            return Evidence(
                f"Shifted by one class, {run.what_if.describe(what_if)}.",
                "Labels count from 0 in the order of the given class names: check whether yours begin at 1, "
                "or were shifted to fit a loss.",
                what_if,
            )
    return None


@finding(Ending.COMPLETED)
def labels_permuted(run: GradedRun) -> Evidence | None:
    """Your model tells the classes apart, but its labels are in another order than the given class names."""
    scored = _scored(run)
    if scored is None:
        return None
    renamed = _renamed(run, scored)
    what_if = run.what_if.compare(scored.decoded, renamed, run.labels.values)
    shifted = labels_off_by_one.evidence(run)
    if what_if is None:
        return None
    if shifted and shifted.what_if and shifted.what_if.remaining <= what_if.remaining:
        return None
    return Evidence(
        f"With the classes renamed, {run.what_if.describe(what_if)}.",
        "Number your classes in the given order: alphabetically by folder, as image_dataset_from_directory "
        "does, and not as os.listdir or a set lists them; for two classes, check which one is 1.",
        what_if,
    )


@finding(Ending.COMPLETED)
def logits_for_probabilities(run: GradedRun) -> Evidence | None:
    """Your model predicts logits, numbers of any size, where probabilities from 0 to 1 are expected."""
    scored, raw = _scored(run), run.outcome.predictions
    if scored is None or raw is None:
        return None
    outside = float(((raw < -1e-3) | (raw > 1 + 1e-3)).mean())
    loss = run.outcome.facts.loss
    if outside < _OUTSIDE:
        return None
    one_output = raw.size == len(raw)
    what_if = None
    if one_output:
        output = matching_output(raw, len(raw), run.dataset.outputs)
        probabilities = 1 / (1 + np.exp(-np.clip(raw.astype(np.float64), -50, 50)))
        what_if = run.what_if.compare(scored.decoded, output.read(probabilities), run.labels.values)
    # Logits of several outputs are read as well: they hurt where the loss took them for probabilities.
    if what_if is None and ("from_logits" in loss or scored.score > (_POOR if loss else 0)):
        return None
    gained = f" As probabilities, {run.what_if.describe(what_if)}." if what_if is not None else ""
    return Evidence(
        f"{outside:.0%} of the numbers lie outside 0 to 1.{gained}",
        f'End the model with activation="{"sigmoid" if one_output else "softmax"}", and compile it with the '
        "loss that expects probabilities (from_logits=False).",
        what_if,
    )


@finding(Ending.COMPLETED)
def relu_at_the_end(run: GradedRun) -> Evidence | None:
    """Your classifier ends in a relu: it cannot say of a class that it is unlikely, and stops learning."""
    scored, facts = _scored(run), run.outcome.facts
    ends = bool(facts.layers) and facts.layers[-1] in ("Dense", "Activation", "ReLU")
    if scored is None or scored.score > _POOR or not ends or facts.activations[-1:] != ("relu",):
        return None
    raw = run.outcome.predictions
    zeros = 0.0 if raw is None else float((raw == 0).mean())
    one = raw is not None and raw.size == len(raw)
    return Evidence(
        f"{zeros:.0%} of the numbers that it gives are exactly 0.",
        f'End the model with activation="{"sigmoid" if one else "softmax"}", and train it again.',
    )


@finding(Ending.COMPLETED)
def collapsed_predictions(run: GradedRun) -> Evidence | None:
    """Your model predicts the same class for almost every input."""
    predicted = _counts_per_class(run)
    if predicted is None or (predicted > 0).sum() < 2:
        return None
    share = predicted.max() / predicted.sum()
    most_frequent = _true_counts(run, len(predicted)).max()
    if share < _COLLAPSED or most_frequent / predicted.sum() > share - (1 - _COLLAPSED):
        return None
    return Evidence(
        f"{share:.0%} of the predictions are one class of {len(predicted)}.",
        "Check that labels and inputs were shuffled together, and train longer with a lower learning rate.",
    )


@finding(Ending.COMPLETED)
def class_never_predicted(run: GradedRun) -> Evidence | None:
    """Your model never predicts one or more of the classes."""
    missing = _missing(run)
    if missing is None or _share_of_errors(run, missing) < _TO_BLAME:
        return None
    what_if = _on_other_classes(run, missing)
    return None if what_if is None else _never(run, missing, what_if)


def _besides(run: GradedRun) -> Evidence | None:
    missing = _missing(run)
    return None if missing is None or class_never_predicted.evidence(run) else _never(run, missing)


class_never_predicted_besides: Final = replace(class_never_predicted, evidence=_besides)
"""The same where it is not all: other errors weigh more, or the other classes are not told apart either."""


def _missing(run: GradedRun) -> Classes | None:
    """The numbers of the classes that come up often enough and are never predicted; None without any."""
    predicted = _counts_per_class(run)
    if predicted is None or (predicted > 0).sum() < 2:
        return None
    true = _true_counts(run, len(predicted))
    missing = np.flatnonzero((true >= max(_NEVER * true.mean(), 5)) & (predicted == 0))
    raw = _class_answers(run)
    if raw is not None:  # a model that was trained on a class, if little, gives it some probability
        even = 1 / len(predicted)
        missing = missing[_probabilities(raw)[:, missing].mean(axis=0) < _UNHEARD * even]
    return missing if len(missing) else None


def _share_of_errors(run: GradedRun, missing: Classes) -> float:
    """The share of the errors that are examples of these classes, on training data where it was predicted.

    A model that has learned little errs on its training data elsewhere too.
    """
    training = run.probes.training
    if training is not None:
        labels, decoded = training.labels.ravel(), training.decoded
    else:
        labels = run.labels.values.ravel()
        decoded = run.score.decoded if run.score is not None else run.labels.values
    wrong = labels != decoded
    return float(np.isin(labels[wrong], missing).mean()) if wrong.any() else 0.0


def _on_other_classes(run: GradedRun, missing: Classes) -> WhatIf | None:
    """What the model earns on the classes that it predicts, each counting alike; None below full marks.

    At full marks it takes the inputs as they are meant, and no perturbation explains it better. A model that
    collapsed predicts fewer than half of them, or does not tell those apart better than by guessing.
    """
    if run.score is None:
        return None
    metric, labels = run.dataset.problem.metric, run.labels.values
    each = metric.per_example(run.score.decoded, labels)
    others = [number for number in np.unique(labels) if number not in missing]
    after = float(np.mean([each[labels == number].mean() for number in others])) if others else 0.0
    earned = earned_score(run.dataset.bands, _among(after, len(others), len(others) + len(missing)))
    if len(others) < max(_SEVERAL, len(missing)) or earned < FULL_MARKS:
        return None
    best = float(metric.per_example(labels, labels).mean())
    remaining = abs(best - after) / abs(best - run.score.value)
    return WhatIf(run.score.value, after, earned, remaining, int(np.isin(labels, others).sum()))


def _among(accuracy: float, few: int, many: int) -> float:
    """What an accuracy among a few classes comes to among many, guessing taken off: fewer are easier."""
    return 1 / many + (accuracy - 1 / few) / (1 - 1 / few) * (1 - 1 / many) if few > 1 else 0.0


def _never(run: GradedRun, missing: Classes, what_if: WhatIf | None = None) -> Evidence:
    others = f" On the others alone, {run.what_if.describe(what_if)}." if what_if is not None else ""
    return Evidence(
        f"Never predicted: {listed(run.dataset.classes[number] for number in missing)}.{others}",
        "Check whether your training data contains these classes, in the order of the given class names.",
        what_if,
    )


def _scored(run: GradedRun) -> Score | None:
    """The score of a model that predicted classes, below full marks; else None."""
    scored = run.imperfect_score
    if scored is None or not run.dataset.classes:
        return None
    decoded = scored.decoded
    one_class_each = decoded.ndim == 1 and decoded.dtype.kind in "iu" and len(decoded) >= _FEW_EXAMPLES
    return scored if one_class_each else None


def _renamed(run: GradedRun, scored: Score) -> Classes:
    """(n,) The predictions under the class names that fit best, fitted to other examples than these."""
    labels, count = run.labels.values.astype(np.int64), len(run.dataset.classes)
    training = run.probes.training
    if training is not None:
        names = _best_names(training.decoded, training.labels.astype(np.int64), count)
        return np.asarray(names[scored.decoded])
    half = np.zeros(len(labels), dtype=np.bool_)
    # Every other example among those alike, so that the order of the examples decides nothing.
    half[np.lexsort((labels, scored.decoded))[::2]] = True
    renamed = np.empty_like(labels)
    for part, other in ((half, ~half), (~half, half)):
        names = _best_names(scored.decoded[other], labels[other], count)
        renamed[part] = names[scored.decoded[part]]
    return renamed


def _best_names(decoded: NDArray[Any], labels: Classes, count: int) -> Classes:
    """(classes,) For each predicted class the one it means: one for one, the most frequent pairs first."""
    together = np.zeros((count, count), dtype=np.int64)
    np.add.at(together, (decoded, labels), 1)
    names = np.full(count, -1, dtype=np.int64)
    for pair in np.argsort(-together, axis=None, kind="stable"):
        predicted, meant = divmod(int(pair), count)
        if names[predicted] < 0 and meant not in names:
            names[predicted] = meant
    return names


def _counts_per_class(run: GradedRun) -> Classes | None:
    """(classes,) How often each class was predicted; None where no classes were, or at full marks."""
    scored = _scored(run)
    if scored is None:
        return None
    counts = np.bincount(scored.decoded, minlength=len(run.dataset.classes))
    return counts if len(counts) == len(run.dataset.classes) else None


def _true_counts(run: GradedRun, classes: int) -> Classes:
    """(classes,) How many examples each class has."""
    return np.bincount(run.labels.values.astype(np.int64).ravel(), minlength=classes)


@finding(Ending.COMPLETED)
def sigmoid_twice(run: GradedRun) -> Evidence | None:
    """Your model applies a sigmoid to a sigmoid: all its predictions lie between 0.5 and 0.73."""
    scored, raw = run.imperfect_score, _class_answers(run)
    if scored is None or raw is None or raw.shape[1] != 1 or not _in_range(_logit(raw)):
        return None
    output = matching_output(raw.reshape(_shape(run)), len(raw), run.dataset.outputs)
    inner = output.read(_logit(raw).reshape(_shape(run)))
    what_if = run.what_if.compare(scored.decoded, inner, run.labels.values)
    if what_if is None:
        return None
    return Evidence(
        f"Its predictions lie from {rounded(raw.min())} to {rounded(raw.max())}. With the outer sigmoid "
        f"taken off, {run.what_if.describe(what_if)}.",
        "Take away the last sigmoid, because the model already ends in one, and save again: that needs no "
        "new training.",
        what_if,
    )


@finding(Ending.COMPLETED)
def softmax_over_one(run: GradedRun) -> Evidence | None:
    """Your model predicts exactly 1 for every input, as a softmax over a single number does."""
    raw = run.outcome.predictions
    if run.imperfect_score is None or raw is None or raw.size != len(raw) or not (raw == 1).all():
        return None
    instead = 'activation="sigmoid"' if run.dataset.classes else "no activation"
    return Evidence(
        f"One prediction for all {len(raw):,} inputs.", f"End the model with {instead}, and train it again."
    )


@finding(Ending.COMPLETED)
def activation_twice(run: GradedRun) -> Evidence | None:
    """Your model's predictions went through a second softmax or sigmoid, so that they lie close together."""
    raw = _class_answers(run)
    if run.imperfect_score is None or raw is None or raw.shape[1] < 2 or (raw <= 0).any():
        return None
    if not any(_in_range(inner) and _is_often_sure(inner) for inner in (_before_softmax(raw), _logit(raw))):
        return None
    return Evidence(
        f"Its predictions lie from {rounded(raw.min())} to {rounded(raw.max())}; "
        "one softmax gives from 0 to 1.",
        'End the model with one Dense(..., activation="softmax") and no Softmax or Activation layer behind '
        "it, and train it again: the loss then falls much further.",
    )


@finding(Ending.COMPLETED)
def trained_on_other_inputs(run: GradedRun) -> Evidence | None:
    """Your model is sure of its predictions, and right hardly more often than by guessing."""
    scored, training, raw = run.imperfect_score, run.probes.training, _class_answers(run)
    if scored is None or training is None or raw is None:
        return None
    counts = np.bincount(scored.decoded.astype(np.int64), minlength=2)
    guessing = 1 / len(run.dataset.classes)
    most = max(scored.value, training.value)
    sure = float(_probabilities(raw).max(axis=1).mean())
    if (most - guessing) / (1 - guessing) > _SKILL or sure - most < _OVERCONFIDENT:
        return None
    if counts.max() > _ONE_ANSWER * counts.sum():
        return None
    return Evidence(
        f"Its mean confidence is {rounded(sure)}; the accuracy is {rounded(training.value)} on training data "
        f"and {rounded(scored.value)} on {run.split} examples. So it was trained on other inputs, or on "
        "other labels.",
        f"{run.dataset.problem.common_mistakes.mistaken_for} Check too that inputs and labels were shuffled "
        "together.",
    )


def _class_answers(run: GradedRun) -> Array | None:
    """(n, outputs) float64 What a classifier predicted; None for anything else."""
    raw = run.outcome.predictions
    if raw is None or run.score is None or not run.dataset.classes or raw.dtype.kind != "f" or raw.ndim > 2:
        return None
    return np.asarray(raw, np.float64).reshape(len(raw), -1)


def _shape(run: GradedRun) -> tuple[int, ...]:
    return run.outcome.predictions.shape if run.outcome.predictions is not None else ()


def _logit(predictions: Array) -> Array:
    """What a sigmoid was given."""
    inside = np.clip(predictions, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _before_softmax(predictions: Array) -> Array:
    """What a softmax was given, if that added up to 1."""
    logs = np.log(predictions)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True) + 1 / predictions.shape[1])


def _in_range(inner: Array) -> bool:
    return bool((inner >= -_EXACT).all() and (inner <= 1 + _EXACT).all())


def _is_often_sure(inner: Array) -> bool:
    return float((inner.max(axis=1) > _SURE).mean()) >= _OFTEN


def _probabilities(predictions: Array) -> Array:
    """(n, classes) Predictions as probabilities, whether they are such or logits."""
    are_logits = bool((predictions < -_EXACT).any() or (predictions > 1 + _EXACT).any())
    if predictions.shape[1] == 1:
        one = 1 / (1 + np.exp(-np.clip(predictions, -50, 50))) if are_logits else np.clip(predictions, 0, 1)
        return np.concatenate([1 - one, one], axis=1)
    if are_logits:
        predictions = np.exp(predictions - predictions.max(axis=1, keepdims=True))
    total = predictions.sum(axis=1, keepdims=True)
    return np.asarray(predictions / np.where(total > math.ulp(1.0), total, 1))
