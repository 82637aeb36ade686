"""Report data and results that pages are made from, with numbers that a seed makes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from tfprep.exams.result import CategoryResult, ExamResult
from tfprep.grader import Record
from tfprep.grader.records import Curve, Curves
from tfprep.grader.records.exam import ExamEnding
from tfprep.grader.scoring.analysis import compare_with_labels
from tfprep.grader.services import ReportData
from tfprep.problems import usual_problems

from ..cards import INVALID, PARTIAL, recorded
from ..cohorts import DEADLINE, passed

DIGITS = tuple("0123456789")


def several(names: tuple[str, ...]) -> ReportData:
    """Of a problem with as many classes as names."""
    chance = np.random.default_rng(7)
    truth = chance.integers(0, len(names), 2_000)
    predicted = np.where(chance.random(2_000) < 0.9, truth, chance.integers(0, len(names), 2_000))
    raw = np.eye(len(names))[predicted]
    return ReportData(
        compare_with_labels(raw, predicted, truth, names), curves=trained("accuracy"), attempts=attempts()
    )


def two(names: tuple[str, str]) -> ReportData:
    """Of a problem with two classes, predicted with one number."""
    chance = np.random.default_rng(8)
    truth = chance.integers(0, 2, 2_000)
    numbers = np.clip(0.25 + 0.5 * truth + chance.normal(0, 0.25, 2_000), 0, 1)
    predicted = (numbers >= 0.5).astype(np.int64)
    return ReportData(
        compare_with_labels(numbers[:, None], predicted, truth, names), curves=trained("accuracy")
    )


def number() -> ReportData:
    """Of a problem whose label is a number."""
    chance = np.random.default_rng(9)
    truth = chance.uniform(10, 45, 500)
    predicted = truth + chance.normal(0.4, 2.4, 500)
    return ReportData(compare_with_labels(predicted[:, None], predicted, truth, ()), curves=trained("mae"))


def series() -> ReportData:
    """Of a problem whose labels are the next steps of a series."""
    chance = np.random.default_rng(10)
    truth = 5 + np.sin(np.linspace(0, 12, 700)[:, None] + np.linspace(0, 3, 24)[None, :])
    predicted = truth + chance.normal(0, 0.05, truth.shape) * np.linspace(1, 4, 24)
    baselines = (("the mean every time", 0.81), ("the same hours of the day before", 0.3))
    return ReportData(
        compare_with_labels(predicted, predicted, truth, ()), curves=trained("mae"), baselines=baselines
    )


def trained(metric: str, name: str = "history.csv") -> Curves:
    """Twelve epochs, and the validation's numbers."""
    falling = [0.2 + 1 / epoch for epoch in range(1, 13)]
    curves = {"loss": falling, "val_loss": [value * 1.1 for value in falling], metric: falling[::-1]}
    epochs = tuple(range(1, 13))
    return Curves(name, tuple(Curve(each, epochs, tuple(values)) for each, values in curves.items()))


def attempts() -> tuple[Record, ...]:
    """Four in a row: one broke, and the others got better."""
    cards = (INVALID, replace(PARTIAL, score=1, value=0.88), replace(PARTIAL, score=3, value=0.95), PARTIAL)
    return tuple(
        replace(recorded(card, number=number), when=DEADLINE + timedelta(hours=number))
        for number, card in enumerate(cards, 4)
    )


def exam_result(learner: str, reason: str) -> ExamResult:
    """An exam of all problems: one passed, one never submitted, the others in between."""
    return ExamResult(
        exam=3,
        learner=learner,
        started=DEADLINE,
        ended=DEADLINE + timedelta(hours=5),
        ending=ExamEnding.TIME_UP,
        allowed_seconds=18_000.0,
        spent_seconds=18_000.0,
        returned=(),
        practice=False,
        categories=tuple(
            _category(problem.id, score, reason)
            for problem, score in zip(usual_problems(), (5, 3, None, 4, 1), strict=True)
        ),
        config="",
    )


def _category(problem: str, score: int | None, reason: str) -> CategoryResult:
    card = passed(problem)
    return CategoryResult(
        problem=problem,
        name=problem,
        title=problem,
        weight=20.0,
        score=score,
        points=4.0 * (score or 0),
        possible=20.0,
        reason=reason if score is not None else "Never submitted.",
        submissions=0 if score is None else 2,
        seconds=0.0 if score is None else 2_700.0,
        counted=None if score is None else 12,
        automatic=score == 1,
        data_source=card.data_source,
        data="b" * 64,
        artifact="a" * 64,
        scoring="c" * 64,
        environment="d" * 64,
    )
