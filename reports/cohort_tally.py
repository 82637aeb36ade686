"""A cohort in numbers: how the scores of each problem are spread, and who needs help first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from ..grader.cohort import Cohort, Result, Standing
from ..grader.scorecard import FULL_MARKS
from .cohort_table import NOTHING, Heading, cell_of, headings_of, is_invalid, page_of, points_of

ENOUGH: Final = 3
"""Points below which a problem is counted among those that a learner needs help with."""
SHOWN: Final = 12
"""As many learners as one sitting can help."""


@dataclass(frozen=True)
class Bar:
    """How many learners have one score."""

    label: str
    tone: str
    count: int
    share: float
    """Of the longest bar, 0 to 1."""


@dataclass(frozen=True)
class Spread:
    """The scores of one problem."""

    heading: Heading
    mean: str
    passed: int
    learners: int
    bars: tuple[Bar, ...]
    """From 5 down to 0, then those without a score."""


@dataclass(frozen=True)
class Need:
    """A learner who needs help, and with what."""

    name: str
    page: str
    total: str
    why: tuple[tuple[str, str], ...]
    """A problem, or several, and what stands in the way there."""


def summarise(cohort: Cohort) -> tuple[tuple[str, str], ...]:
    """What the page says first: names and values."""
    totals = [standing.total for standing in cohort.standings]
    results = [result for standing in cohort.standings for result in standing.results]
    handed_in = sum(result.counted is not None for result in results)
    passed = sum(result.points >= FULL_MARKS for result in results)
    facts = [
        ("Learners", f"{len(totals):,}"),
        ("Graded", f"{handed_in:,} of {len(results):,}"),
        ("Full marks", f"{passed:,}"),
    ]
    if totals:
        facts += [("Mean total", f"{fmean(totals):.1f}"), ("Median total", f"{median(totals):.1f}")]
    if cohort.pending:
        facts.append(("Waiting", f"{len(cohort.pending):,}"))
    if cohort.unplaced:
        facts.append(("Not placed", f"{len(cohort.unplaced):,}"))
    return tuple(facts)


def spread(cohort: Cohort) -> tuple[Spread, ...]:
    """The distribution of the counted points, problem by problem."""
    waiting = {(each.learner, each.problem) for each in cohort.pending}
    return tuple(
        _spread(
            heading,
            [standing.results[index] for standing in cohort.standings],
            [(standing.learner.id, heading.problem) in waiting for standing in cohort.standings],
        )
        for index, heading in enumerate(headings_of(cohort))
    )


def first_to_help(cohort: Cohort) -> tuple[Need, ...]:
    """Those with the least first, each with what is missing, could not be scored or earned little."""
    headings = headings_of(cohort)
    told = [
        (standing, Need(standing.learner.shown, page_of(standing, place), f"{standing.total:.1f}", why))
        for place, standing in enumerate(cohort.standings, 1)
        if (why := _why(standing, headings))
    ]
    return tuple(need for _, need in sorted(told, key=lambda each: each[0].total)[:SHOWN])


def _spread(heading: Heading, results: Sequence[Result], waiting: Sequence[bool]) -> Spread:
    tones = Counter(cell_of(result, waits).tone for result, waits in zip(results, waiting, strict=True))
    kinds = [(str(score), f"p{score}") for score in range(FULL_MARKS, -1, -1)]
    kinds += [
        (label, tone)
        for label, tone in (("invalid", "invalid"), ("waiting", "waiting"), ("none", "none"))
        if tones[tone]
    ]
    longest = max(tones.values(), default=1)
    return Spread(
        heading=heading,
        mean=points_of(fmean(result.points for result in results)) if results else NOTHING,
        passed=tones[f"p{FULL_MARKS}"],
        learners=len(results),
        bars=tuple(Bar(label, tone, tones[tone], tones[tone] / longest) for label, tone in kinds),
    )


def _why(standing: Standing, headings: Sequence[Heading]) -> tuple[tuple[str, str], ...]:
    missing, told = [], []
    for heading, result in zip(headings, standing.results, strict=True):
        name = heading.name or heading.problem
        if result.override is None and result.counted is None:
            missing.append(name)
        elif result.override is None and is_invalid(result) and result.counted is not None:
            told.append((name, result.counted.card.reason))
        elif result.points < ENOUGH:
            told.append((name, f"{points_of(result.points)} of 5{_cause(result)}"))
    if missing:
        whole = len(missing) == len(headings)
        told.append(("Everything" if whole else ", ".join(missing), "not handed in"))
    return tuple(told)


def _cause(result: Result) -> str:
    if result.counted is None or not result.counted.card.findings:
        return ""
    return f". {result.counted.card.findings[0].what}"
