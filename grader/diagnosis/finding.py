"""What a check knows about a graded run, what it reports, and what correcting the mistake would earn."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Band, Dataset, Labels, Metric, Split
from ...sandbox import Ending, Outcome
from ..scoring.card import FULL_MARKS, Finding
from ..scoring.score import Score, earned_score
from .probes import ProbeResults

if TYPE_CHECKING:
    from ..training_trend import Trend

Array = NDArray[Any]

MIN_CORRELATION: Final = 0.7
"""From this correlation on, predictions rise and fall with the labels."""
_MAX_REMAINING: Final = 0.7
"""A correction must leave at most this share of the distance to a perfect model."""
_MAX_REMAINING_AT_FULL_MARKS: Final = 0.85
"""The same for a correction that earns full marks: for numbers, a perfect model is out of reach."""
_STANDARD_ERRORS: Final = 3.0
"""So many standard errors of the paired difference must the corrected predictions be better."""
_SUBTLE_REMAINING: Final = 0.92
"""The same for a change by which honest models lose: a gain that is no chance tells how one was trained."""
_SAME_SHARE: Final = 0.02
_SAME_ERROR: Final = 0.1
"""So much may an accuracy, or a share of an error, differ between two samples, besides chance."""
_LARGE: Final = 100
_SUBTLE_CHANGES: Final = 0.2
"""It changes few predictions: so that two predictions made at random are not compared."""


@dataclass(frozen=True)
class WhatIf:
    """The metric as it is and as it would be, on the same examples."""

    before: float
    after: float
    score: int
    """What `after` earns."""
    remaining: float
    """The share of the distance to a perfect model that is left."""
    count: int
    """How many examples were compared."""


@dataclass(frozen=True)
class WhatIfScorer:
    """Compares predictions before and after a correction."""

    metric: Metric
    bands: Sequence[Band]

    def compare(self, before: Array, after: Array, labels: Array, *, subtle: bool = False) -> WhatIf | None:
        """What `after` gains over `before`; None where that is little, or may be chance.

        All three are (n, ...) in the form that the metric takes. Of a `subtle` change, less is enough.
        """
        old, new = (self.metric.per_example(predictions, labels) for predictions in (before, after))
        best = float(self.metric.per_example(labels, labels).mean())
        gains = (new - old) if self.metric.higher_is_better else (old - new)
        noise = float(gains.std()) / math.sqrt(len(gains))
        distance, remaining = abs(best - float(old.mean())), abs(best - float(new.mean()))
        value = float(new.mean())
        earned = earned_score(self.bands, value)
        most = _MAX_REMAINING_AT_FULL_MARKS if earned == FULL_MARKS else _MAX_REMAINING
        if subtle and float((gains != 0).mean()) <= _SUBTLE_CHANGES:
            most = _SUBTLE_REMAINING
        if not distance or remaining > most * distance:
            return None
        if float(gains.mean()) <= _STANDARD_ERRORS * noise:
            return None
        return WhatIf(float(old.mean()), value, earned, remaining / distance, len(gains))

    def describe(self, what_if: WhatIf) -> str:
        """For example "the accuracy is 0.97 instead of 0.41"."""
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        return (
            f"the {self.metric.name} is {rounded(what_if.after)}{unit} instead of {rounded(what_if.before)}"
        )


@dataclass(frozen=True)
class GradedRun:
    """Everything that is known once a submission was run and scored."""

    dataset: Dataset
    outcome: Outcome
    labels: Labels
    score: Score | None = None
    """None where nothing could be scored."""
    fault: str = ""
    """The code of what made it INVALID: "not_finite", "input_shape", …; empty where it was scored."""
    split: Split = Split.HIDDEN
    probes: ProbeResults = field(default_factory=ProbeResults)
    """The model's predictions for training data and for perturbed inputs."""
    size: int = 0
    """Bytes of the submitted file; 0 where it is not known."""
    trend: Trend | None = None
    """How the training went; None where there is no log of it."""

    @property
    def imperfect_score(self) -> Score | None:
        """The score, where there is one below full marks; else None."""
        return self.score if self.score is not None and self.score.margin is not None else None

    def is_better_than_naive(self, value: float) -> bool:
        """Whether a value of the metric beats predicting the mean, or the most frequent class, every time."""
        naive = self.naive_value
        return value > naive if self.dataset.problem.metric.higher_is_better else value < naive

    @property
    def naive_value(self) -> float:
        """The metric of predicting the mean of the true numbers, or the most frequent class, every time."""
        return naive_value(self.dataset, self.labels.values)

    @property
    def agrees_with_its_log(self) -> bool:
        """Whether the last validation metric in the log is the score's, as far as two samples agree.

        Then the model was trained on inputs and labels as the problem has them.
        """
        told, score = self.logged_metric, self.score
        if told is None or score is None:
            return False
        width = score.interval.high - score.interval.low
        allowed = width + _SAME_SHARE if self.dataset.classes else width / 2 + _SAME_ERROR * score.value
        return abs(told - score.value) <= allowed

    @property
    def logged_metric(self) -> float | None:
        """The validation accuracy or mean absolute error that the log ends with; None without one."""
        last = {} if self.trend is None else self.trend.last
        name, loss = self.dataset.problem.metric.name, self.outcome.facts.loss
        if name == "accuracy":
            return next((last[each] for each in last if each.startswith("val_") and "acc" in each), None)
        if name != "mean absolute error":
            return None
        if "val_loss" in last and any(word in loss for word in ("absolute", "mae")):
            return last["val_loss"]
        return last.get("val_mae", last.get("val_mean_absolute_error"))

    @property
    def what_if(self) -> WhatIfScorer:
        """Measures what a correction of the predictions would earn."""
        return WhatIfScorer(self.dataset.problem.metric, self.dataset.bands)


