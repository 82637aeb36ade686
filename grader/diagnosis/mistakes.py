"""Mistakes that a problem itself knows: questions put otherwise, and answers that need no learning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ..scoring.card import Finding
from .finding import GradedRun, RankedFinding
from .what_if import ALIKE, WhatIf, WhatIfScorer, alike, rounded, turned_back

_NEARLY: Final = 1.2
"""Variants that leave up to so much more than the best one explain as much: chance decides between them."""
_SAME: Final = 0.33
"""A model answers like a baseline when it is this much nearer to it than the truth is."""


def questions_put_otherwise(run: GradedRun) -> Iterator[RankedFinding]:
    """The variant that the model answers best, if it is far better; the likeliest of near equals."""
    seen = [sighting for retold in range(len(run.inquiry.retold)) for sighting in _retold(run, retold)]
    best = min(map(_left, seen), default=0.0)
    yield from [sighting for sighting in seen if _left(sighting) <= _NEARLY * best][:1]


def answers_without_learning(run: GradedRun) -> Iterator[RankedFinding]:
    """Baselines that the model hardly differs from."""
    if run.score is None or run.score.margin is None:
        return
    metric = run.dataset.problem.metric
    baselines = run.dataset.problem.common_mistakes.baselines
    inputs = run.dataset.inputs(run.split) if baselines else {}
    for baseline in baselines:
        plain = baseline.predict(inputs)
        if plain.shape != run.score.read.shape:
            continue
        away = float(np.abs(run.score.read - plain).mean())
        truth = float(np.abs(run.labels.values - plain).mean())
        if away <= _SAME * truth:
            unit = f" {metric.unit}" if metric.unit else ""
            seen = f"It is {rounded(away)}{unit} away from that on average, the truth {rounded(truth)}{unit}."
            yield RankedFinding(Finding(baseline.code, baseline.what, seen, baseline.try_next))


def _retold(run: GradedRun, index: int) -> Iterator[RankedFinding]:
    if run.score is None:
        return
    retold = run.inquiry.retold[index]
    ruler = WhatIfScorer(run.dataset.problem.metric, run.dataset.bands)
    before, labels = run.score.read[retold.picked], run.labels.values[retold.picked]
    repair = ruler.compare(before, retold.read, labels)
    also = ""
    if not run.dataset.classes and alike(retold.read, labels) >= ALIKE:
        # Who scaled the inputs elsewhere often scaled the targets too: both are compared turned back.
        better = ruler.compare(turned_back(before, labels), turned_back(retold.read, labels), labels)
        if better is not None and (repair is None or better.left < repair.left / 2):
            repair, also = better, ", and the answers scaled and moved to fit"
    if repair is not None:
        perturbation = retold.perturbation
        seen = f"With {repair.count:,} questions put that way{also}, {ruler.tell(repair)}."
        yield RankedFinding(
            Finding(perturbation.code, perturbation.what, seen, perturbation.try_next), repair
        )


def _left(sighting: RankedFinding) -> float:
    repair: WhatIf | None = sighting.repair
    return 1.0 if repair is None else repair.left
