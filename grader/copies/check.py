"""What is told of a model that seems to know the hidden inputs: one finding, and both figures on the card.

A finding is what was seen, with its numbers. It is not a verdict, and changes no score: a person decides. The
measurements are in design/contamination.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...files.text import counted
from ...problems import Dataset, Metric, Output, Split
from ...sandbox import ArtifactKind, PredictJob, Sandbox
from ..scoring.card import FULL_MARKS, Finding
from ..scoring.score import check_finite, matching_output
from .compare import (
    NEAREST,
    CopiesComparison,
    LabelledPredictions,
    are_easy,
    compare_with_copies,
    differing,
    with_mistakes,
)
from .mixed_inputs import MixedInputs, MoreCopies, mix_further_copies
from .predict import Array, SortedPredictions, predict_further

MEMORISED: Final = "memorised"
UNANSWERED: Final = "copies_unanswered"
UNMOVED: Final = "unmoved_mistakes"
SCATTERED: Final = "scattered_mistakes"
HARDLY_ANY_ERROR: Final = "hardly_any_error"
IN_COMPANY: Final = "depends_on_company"
CODES: Final = frozenset({MEMORISED, UNANSWERED, UNMOVED, SCATTERED, HARDLY_ANY_ERROR, IN_COMPANY})
HIGH: Final = 4
"""From this score on, a model is compared with itself on copies. Below, other findings explain it."""
HARDLY_ANY: Final = 0.05
"""Less than this share of the error that full marks allow is less than people are known to have reached."""
_ENOUGH: Final = {True: 200, False: 20}
"""So many examples are needed for that: of predictions that are right or wrong, and of numbers."""
_MOST_NUMBERS: Final = 2**23
"""Of all inputs together: in larger ones, nobody looks for the nearest."""
_FEW: Final = 0.01
"""Of the copies: so many without finite numbers are left out."""
_SOME: Final = 0.05
"""A smaller share of inputs that are predicted otherwise beside other inputs is not told."""
_NEXT_STEP: Final = (
    "Look at which data it was trained on: only the examples in data/ are for training. A person decides "
    "what this means. The score was not changed."
)
_BETTER_THAN_COPIES: Final = (
    "This model predicts the hidden examples better than slightly changed copies of them."
)
_NOTHING_TO_DO: Final = (
    "This model's errors on the hidden examples have nothing to do with what the examples show."
)
_NEXT_IN_COMPANY: Final = (
    "Let every prediction follow from its own input: look for sums or means over the batch axis, for Dropout "
    "that is on (training=True), and for layers that keep what they saw. The score was not changed."
)


@dataclass(frozen=True)
class CopiesResult:
    """What goes on a card: the findings, and both figures in a sentence."""

    findings: tuple[Finding, ...] = ()
    figures: str = ""
    """For example "0.97 on 2,000 changed copies, 0.98 on the same examples as they are"."""


@dataclass(frozen=True)
class CopiesCheck:
    """The check of one scored model."""

    dataset: Dataset
    split: Split
    mixed: MixedInputs
    predicted: SortedPredictions
    score: int

    @cached_property
    def wrong(self) -> NDArray[np.bool_] | None:
        """(n,) Which inputs it mistook: further copies of them tell more. None where that is not needed."""
        metric, before = self.dataset.problem.metric, self._before
        if before is None or self.score < HIGH or not metric.is_share or self._first(self._compared):
            return None
        return np.asarray(metric.per_example(before, self._labels) == 0)

    def finish(self, more: MoreCopies | None = None, predictions: Array | None = None) -> CopiesResult:
        """What is told of it. No label, and no single prediction.

        Args:
            more: further copies of its mistakes, where they were predicted.
            predictions: what the model gave for them; None where it failed.
        """
        company = _PredictedTwice(self.mixed, self.predicted).finding()
        compared = self._compared
        if compared is not None and more is not None and predictions is not None:
            compared = self._with_mistakes(compared, more, predictions)
        first = self._first(compared) if self.score >= HIGH and self._before is not None else None
        figures = "" if compared is None else _figures(compared, self.dataset.problem.metric)
        return CopiesResult(tuple(filter(None, (first, company))), figures)

    def look_closer(self, job: PredictJob, key: bytes, sandbox: Sandbox) -> CopiesResult:
        """What is told of it, with what more can be predicted by a model with a high score.

        Args:
            job: the job that predicted, with the time that is left.
            key: of the home's secret.
            sandbox: in which that job was the last one.
        """
        more = predictions = None
        if self.wrong is not None:
            more = mix_further_copies(self.dataset, self.split, key, self.wrong)
        if more is not None:
            predictions = predict_further(replace(job, inputs=more.inputs, predict_again=True), sandbox)
        check = self
        if self.score >= HIGH and job.kind is ArtifactKind.SAVED_MODEL and self.mixed.alone is not None:
            # Its file may say how to keep what it sees: another process has seen nothing.
            alone = predict_further(replace(job, inputs=self.mixed.alone), sandbox)
            check = replace(self, predicted=replace(self.predicted, alone=alone))
        return check.finish(more, predictions)

    def _first(self, compared: CopiesComparison | None) -> Finding | None:
        if compared is not None:
            return _first(compared, self._before, self._labels, self.dataset)
        if len(self.mixed.copied):
            return _unanswered(self.predicted, self.mixed)
        return _too_good(self._before, self._labels, self.dataset)

    @cached_property
    def _labels(self) -> Array:
        return self.dataset.labels(self.split).values

    @cached_property
    def _output(self) -> Output | None:
        return _readable(self.predicted.hidden, self.dataset)

    @cached_property
    def _before(self) -> Any:
        """Its predictions for the inputs as the metric takes them; None where they cannot be read."""
        return None if self._output is None else self._output.read(self.predicted.hidden)

    @cached_property
    def _compared(self) -> CopiesComparison | None:
        """None where there were no copies, or more than a few predictions for them are not finite."""
        copies, picked = self.predicted.copies, self.mixed.copied
        if copies is None or self._output is None or not len(picked):
            return None
        is_number = _are_numbers(copies)
        if (~is_number).mean() > _FEW:
            return None
        after = self._output.read(np.where(is_number.reshape(-1, *[1] * (copies.ndim - 1)), copies, 0))
        before, labels, relabel = self._before[picked], self._labels[picked], self.mixed.relabel
        return compare_with_copies(
            self.dataset.problem.metric,
            LabelledPredictions(before[is_number], labels[is_number]),
            LabelledPredictions(after[is_number], relabel(labels)[is_number]),
            relabel(before)[is_number],
            picked[is_number],
        )

    def _with_mistakes(
        self, compared: CopiesComparison, more: MoreCopies, predictions: Array
    ) -> CopiesComparison:
        after = None if self._output is None else _read_all(predictions, self._output)
        if after is None or len(after) != more.inputs.count:
            return compared
        metric, labels = self.dataset.problem.metric, self._labels[more.mistaken]
        rights = [metric.per_example(after[places], labels) == 1 for places in more.places.T]
        return with_mistakes(compared, np.stack(rights, axis=1), self._easy(more.mistaken))

    def _easy(self, mistaken: NDArray[np.intp]) -> tuple[int, float]:
        """How many of these mistakes are easy, and which share of as many inputs that it got right."""
        inputs, labels = self.dataset.inputs(self.split)[self.dataset.problem.inputs[0].name], self._labels
        right = np.flatnonzero(~self.wrong) if self.wrong is not None else np.empty(0, np.intp)
        if not isinstance(inputs, np.ndarray) or inputs.size > _MOST_NUMBERS or not len(right):
            return 0, 0.0
        some = right[:: max(1, len(right) // len(mistaken))]
        return int(are_easy(inputs, labels, mistaken).sum()), float(are_easy(inputs, labels, some).mean())


def _first(  # noqa: PLR0911 - one for each finding
    compared: CopiesComparison, before: Array, labels: Array, dataset: Dataset
) -> Finding | None:
    """The surest finding, of those that follow from predictions for every copy."""
    metric, rerendering = dataset.problem.metric, dataset.problem.common_mistakes.rerendering
    if rerendering is None:
        return _too_good(before, labels, dataset)
    copies = f"{counted(compared.count, 'copy', 'copies')} {rerendering.what}"
    if compared.loses_more_than(rerendering.honest_loss * band_width(dataset), rerendering.label_doubt):
        return Finding(
            MEMORISED,
            _BETTER_THAN_COPIES,
            f"On {copies}, the {metric.name} is {_shown(compared.after, metric)}; on the same examples as "
            f"they are, {_shown(compared.before, metric)}. The labels of the copies are known.",
            _NEXT_STEP,
        )
    if compared.is_right_alone():
        return Finding(
            MEMORISED,
            _BETTER_THAN_COPIES,
            f"{counted(compared.right_once, 'example')} it gets right once, as they are or in one of "
            f"{compared.copies_of_each} copies {rerendering.what}. As they are, that is "
            f"{compared.right_alone} of them; by chance it would be "
            f"{compared.right_once / (compared.copies_of_each + 1):.0f}.",
            _NEXT_STEP,
        )
    if (too_good := _too_good(before, labels, dataset, compared)) is not None:
        return too_good
    if compared.is_unmoved(rerendering.honest_healing):
        return Finding(
            UNMOVED,
            "This model makes the same errors on changed copies of the hidden examples as on the examples: "
            "its predictions do not depend on the changes.",
            _told_of_errors(compared, rerendering.what, "hardly one is another"),
            _NEXT_STEP,
        )
    if compared.is_scattered(rerendering.honest_move):
        return Finding(
            SCATTERED,
            _NOTHING_TO_DO,
            _told_of_errors(compared, rerendering.what, "nearly all are gone"),
            _NEXT_STEP,
        )
    if compared.errs_where_it_is_easy():
        return Finding(
            SCATTERED,
            _NOTHING_TO_DO,
            f"Of {counted(compared.mistakes, 'example')} that it mistakes, {compared.easy_mistakes} are like "
            f"others of their class: the {NEAREST} nearest are all of it. Models that learned hardly err "
            "there.",
            _NEXT_STEP,
        )
    return None


def band_width(dataset: Dataset) -> float:
    """Between full marks and the next band; 0 where there are no two."""
    best = sorted(dataset.bands, key=lambda band: -band.score)[:2]
    return abs(best[0].threshold - best[1].threshold) if len(best) > 1 else 0.0


def _told_of_errors(compared: CopiesComparison, what: str, became: str) -> str:
    of = counted(compared.count, "copy", "copies")
    if compared.mistakes:
        of = f"copies of {counted(compared.mistakes, 'example')}"
    return f"Of its errors, {became} on {of} {what}. Models that learned keep some errors, and lose others."


def _unanswered(predicted: SortedPredictions, mixed: MixedInputs) -> Finding:
    what = "This model predicts for the hidden examples, and not for slightly changed copies of them."
    if predicted.copies is None:
        what = (
            "This model predicts for the hidden examples, and failed with changed copies of them in between."
        )
        evidence = (
            f"It failed {'twice' if predicted.failures > 1 else 'once'} where {len(mixed.copied):,} changed "
            "copies were among the examples, and predicted for the examples without them."
        )
    else:
        missing = int((~_are_numbers(predicted.copies)).sum())
        evidence = (
            f"For {missing:,} of {len(mixed.copied):,} changed copies it predicts no finite numbers; for the "
            "examples as they are it does."
        )
    return Finding(
        UNANSWERED,
        what,
        evidence,
        _NEXT_STEP,
    )


@dataclass(frozen=True)
class _PredictedTwice:
    """The same inputs, predicted twice beside other inputs."""

    mixed: MixedInputs
    predicted: SortedPredictions

    def finding(self) -> Finding | None:
        """Where predictions depend on which other inputs the model is given; None where they do not."""
        before = self.predicted.hidden
        if before.dtype.kind not in "biuf" or not len(self.mixed.repeated):
            return None
        first = before[self.mixed.repeated]
        told = (("", self.predicted.again), (" and alone in another process", self.predicted.alone))
        for where, second in told:
            if second is None or second.shape != first.shape:
                continue
            count = differing(first, second, before[np.isfinite(before).reshape(len(before), -1).all(axis=1)])
            if count > max(1.0, _SOME * len(first)):
                return Finding(
                    IN_COMPANY,
                    "What this model predicts for an example depends on the other examples, or on chance.",
                    f"Of {len(first):,} hidden examples that were predicted twice, beside others{where}, "
                    f"{count:,} had another prediction the second time.",
                    _NEXT_IN_COMPANY,
                )
        return None


def _too_good(
    before: Array, labels: Array, dataset: Dataset, compared: CopiesComparison | None = None
) -> Finding | None:
    """A finding where the error is almost nothing, on inputs that a model should not have seen.

    Where there are few, it must be almost nothing on their copies, too.
    """
    metric = dataset.problem.metric
    best = float(metric.per_example(labels, labels).mean())
    value = float(metric.per_example(before, labels).mean())
    thresholds = [band.threshold for band in dataset.bands if band.score == FULL_MARKS]
    enough, values = _ENOUGH[bool(dataset.classes)], [value]
    if len(labels) < enough and compared is not None:
        enough, values = enough - compared.count, [value, compared.after]
    if (
        len(labels) < enough
        or not thresholds
        or max(abs(best - each) for each in values) > HARDLY_ANY * abs(best - thresholds[0])
    ):
        return None
    return Finding(
        HARDLY_ANY_ERROR,
        "This model makes almost no error on examples that it should not have seen.",
        f"The {metric.name} on {len(labels):,} hidden examples is {_shown(value, metric)}; "
        f"{thresholds[0]:g} earns full marks.",
        _NEXT_STEP,
    )


def _readable(predictions: Array, dataset: Dataset) -> Output | None:
    try:
        output = matching_output(predictions, len(predictions), dataset.outputs)
        check_finite(predictions)
    except UnreadablePredictions:
        return None
    return output


def _read_all(predictions: Array, output: Output) -> Array | None:
    """As the metric takes them; None where one of them is no finite number."""
    try:
        check_finite(predictions)
    except UnreadablePredictions:
        return None
    return output.read(predictions)


def _are_numbers(predictions: Array) -> NDArray[np.bool_]:
    """(n,) Which predictions are finite numbers."""
    return np.asarray(np.isfinite(predictions.reshape(len(predictions), -1)).all(axis=1))


def _figures(compared: CopiesComparison, metric: Metric) -> str:
    return (
        f"{_shown(compared.after, metric)} on {counted(compared.count, 'changed copy', 'changed copies')}, "
        f"{_shown(compared.before, metric)} on the same examples as they are"
    )


def _shown(value: float, metric: Metric) -> str:
    """Two decimals: enough to compare, too few to work out single examples."""
    return f"{value:.2f} {metric.unit}".strip()
