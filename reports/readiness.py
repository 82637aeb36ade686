"""Is somebody ready for the exam? Statistics over practice: each category, and the probability to pass today.

An exam lets one submit again and again, so what counts is not each attempt but the last score of each
session. What they tell of the probability of passing, and how surely: `readiness_model.py`.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from rich.console import Console

from ..files.text import counted, in_words, joined
from ..grader.ledger import Ledger
from ..grader.records.exam import TO_PASS
from ..grader.scoring.card import FULL_MARKS, Record
from ..problems import Category, Problem, all_problems
from .readiness_model import Floats, Practised, SessionScore, learn, pass_probability
from .terminal import grid, plain
from .wording import Table, columns

SESSION: Final = timedelta(hours=3)
"""A longer pause between two attempts begins a new session."""
HALF_LIFE: Final = 5.0
"""Sessions after which one counts half as much, in the score to expect."""
ENOUGH: Final = 3
"""Sessions in every category without which nothing is estimated."""
LATEST: Final = 10
"""The latest attempts, of which the median is taken."""
STEADY: Final = 0.5
"""The difference between the newer and the older half, in scores, that makes a trend."""
SURE: Final = 0.2
"""How wide the range may be where one probability is told."""
_NARROW: Final = 84
"""Columns of a terminal below which some are left out."""
_LEFT_OUT: Final = ("median", "trend", "usual time")


@dataclass(frozen=True)
class CategoryReadiness:
    """How ready somebody is in one category."""

    category: str
    """"A" to "E"."""
    name: str
    """"A regression"."""
    weight: int
    attempts: int
    """Those that could be scored, whether or not their score was told."""
    told: int
    """Those whose own score was told: the ladder tells what beats the best before by more than chance."""
    in_exams: int
    """Of those told: how many were submitted in an exam, which tells each."""
    most_told: int
    """Of those told: how many were of the problem with most."""
    sessions: int
    best: int | None
    median: float | None
    """The median of the latest scores that were told."""
    trend: str
    """"rising", "steady", "falling", or empty where there are too few attempts to say."""
    seconds: float | None
    """What it usually takes: in exams, else from the first to the last attempt of a session."""
    recurring: tuple[tuple[str, int], ...]
    """Findings of several of the latest attempts, the most frequent first, with how many."""
    expected: float | None
    """The score to expect today; None where no score was told."""

    @property
    def known(self) -> bool:
        """Whether there are enough sessions to estimate from."""
        return self.expected is not None and self.sessions >= ENOUGH


@dataclass(frozen=True)
class Readiness:
    """How ready somebody is for the exam."""

    learner: str
    categories: tuple[CategoryReadiness, ...]
    probability: float | None
    """Of passing today, from 0 to 1; None where there is too little to tell, or the range is wide."""
    low: float | None
    """None where there is too little to tell; so is `high`."""
    high: float | None
    too_little: str
    """Why there is no estimate; else empty."""
    points: float
    """Of a hundred: what the scores to expect in each category come to, nothing where none was tried."""
    next_hour: tuple[str, ...]
    """Names of the two categories that the next hour is best spent on; fewer where nothing is left to win."""


def readiness_of(learner: str, ledger: Ledger) -> Readiness:
    """How ready the learner is, by their submissions and exams in the ledger. Raises LedgerUnavailable."""
    problems = all_problems()
    ended = ledger.exams.ended(learner)
    times = [session.seconds_by_problem() for session in ended]
    seconds = {problem.id: [time.get(problem.id, 0.0) for time in times] for problem in problems}
    exams = [*ended, *(each for each in ledger.exams.running() if each.learner == learner)]
    own, mentors = (
        {entry.number for each in exams if bool(each.plan.mentor) is by_mentor for entry in each.submissions}
        for by_mentor in (False, True)
    )
    # What a mentor's exam tells is the score on the validation data, which anybody has.
    records = [each for each in ledger.history(learner=learner) if each.number not in mentors]
    return assess(learner, problems, records, seconds, own)


def assess(
    learner: str,
    problems: Sequence[Problem],
    records: Sequence[Record],
    exam_seconds: Mapping[str, Sequence[float]],
    in_exams: Collection[int] = (),
) -> Readiness:
    """How ready the learner is.

    Args:
        learner: whose readiness it is.
        problems: all that count, several of a category or one.
        records: the learner's submissions, oldest first.
        exam_seconds: by problem, the seconds that it took in each exam.
        in_exams: the numbers of those that were submitted in exams.
    """
    ids = {category: [each.id for each in problems if each.category is category] for category in Category}
    tried = {
        category: [record for record in records if record.card.problem in ids[category]] for category in ids
    }
    categories = tuple(
        _category(category, tried[category], _seconds(ids[category], exam_seconds), in_exams)
        for category in ids
    )
    weights = [category.weight for category in ids]
    missing = [category.name for category in categories if not category.known]
    posterior = learn(Practised.of([_outcomes(each) for each in tried.values()]))
    low, high = (None, None) if missing else posterior.bounds(weights)
    is_sure = low is not None and high is not None and high - low <= SURE
    return Readiness(
        learner=learner,
        categories=categories,
        probability=float(posterior.probability(weights)[0]) if is_sure else None,
        low=low,
        high=high,
        too_little=_too_little([category for category in categories if not category.known]),
        points=_points(categories, weights),
        next_hour=_next_hour(categories, posterior.today[0], weights),
    )


def _seconds(problems: Sequence[str], exam_seconds: Mapping[str, Sequence[float]]) -> list[float]:
    """What the problems with these ids took in each exam; of a category an exam has one."""
    return [seconds for problem in problems for seconds in exam_seconds.get(problem, ())]


def _category(
    category: Category, records: Sequence[Record], exam_seconds: Sequence[float], in_exams: Collection[int]
) -> CategoryReadiness:
    scores = [record.score for record in records if record.score is not None]
    latest = scores[-LATEST:]
    sessions = _sessions(records)
    outcomes = _outcomes(records)
    return CategoryReadiness(
        category=category.value,
        name=f"{category.value} {category.meaning}",
        weight=category.weight,
        attempts=sum(record.card.score is not None for record in records),
        told=len(scores),
        in_exams=sum(record.score is not None and record.number in in_exams for record in records),
        most_told=max(
            Counter(each.card.problem for each in records if each.score is not None).values(), default=0
        ),
        sessions=len(sessions),
        best=max(scores, default=None),
        median=float(statistics.median(latest)) if latest else None,
        trend=_trend(latest),
        seconds=_usual_time(sessions, exam_seconds),
        recurring=_recurring(records[-LATEST:]),
        expected=_expected([each.score for each in outcomes if each.disclosed]) if outcomes else None,
    )


def _sessions(records: Sequence[Record]) -> list[list[Record]]:
    sessions = [[record] for record in records[:1]]
    for before, record in pairwise(records):
        if record.when - before.when > SESSION:
            sessions.append([])
        sessions[-1].append(record)
    return sessions


def _outcomes(records: Sequence[Record]) -> list[SessionScore]:
    """What is known of each session; nothing where no score was ever told."""
    return list(map(_outcome, _sessions(records))) if any(each.score is not None for each in records) else []


def _outcome(session: Sequence[Record]) -> SessionScore:
    """Its last score that was told; without one the best before, which a card of practice tells instead."""
    scored = [record for record in session if record.card.score is not None]
    told = [record.score for record in scored if record.score is not None]
    if told or not scored:
        return SessionScore(told[-1] if told else 0, len(scored))
    return SessionScore(scored[-1].card.score or 0, len(scored), disclosed=False)


def _trend(scores: Sequence[int]) -> str:
    if len(scores) < 4:
        return ""
    half = len(scores) // 2
    change = float(np.mean(scores[-half:]) - np.mean(scores[:half]))
    if abs(change) < STEADY:
        return "steady"
    return "rising" if change > 0 else "falling"


def _usual_time(sessions: Sequence[Sequence[Record]], exam_seconds: Sequence[float]) -> float | None:
    in_exams = [seconds for seconds in exam_seconds if seconds > 0]
    spans = [(each[-1].when - each[0].when).total_seconds() for each in sessions if len(each) > 1]
    known = in_exams or spans
    return float(statistics.median(known)) if known else None


def _recurring(records: Sequence[Record]) -> tuple[tuple[str, int], ...]:
    causes = ({each.what for each in record.card.findings if not each.follows} for record in records)
    seen = Counter(what for found in causes for what in found)
    return tuple((what, count) for what, count in seen.most_common(3) if count > 1)


def _expected(scores: Sequence[int]) -> float:
    """The mean of what sessions came to, newer ones more."""
    weights = 0.5 ** (np.arange(len(scores))[::-1] / HALF_LIFE)
    return float(weights @ np.array(scores) / weights.sum())


def _next_hour(
    categories: Sequence[CategoryReadiness], today: Floats, weights: Sequence[int]
) -> tuple[str, ...]:
    """Where one score more would raise the probability most; of equals, where most points are lost."""
    now = float(pass_probability(today, weights))

    def worth(place: int) -> tuple[float, float]:
        better = today.copy()
        better[place] = _raised(today[place])
        gain = float(pass_probability(better, weights)) - now
        expected = categories[place].expected or 0.0
        return round(gain, 6), weights[place] * (FULL_MARKS - expected)

    order = sorted(range(len(categories)), key=worth, reverse=True)
    medians = [category.median for category in categories]
    improvable = [place for place in order if medians[place] is None or medians[place] != FULL_MARKS]
    return tuple(categories[place].name for place in improvable[:2])


def _raised(scores: Floats) -> Floats:
    """The same probabilities, shifted one score up."""
    raised = np.roll(scores, 1)
    raised[-1] += raised[0]
    raised[0] = 0.0
    return raised


def _points(categories: Sequence[CategoryReadiness], weights: Sequence[int]) -> float:
    earned = (weight * (each.expected or 0.0) for each, weight in zip(categories, weights, strict=True))
    return 100 * sum(earned) / (FULL_MARKS * sum(weights))


def _too_little(missing: Sequence[CategoryReadiness]) -> str:
    if not missing:
        return ""
    sessions = ", ".join(f"{category.name} {category.sessions}" for category in missing)
    return (
        f"Too little to tell how likely you pass: fewer than {ENOUGH} sessions with a score in "
        f"{joined(category.name for category in missing)}. "
        f"A pause of {SESSION.seconds // 3600} hours begins a new session; so far: {sessions}."
    )


def show_readiness(console: Console, readiness: Readiness) -> None:
    """A row for each category, recurring findings, the probability of passing, and what to do next."""
    console.print(grid(readiness_table(readiness, console.width)))
    for sentence in _sentences(readiness):
        console.print(plain(sentence))


def readiness_table(readiness: Readiness, width: int = 200) -> Table:
    """Each category's weight, scores, trend and usual time, in words: fewer of them where it is narrow."""
    names = ("category", "points", "attempts", "best", "median", "trend", "usual time", "expected")
    left_out = _LEFT_OUT if width < _NARROW else ()
    kept = [place for place, name in enumerate(names) if name not in left_out]
    shown = columns(
        *(names[place] for place in kept),
        numbers=set(names) - {"category", "trend"},
        whole={"category"},
        verbatim={"category"},
    )
    rows = map(_row, readiness.categories)
    return Table("Categories", shown, tuple(tuple(row[place] for place in kept) for row in rows))


