"""What goes wrong where a class is asked for: labels mixed up, classes missing, logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...sandbox import Ending
from ..scoring.card import FULL_MARKS
from ..scoring.score import Score, earned_score, matching_output
from .finding import Evidence, GradedRun, finding
from .what_if import WhatIf, WhatIfScorer

_FEW_EXAMPLES: Final = 20
_NEVER: Final = 0.2
"""A class that should come up this often, relative to an even share, and never does, is named."""
_MOST: Final = 0.67
"""Classes that are never answered explain a score when so many of the errors are theirs."""
_SEVERAL: Final = 3
"""Of fewer classes it is easily said that a model tells them apart."""
_COLLAPSED: Final = 0.95
_OUTSIDE: Final = 0.02
"""The share of answers that may lie outside 0 to 1 in probabilities."""
_POOR: Final = 3
"""Up to this score, logits where probabilities were expected may have spoilt the training."""

Classes = NDArray[np.int64]


@finding(Ending.COMPLETED)
def labels_off_by_one(run: GradedRun) -> Evidence | None:
    """Your model counts the classes from another number: it names the class next to the right one."""
    scored, count = _scored(run), len(run.dataset.classes)
    if scored is None or count < 3:
        return None
    ruler = WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
    for step in (1, -1):
        repair = ruler.compare(scored.read, (scored.read + step) % count, run.labels.values)
        if repair is not None:
            return Evidence(
                f"Moved by one class, {ruler.tell(repair)}.",
                "Labels count from 0 in the order of the given class names: see whether yours begin at 1, or "
                "were moved to fit a loss.",
                repair,
            )
    return None


@finding(Ending.COMPLETED)
def labels_permuted(run: GradedRun) -> Evidence | None:
    """Your model tells the classes apart, but names them in another order than the given one."""
    scored, count = _scored(run), len(run.dataset.classes)
    if scored is None:
        return None
    ruler = WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
    renamed = _renamed(run, scored, count)
    repair = ruler.compare(scored.read, renamed, run.labels.values)
    moved = labels_off_by_one.look(run)
    if repair is None or (moved and moved.repair and moved.repair.left <= repair.left):
        return None
    return Evidence(
        f"With the classes named anew, {ruler.tell(repair)}.",
        "Number your classes in the given order: alphabetically by folder, as image_dataset_from_directory "
        "does, and not as os.listdir or a set lists them; for two classes, see which one is 1.",
        repair,
    )


@finding(Ending.COMPLETED)
def logits_for_probabilities(run: GradedRun) -> Evidence | None:
    """Your model answers with logits, numbers of any size, where probabilities from 0 to 1 are expected."""
    scored, raw = _scored(run), run.outcome.predictions
    if scored is None or raw is None:
        return None
    outside = float(((raw < -1e-3) | (raw > 1 + 1e-3)).mean())
    if outside < _OUTSIDE:
        return None
    alone = raw.size == len(raw)
    output = matching_output(raw, len(raw), run.dataset.outputs)
    squashed = 1 / (1 + np.exp(-np.clip(raw.astype(np.float64), -50, 50)))
    ruler = WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
    repair = ruler.compare(scored.read, output.read(squashed), run.labels.values) if alone else None
    if repair is None and scored.score > _POOR:
        return None
    gained = f" As probabilities, {ruler.tell(repair)}." if repair is not None else ""
    return Evidence(
        f"{outside:.0%} of the numbers lie outside 0 to 1.{gained}",
        f'End the model with activation="{"sigmoid" if alone else "softmax"}", and compile it with the loss '
        "that expects probabilities (from_logits=False).",
        repair,
    )


@finding(Ending.COMPLETED)
def collapsed_predictions(run: GradedRun) -> Evidence | None:
    """Your model answers almost every question with one class."""
    counts = _class_counts(run)
    if counts is None or (counts > 0).sum() < 2:
        return None
    share = counts.max() / counts.sum()
    due = np.bincount(run.labels.values.astype(np.int64).ravel(), minlength=len(counts)).max()
    if share < _COLLAPSED or due / counts.sum() > share - (1 - _COLLAPSED):
        return None
    return Evidence(
        f"{share:.0%} of the answers are one class of {len(counts)}.",
        "Check that labels and inputs were shuffled together, and train longer with a lower learning rate.",
    )


@finding(Ending.COMPLETED)
def class_never_predicted(run: GradedRun) -> Evidence | None:
    """Your model never answers with one or more of the classes."""
    missing = _missing(run)
    if missing is None or _to_blame(run, missing) < _MOST:
        return None
    repair = _others_alone(run, missing)
    return None if repair is None else _never(run, missing, repair)


def _besides(run: GradedRun) -> Evidence | None:
    missing = _missing(run)
    return None if missing is None or class_never_predicted.look(run) else _never(run, missing)


class_never_predicted_besides: Final = replace(class_never_predicted, look=_besides)
"""The same where it is not all: other errors weigh more, or the other classes are not told apart either."""


def _missing(run: GradedRun) -> Classes | None:
    """The numbers of the classes that come up often enough and are never answered; None without any."""
    counts = _class_counts(run)
    if counts is None or (counts > 0).sum() < 2:
        return None
    expected = np.bincount(run.labels.values.astype(np.int64).ravel(), minlength=len(counts))
    missing = np.flatnonzero((expected >= max(_NEVER * expected.mean(), 5)) & (counts == 0))
    return missing if len(missing) else None


def _to_blame(run: GradedRun, missing: Classes) -> float:
    """The share of the errors that are examples of these classes, on training data if it was asked.

    A model that has learned little errs on its training data elsewhere too.
    """
    taught = run.inquiry.taught
    read = (
        taught.read if taught is not None else run.score.read if run.score is not None else run.labels.values
    )
    labels = (taught.labels if taught is not None else run.labels.values).ravel()
    wrong = labels != read
    return float(np.isin(labels[wrong], missing).mean()) if wrong.any() else 0.0


def _others_alone(run: GradedRun, missing: Classes) -> WhatIf | None:
    """What the model earns on the classes that it does answer, each counting alike; None below full marks.

    At full marks it reads the questions as they are meant, and no change of them explains it better. A model
    that collapsed answers fewer than half of them, or does not tell those apart better than by guessing.
    """
    if run.score is None:
        return None
    metric, labels = run.dataset.problem.metric, run.labels.values
    each = metric.per_example(run.score.read, labels)
    answered = [number for number in np.unique(labels) if number not in missing]
    after = float(np.mean([each[labels == number].mean() for number in answered])) if answered else 0.0
    earned = earned_score(run.dataset.bands, _among(after, len(answered), len(answered) + len(missing)))
    if len(answered) < max(_SEVERAL, len(missing)) or earned < FULL_MARKS:
        return None
    best = float(metric.per_example(labels, labels).mean())
    left = abs(best - after) / abs(best - run.score.value)
    return WhatIf(run.score.value, after, earned, left, int(np.isin(labels, answered).sum()))


def _among(share: float, few: int, many: int) -> float:
    """What a share of right answers among a few classes comes to among many, guessing taken off: fewer are
    easier to tell apart.
    """
    return 1 / many + (share - 1 / few) / (1 - 1 / few) * (1 - 1 / many) if few > 1 else 0.0


def _never(run: GradedRun, missing: Classes, repair: WhatIf | None = None) -> Evidence:
    ruler = WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
    others = f" On the others alone, {ruler.tell(repair)}." if repair is not None else ""
    return Evidence(
        f"Never answered: {_listed([run.dataset.classes[number] for number in missing])}.{others}",
        "See whether your training data holds these classes, in the order of the given class names.",
        repair,
    )


def _scored(run: GradedRun) -> Score | None:
    """The score of a model that answered with classes, below full marks; else None."""
    if run.score is None or not run.dataset.classes or run.score.margin is None:
        return None
    read = run.score.read
    if read.ndim != 1 or read.dtype.kind not in "iu" or len(read) < _FEW_EXAMPLES:
        return None
    return run.score


def _renamed(run: GradedRun, scored: Score, count: int) -> Classes:
    """(n,) The answers under the names that fit best, fitted to other examples than these."""
    labels = run.labels.values.astype(np.int64)
    taught = run.inquiry.taught
    if taught is not None:
        names = _best_names(taught.read, taught.labels.astype(np.int64), count)
        return np.asarray(names[scored.read])
    half = np.zeros(len(labels), dtype=np.bool_)
    # Every other example among those alike, so that the order of the examples decides nothing.
    half[np.lexsort((labels, scored.read))[::2]] = True
    renamed = np.empty_like(labels)
    for here, there in ((half, ~half), (~half, half)):
        renamed[here] = _best_names(scored.read[there], labels[there], count)[scored.read[here]]
    return renamed


def _best_names(read: NDArray[Any], labels: Classes, count: int) -> Classes:
    """(classes,) For each class answered the class meant: one for one, the most frequent pairs first."""
    together = np.zeros((count, count), dtype=np.int64)
    np.add.at(together, (read, labels), 1)
    names = np.full(count, -1, dtype=np.int64)
    for pair in np.argsort(-together, axis=None, kind="stable"):
        answered, meant = divmod(int(pair), count)
        if names[answered] < 0 and meant not in names:
            names[answered] = meant
    return names


def _class_counts(run: GradedRun) -> Classes | None:
    """(classes,) How often each class was answered; None where the answers are not classes or full marks."""
    scored = _scored(run)
    if scored is None:
        return None
    counts = np.bincount(scored.read, minlength=len(run.dataset.classes))
    return counts if len(counts) == len(run.dataset.classes) else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
