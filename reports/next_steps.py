"""What to do after an attempt: what could be better though it passed, and where to go on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ..grader import Record, ScoreCard, Verdict
from ..grader.scoring.class_analysis import ClassAnalysis
from ..grader.services import ReportData
from ..grader.training_trend import read_trend
from ..problems import Problem
from .view import problem_named
from .wording import share

_WEAK: Final = 0.7
"""A class with a lower recall is named, though the model passed."""


def improvements(card: ScoreCard, report_data: ReportData) -> tuple[str, ...]:
    """What a model that passed could do better: a sentence each; none below full marks."""
    # While an exam runs, a card has no value, and says nothing more than its score.
    passed = card.verdict is Verdict.PASSED and card.value is not None
    return tuple(_improvements(report_data)) if passed else ()


def _improvements(report_data: ReportData) -> Iterator[str]:
    trend = read_trend(report_data.curves)
    if trend is not None and trend.gap is not None:
        name, training, validation = trend.gap
        yield (
            f"It overfits: {name.replace('_', ' ')} is {training:.2f} in training and {validation:.2f} in "
            "validation. Fewer parameters, Dropout or fewer epochs help."
        )
    elif trend is not None and trend.rose:
        yield (
            f"The validation loss was lowest in epoch {trend.best_epoch} of {trend.epochs} and then rose: "
            "EarlyStopping with restore_best_weights keeps the best epoch."
        )
    if isinstance(report_data.analysis, ClassAnalysis):
        recalls = [
            (each.recall, each.name) for each in report_data.analysis.classes if each.recall is not None
        ]
        if recalls and min(recalls)[0] < _WEAK:
            recall, name = min(recalls)
            yield f"{name} has the lowest recall, {share(recall)}: look at its training examples."


def next_steps(record: Record, records: Sequence[Record], problems: Sequence[Problem]) -> tuple[str, ...]:
    """Where to go on: to a hint, or after a pass to the reference solution and the next problem.

    Args:
        record: the attempt that was just shown.
        records: all attempts of its learner.
        problems: all there are; of each category the first is the next to take.
    """
    if record.card.verdict is not Verdict.PASSED:
        return ("`tfprep hint` gives a hint, one at a time.",)
    steps = []
    problem = problem_named(record.card.problem)
    if problem is not None:
        steps.append(f"The reference solution, to compare with yours: {problem.folder / 'reference.py'}")
    passed = {each.card.problem for each in records if each.card.verdict is Verdict.PASSED}
    return (*steps, _where_next(passed | {record.card.problem}, problems))


def _where_next(passed: Collection[str], problems: Sequence[Problem]) -> str:
    done = {problem.category for problem in problems if problem.id in passed}
    left = [problem for problem in problems if problem.category not in done]
    categories = len({problem.category for problem in problems})
    if not left:
        return (
            f"A problem of each of the {categories} categories is passed. "
            "`tfprep exam start --random` begins a mock exam, drawn from all problems."
        )
    return (
        f"In {len(done)} of {categories} categories a problem is passed. "
        f"Next: `tfprep start {left[0].call}`, {left[0].title}."
    )