def _row(category: CategoryReadiness) -> tuple[str, ...]:
    return (
        category.name,
        str(category.weight),
        str(category.attempts),
        "-" if category.best is None else str(category.best),
        "-" if category.median is None else f"{category.median:g}",
        category.trend or "-",
        "-" if category.seconds is None else in_words(timedelta(seconds=round(category.seconds))),
        "-" if category.expected is None else f"{category.expected:.1f}",
    )


def _sentences(readiness: Readiness) -> Iterator[str]:
    for category in readiness.categories:
        for what, count in category.recurring:
            yield f"{category.name}, {counted(count, 'time')}: {what}"
    if any(category.told for category in readiness.categories):
        yield _inputs(readiness)
    yield readiness.too_little or _estimate(readiness)
    if readiness.next_hour:
        yield f"Worth the next hour: {' and '.join(readiness.next_hour)}."


def _inputs(readiness: Readiness) -> str:
    told = sum(category.told for category in readiness.categories)
    attempts = sum(category.attempts for category in readiness.categories)
    exams = sum(category.in_exams for category in readiness.categories)
    most = max(category.most_told for category in readiness.categories)
    return (
        f"With what you scored lately, about {readiness.points:.0f} of 100 points; {TO_PASS} pass. "
        "A category that was never tried counts as 0. "
        f"That rests on {counted(told, 'score')} that you were shown, of "
        f"{counted(attempts, 'scored attempt')}: {exams:,} in exams, up to "
        f"{most:,} on the same hidden examples. An exam has a clock, so it is harder."
    )


def _estimate(readiness: Readiness) -> str:
    low, high = (_shown(each or 0.0) for each in (readiness.low, readiness.high))
    if readiness.probability is None:
        return (
            f"Probability of {TO_PASS} points today: from {low} to {high}; what is known leaves that open. "
            "Practice tells a score only where it beats your best. An exam tells every score: "
            "`tfprep exam start`."
        )
    return (
        f"Probability of {TO_PASS} points today: {_shown(readiness.probability)}; from {low} to {high} "
        "with what is known so far."
    )


def _shown(probability: float) -> str:
    """In hundredths, and never surer than a few attempts can make it."""
    return "under 1%" if probability < 0.01 else "over 99%" if probability > 0.99 else f"{probability:.0%}"
