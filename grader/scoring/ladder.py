"""Whether a submission's figures are told: the parameter-free ladder of Blum and Hardt (The Ladder, 2015).

Told is what beats the best that was told before by more than chance. Else somebody who submits often could
choose what fits the hidden examples by chance, or read labels from how the figure moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...problems import Dataset, Split
from .analysis import decode_predictions
from .card import ScoreCard
from .disclosure import Values, differs_measurably

Predictions = NDArray[Any]
Beats = Callable[[Predictions, Predictions], bool]
"""Whether the second predictions (n, *output) beat the first by more than chance."""


def beats(best: Values, new: Values, *, higher_is_better: bool) -> bool:
    """Whether a model's values (n,) of the metric are better than the best so far, by more than chance.

    And by a standard error of the metric at least: a few predictions changed on purpose move a paired
    difference measurably, and would tell their labels.
    """
    gain = float(np.mean(new) - np.mean(best)) * (1 if higher_is_better else -1)
    if len(best) < 2 or gain <= float(best.std(ddof=1)) / math.sqrt(len(best)):
        return False
    return differs_measurably(best, new)


def ladder_of(dataset: Dataset, split: Split) -> Beats:
    """The comparison on one split of a data set. Predictions that cannot be read beat nothing."""
    metric = dataset.problem.metric

    def compare(best: Predictions, new: Predictions) -> bool:
        labels = dataset.labels(split).values
        before, now = (decode_predictions(each, labels, dataset) for each in (best, new))
        if before is None or now is None:
            return False
        values = (metric.per_example(each, labels) for each in (before, now))
        return beats(*values, higher_is_better=metric.higher_is_better)

    return compare


def without_change(card: ScoreCard, best: ScoreCard, number: int) -> ScoreCard:
    """What is told of a card that does not beat the best: the best one's figures, and its own facts.

    Findings and the time that scoring took depend on its labels, and are left out.

    Args:
        card: the submission's own.
        best: the card of the best that was told before.
        number: the number of that one.
    """
    times = card.timings
    spent = times.start + times.transfer + times.train + times.load + times.predict
    return replace(
        best,
        reason=(
            f"No measurable change: the difference from your best, submission {number}, may be chance. "
            "`tfprep check` shows what it does, on the validation data. "
            f"Of submission {number}: {best.reason}"
        ),
        findings=(),
        timings=replace(times, score=0.0, total=spent),
        fingerprints=card.fingerprints,
        model=card.model,
        log=card.log,
    )
