"""Checks for classifiers: labels in another order, classes never predicted, logits for probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...sandbox import Ending
from ..scoring.card import FULL_MARKS
from ..scoring.score import Score, earned_score, matching_output
from .finding import Evidence, GradedRun, WhatIf, finding

_FEW_EXAMPLES: Final = 20
_NEVER: Final = 0.2
"""A class that should come up this often, relative to an even share, and is never predicted, is named."""
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
    if outside < _OUTSIDE:
        return None
    one_output = raw.size == len(raw)
    what_if = None
    if one_output:
        output = matching_output(raw, len(raw), run.dataset.outputs)
        probabilities = 1 / (1 + np.exp(-np.clip(raw.astype(np.float64), -50, 50)))
        what_if = run.what_if.compare(scored.decoded, output.read(probabilities), run.labels.values)
    if what_if is None and scored.score > _POOR:
        return None
    gained = f" As probabilities, {run.what_if.describe(what_if)}." if what_if is not None else ""
    return Evidence(
        f"{outside:.0%} of the numbers lie outside 0 to 1.{gained}",
        f'End the model with activation="{"sigmoid" if one_output else "softmax"}", and compile it with the '
        "loss that expects probabilities (from_logits=False).",
        what_if,
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
        f"Never predicted: {_listed([run.dataset.classes[number] for number in missing])}.{others}",
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


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
