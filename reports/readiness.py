"""Is somebody ready for the exam? Statistics over practice: each category, and the probability to pass today.

An exam lets one submit again and again, so what counts is not each attempt but the last score of each
session. They give the probability of each score from 0 to 5 in a category; after a few sessions it is
uncertain, and the estimate's range says how much. Categories are taken as independent of one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import pairwise
from math import gcd
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from ..exams.result import TO_PASS, in_words
from ..grader.scoring.card import FULL_MARKS, Record
from ..problems import Problem
from .terminal import grid, plain
from .wording import Column, Table

SESSION: Final = timedelta(hours=3)
"""A longer pause between two attempts begins a new session."""
HALF_LIFE: Final = 5.0
"""Sessions after which one counts half as much: people learn."""
PRIOR: Final = 1.0
"""How many sessions weighs what was not seen yet."""
FALL: Final = 0.4
"""What was not seen lies near what was: with each score further away it is so much less likely."""
CAUTION: Final = 0.6
"""How much of an independent look one session is. Measured: see design/0007-the-exam.md."""
ENOUGH: Final = 3
"""Sessions in every category without which nothing is estimated."""
DRAWS: Final = 1_000
RANGE: Final = (5, 95)
"""Percentiles between which the estimate's range lies."""
LATEST: Final = 10
"""Attempts that say what is typical now."""
STEADY: Final = 0.5
"""Scores by which the newer half must differ from the older one to be called a trend."""
SCORES: Final = FULL_MARKS + 1

Chances = NDArray[np.float64]


@dataclass(frozen=True)
class CategoryReadiness:
    """How somebody stands in one category."""

    problem: str
    name: str
    weight: int
    attempts: int
    sessions: int
    best: int | None
    typical: float | None
    """The median of the latest attempts that could be scored."""
    trend: str
    """"rising", "steady", "falling", or empty where there are too few attempts to say."""
    seconds: float | None
    """What it usually takes: in exams, else from the first to the last attempt of a session."""
    recurring: tuple[tuple[str, int], ...]
    """Findings of several of the latest attempts, the most frequent first, with how many."""
    expected: float | None
    """The score to expect today; None without a scored attempt."""

    @property
    def known(self) -> bool:
        """Whether there are enough sessions to estimate from."""
        return self.expected is not None and self.sessions >= ENOUGH


@dataclass(frozen=True)
class Readiness:
    """How somebody stands."""

    learner: str
    categories: tuple[CategoryReadiness, ...]
    chance: float | None
    """Of passing today, 0 to 1; None where there is too little to tell."""
    low: float | None
    high: float | None
    too_little: str
    """Why there is no estimate; else empty."""
    next_hour: tuple[str, ...]
    """Names of the two categories that the next hour is best spent on; fewer where nothing is left to win."""


def assess(
    learner: str,
    problems: Sequence[Problem],
    records: Sequence[Record],
    exam_seconds: Mapping[str, Sequence[float]],
) -> Readiness:
    """How the learner stands.

    `records` are theirs, oldest first; `exam_seconds` says by problem what it took in each exam.
    """
    by_problem = {
        problem.id: [record for record in records if record.card.problem == problem.id]
        for problem in problems
    }
    categories = tuple(
        _category(problem, by_problem[problem.id], exam_seconds.get(problem.id, ())) for problem in problems
    )
    weights = [problem.weight for problem in problems]
    missing = [category.name for category in categories if not category.known]
    alphas = [_alpha(_outcomes(by_problem[problem.id])) for problem in problems]
    chances = None if missing else _draw(alphas, weights)
    return Readiness(
        learner=learner,
        categories=categories,
        chance=None if chances is None else float(np.mean(chances)),
        low=None if chances is None else float(np.percentile(chances, RANGE[0])),
        high=None if chances is None else float(np.percentile(chances, RANGE[1])),
        too_little=_too_little(missing),
        next_hour=_next_hour(categories, alphas, weights),
    )


