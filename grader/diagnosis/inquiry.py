"""Asking a model again, with the same questions put otherwise, to learn which mistake it was trained with.

Only a few of the questions are asked, a few times, and all further asks together get no more time than the
first one had. Whatever goes wrong here changes no verdict: there is one observation less.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Answers, Dataset, Input, Part, Variant
from ...sandbox import (
    AnswerJob,
    Ending,
    InputForm,
    ModelFacts,
    Outcome,
    Questions,
    Sandbox,
    SandboxUnavailable,
    pack,
)
from ..score import Unreadable, check_finite, earned_score, matching_output

MOST_VARIANTS: Final = 5
MOST_QUESTIONS: Final = 500

Array = NDArray[Any]


@dataclass(frozen=True)
class Retold:
    """What a model answered to a variant of the questions."""

    variant: Variant
    read: Array
    """(m, ...) Its answers, in the form that the metric takes."""
    picked: NDArray[np.intp]
    """(m,) To which of the questions."""


@dataclass(frozen=True)
class Taught:
    """What a model answered to a sample of the training data."""

    read: Array
    answers: Array
    value: float
    score: int
    """What such a value earns on hidden examples."""
    error: float = 0.0
    """The standard error of the value: the sample is small."""


@dataclass(frozen=True)
class Inquiry:
    """Everything a model said when it was asked again."""

    retold: tuple[Retold, ...] = ()
    taught: Taught | None = None


def inquire(job: AnswerJob, facts: ModelFacts, dataset: Dataset, part: Part, sandbox: Sandbox) -> Inquiry:
    """Asks the model of a job again: with variants of its questions, and with what learners train on."""
    asking = _Asking(job, facts, dataset, sandbox)
    taught = asking.taught()
    return Inquiry(tuple(asking.retold(part, dataset.answers(part))), taught)


class _Asking:
    """A model that is asked again, until its time is used up."""

    def __init__(self, job: AnswerJob, facts: ModelFacts, dataset: Dataset, sandbox: Sandbox) -> None:
        self._job, self._facts, self._dataset, self._sandbox = job, facts, dataset, sandbox
        self._seconds = job.limits.seconds

    def retold(self, part: Part, answers: Answers) -> Iterator[Retold]:
        """The answers to each variant, up to the first that earns full marks."""
        variants = [variant for variant in self._dataset.problem.clues.variants if self._fits(variant)]
        if not variants:
            return
        questions = self._dataset.questions(part)
        picked = _spread_out(len(answers.values))
        for variant in variants[:MOST_VARIANTS]:
            asked = variant.change(np.asarray(questions[variant.form])[picked])
            read = self._ask(_packed(self._form(variant.form), asked))
            if read is None:
                continue
            yield Retold(variant, read, picked)
            if self._earned(read, answers.values[picked])[1] == max(
                (band.score for band in self._dataset.bands), default=0
            ):
                return

    def taught(self) -> Taught | None:
        """The answers to a sample of the training data, where there is one."""
        if not self._dataset.has(Part.TRAINING):
            return None
        answers = self._dataset.answers(Part.TRAINING).values[:MOST_QUESTIONS]
        form = self._form(self._facts.form)
        read = self._ask(_packed(form, self._dataset.questions(Part.TRAINING)[form.name][:MOST_QUESTIONS]))
        if read is None:
            return None
        each = self._dataset.problem.metric.per_example(read, answers)
        value, score = self._earned(read, answers)
        return Taught(read, answers, value, score, float(each.std()) / math.sqrt(len(each)))

    def _fits(self, variant: Variant) -> bool:
        return variant.form == self._form(self._facts.form).name and (
            not variant.layer or variant.layer in self._facts.layers
        )

    def _form(self, name: str) -> Input:
        """The form called so; the first where a model's file told a name that there is not."""
        inputs = self._dataset.problem.inputs
        return next((form for form in inputs if form.name == name), inputs[0])

    def _ask(self, questions: Questions) -> Array | None:
        """The answers as they are read, or None where there are none worth reading."""
        if self._seconds <= 0:
            return None
        limits = replace(self._job.limits, seconds=self._seconds)
        try:
            outcome = self._sandbox.answer(replace(self._job, questions=questions, limits=limits))
        except SandboxUnavailable:
            # The score is known: a sandbox that breaks now costs nobody anything.
            self._seconds = 0.0
            return None
        self._seconds -= outcome.timings.total
        return self._read(outcome, questions.count)

    def _read(self, outcome: Outcome, count: int) -> Array | None:
        predictions = outcome.predictions
        if outcome.ending is not Ending.COMPLETED or predictions is None:
            return None
        try:
            output = matching_output(predictions, count, self._dataset.outputs)
            check_finite(predictions)
        except Unreadable:
            return None
        return output.read(predictions)

    def _earned(self, read: Array, answers: Array) -> tuple[float, int]:
        value = float(self._dataset.problem.metric.per_example(read, answers).mean())
        return value, earned_score(self._dataset.bands, value)


def _packed(form: Input, questions: Any) -> Questions:
    return pack({form.name: questions}, (InputForm(form.name, form.shape, form.dtype),))


def _spread_out(count: int) -> NDArray[np.intp]:
    """Up to MOST_QUESTIONS of `count` numbers, evenly apart."""
    return np.linspace(0, count - 1, min(count, MOST_QUESTIONS)).astype(np.intp)