@dataclass(frozen=True)
class Evidence:
    """What a check found, in numbers, and what to try next."""

    text: str
    try_next: str
    what_if: WhatIf | None = None
    """What correcting the mistake would bring, where that can be measured."""


@dataclass(frozen=True)
class RankedFinding:
    """A finding, and what correcting it would bring, by which findings are ordered."""

    finding: Finding
    what_if: WhatIf | None = None

    @property
    def remaining(self) -> float:
        """The share of the distance to a perfect model that is left after the correction; 1 where unknown."""
        return 1.0 if self.what_if is None else self.what_if.remaining


CheckFunction = Callable[[GradedRun], Iterator[RankedFinding]]


@dataclass(frozen=True)
class FindingCheck:
    """A check for one mistake, for runs that ended in one of `endings`."""

    code: str
    sentence: str
    endings: frozenset[Ending]
    evidence: Callable[[GradedRun], Evidence | None]

    def __call__(self, run: GradedRun) -> Iterator[RankedFinding]:
        """The finding, where the mistake shows in `run`."""
        evidence = self.evidence(run) if run.outcome.ending in self.endings else None
        if evidence is not None:
            finding = Finding(self.code, self.sentence, evidence.text, evidence.try_next)
            yield RankedFinding(finding, evidence.what_if)


def finding(*endings: Ending) -> Callable[[Callable[[GradedRun], Evidence | None]], FindingCheck]:
    """Makes a check of a function: its name is the code, its docstring the learner's sentence."""

    def make(evidence: Callable[[GradedRun], Evidence | None]) -> FindingCheck:
        sentence = " ".join((inspect.getdoc(evidence) or evidence.__name__).split())
        return FindingCheck(evidence.__name__, sentence, frozenset(endings), evidence)

    return make


def naive_value(dataset: Dataset, labels: Array) -> float:
    """The metric of predicting the labels' mean, or the most frequent class, every time."""
    if dataset.classes:
        return float(np.bincount(labels.astype(np.int64).ravel()).max() / labels.size)
    same = np.broadcast_to(labels.mean(axis=0), labels.shape)
    return float(dataset.problem.metric.per_example(same, labels).mean())


def rescaled(predictions: Array, labels: Array) -> Array:
    """(n, ...) The predictions scaled and shifted to fit the labels; their mean where nothing varies."""
    x, y = predictions.astype(np.float64), labels.astype(np.float64)
    if not _varies(x):
        return np.full_like(y, y.mean())
    slope = float(((x - x.mean()) * (y - y.mean())).mean()) / float(x.std()) ** 2
    return np.asarray(y.mean() + slope * (x - x.mean()))


def correlation(predictions: Array, labels: Array) -> float:
    """The correlation of predictions and labels; 0 where one of them hardly varies."""
    if not (_varies(predictions) and _varies(labels)):
        return 0.0
    x, y = (values.ravel().astype(np.float64) for values in (predictions, labels))
    return float(np.corrcoef(x, y)[0, 1])


def _varies(values: Array) -> bool:
    return float(values.std()) > 1e-6 * max(1.0, float(np.abs(values).max()))


def rounded(value: float) -> str:
    """Two decimals, or three digits: enough to understand, too few to work out single examples."""
    large = math.isfinite(value) and abs(value) >= _LARGE
    return f"{float(f'{value:.3g}'):.0f}" if large else f"{value:.2f}"