def _category(
    problem: Problem, records: Sequence[Record], exam_seconds: Sequence[float]
) -> CategoryReadiness:
    scores = [record.card.score for record in records if record.card.score is not None]
    latest = scores[-LATEST:]
    sessions = _sessions(records)
    outcomes = _outcomes(records)
    return CategoryReadiness(
        problem=problem.id,
        name=problem.name,
        weight=problem.weight,
        attempts=len(records),
        sessions=len(sessions),
        best=max(scores, default=None),
        typical=float(median(latest)) if latest else None,
        trend=_trend(latest),
        seconds=_usual_time(sessions, exam_seconds),
        recurring=_recurring(records[-LATEST:]),
        expected=_expected(_alpha(outcomes)) if outcomes else None,
    )


def _sessions(records: Sequence[Record]) -> list[list[Record]]:
    sessions = [[record] for record in records[:1]]
    for before, record in pairwise(records):
        if record.when - before.when > SESSION:
            sessions.append([])
        sessions[-1].append(record)
    return sessions


def _outcomes(records: Sequence[Record]) -> list[int]:
    """What each session came to: its last score. One in which nothing could be scored came to 0."""
    if all(record.card.score is None for record in records):
        return []
    return [
        ([record.card.score for record in session if record.card.score is not None] or [0])[-1]
        for session in _sessions(records)
    ]


def _trend(scores: Sequence[int]) -> str:
    if len(scores) < 4:
        return ""
    half = len(scores) // 2
    change = float(np.mean(scores[-half:]) - np.mean(scores[:half]))
    if abs(change) < STEADY:
        return "steady"
    return "rising" if change > 0 else "falling"


def _usual_time(sessions: Sequence[Sequence[Record]], exam_seconds: Sequence[float]) -> float | None:
    sat = [seconds for seconds in exam_seconds if seconds > 0]
    spans = [(each[-1].when - each[0].when).total_seconds() for each in sessions if len(each) > 1]
    known = sat or spans
    return float(median(known)) if known else None


def _recurring(records: Sequence[Record]) -> tuple[tuple[str, int], ...]:
    seen = Counter(what for record in records for what in {finding.what for finding in record.card.findings})
    return tuple((what, count) for what, count in seen.most_common(3) if count > 1)


def _alpha(outcomes: Sequence[int]) -> Chances:
    """How often each score was seen, newer sessions more, and what was not seen near what was."""
    seen = np.zeros(SCORES)
    for age, outcome in enumerate(reversed(outcomes)):
        seen[outcome] += 0.5 ** (age / HALF_LIFE)
    if not outcomes:
        return np.full(SCORES, PRIOR / SCORES)
    near = FALL ** np.abs(np.arange(SCORES) - _expected(seen))
    alpha: Chances = seen + PRIOR * near / near.sum()
    return alpha


def _expected(alpha: Chances) -> float:
    return float(alpha @ np.arange(SCORES) / alpha.sum())


def _draw(alphas: Sequence[Chances], weights: Sequence[int]) -> Chances:
    """(DRAWS,) chances of passing, each under one of the ways in which the scores may be spread."""
    random = np.random.default_rng(0)
    return _chance_of_passing([random.dirichlet(CAUTION * alpha, DRAWS) for alpha in alphas], weights)


def _chance_of_passing(spreads: Sequence[Chances], weights: Sequence[int]) -> Chances:
    """(n,) from a (n, 6) spread of scores for each category: every total counted exactly."""
    unit = gcd(*weights)
    weights = [weight // unit for weight in weights]
    most = FULL_MARKS * sum(weights)
    totals = np.zeros((len(spreads[0]), most + 1))
    totals[:, 0] = 1.0
    for spread, weight in zip(spreads, weights, strict=True):
        after = np.zeros_like(totals)
        for score in range(SCORES):
            step = weight * score
            after[:, step:] += spread[:, score : score + 1] * totals[:, : most + 1 - step]
        totals = after
    needed = -(-TO_PASS * most // 100)
    chances: Chances = totals[:, needed:].sum(axis=1)
    return np.minimum(chances, 1.0)


def _next_hour(
    categories: Sequence[CategoryReadiness], alphas: Sequence[Chances], weights: Sequence[int]
) -> tuple[str, ...]:
    """Where one score more would raise the chance most; of equals, where most points are lost."""
    spreads = [(alpha / alpha.sum())[None, :] for alpha in alphas]
    now = float(_chance_of_passing(spreads, weights)[0])

    def worth(place: int) -> tuple[float, float]:
        better = [*spreads]
        better[place] = _raised(spreads[place])
        gain = float(_chance_of_passing(better, weights)[0]) - now
        expected = categories[place].expected or 0.0
        return round(gain, 6), weights[place] * (FULL_MARKS - expected)

    order = sorted(range(len(categories)), key=worth, reverse=True)
    open_ones = [
        place for place in order if categories[place].expected is None or _not_full(categories[place])
    ]
    return tuple(categories[place].name for place in open_ones[:2])


def _not_full(category: CategoryReadiness) -> bool:
    """Whether something was left lately."""
    return category.typical is None or category.typical < FULL_MARKS


def _raised(spread: Chances) -> Chances:
    """The same spread, one score higher."""
    raised = np.zeros_like(spread)
    raised[:, 1:] = spread[:, :-1]
    raised[:, -1] += spread[:, -1]
    return raised


def _too_little(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f"Too little to tell: fewer than {ENOUGH} sessions with a score in {_listed(missing)}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def to_values(readiness: Readiness) -> dict[str, Any]:
    """As plain values that JSON can hold."""
    return asdict(readiness)


def show_readiness(console: Console, readiness: Readiness) -> None:
    """A line for each category, what keeps coming back, the chance of passing, and what to do next."""
    console.print(grid(category_table(readiness)))
    for line in (*_finding_lines(readiness), *_chance_lines(readiness), *_next_lines(readiness)):
        console.print(plain(line))


def category_table(readiness: Readiness) -> Table:
    """Each category's weight, scores, trend and time, in words."""
    columns = (
        Column("category", whole=True),
        Column("points", number=True),
        Column("attempts", number=True),
        Column("best", number=True),
        Column("typical", number=True),
        Column("trend"),
        Column("takes", number=True),
        Column("expected", number=True),
    )
    return Table("Categories", columns, tuple(_row(category) for category in readiness.categories))


def _row(category: CategoryReadiness) -> tuple[str, ...]:
    return (
        category.name,
        str(category.weight),
        str(category.attempts),
        "-" if category.best is None else str(category.best),
        "-" if category.typical is None else f"{category.typical:g}",
        category.trend or "-",
        "-" if category.seconds is None else in_words(timedelta(seconds=round(category.seconds))),
        "-" if category.expected is None else f"{category.expected:.1f}",
    )


def _finding_lines(readiness: Readiness) -> Iterator[str]:
    for category in readiness.categories:
        for what, count in category.recurring:
            yield f"{category.name}, {count} times: {what}"


def _chance_lines(readiness: Readiness) -> Iterator[str]:
    if readiness.chance is None or readiness.low is None or readiness.high is None:
        yield readiness.too_little
        return
    yield (
        f"Chance of {TO_PASS} points today: {_shown(readiness.chance)}; "
        f"from {_shown(readiness.low)} to {_shown(readiness.high)} with what is known so far."
    )


def _next_lines(readiness: Readiness) -> Iterator[str]:
    if readiness.next_hour:
        yield f"Worth the next hour: {' and '.join(readiness.next_hour)}."


def _shown(chance: float) -> str:
    """In hundredths, and never surer than a few attempts can make it."""
    return "under 1%" if chance < 0.01 else "over 99%" if chance > 0.99 else f"{chance:.0%}"
