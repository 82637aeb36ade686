"""A cohort in numbers: who needs help first, and each problem's scores and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev
from typing import Final

from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.gradebook.claims import is_waited_for
from ...cohorts.gradebook.item_analysis import CohortAnalysis, FindingShare, ItemAnalysis, Stage
from ...files.text import listed
from ...grader.scoring.card import FULL_MARKS
from ..wording import Fact, seconds
from .discrimination import Discrimination, discriminate
from .gradebook_table import (
    NOTHING,
    Heading,
    cell_of,
    headings_of,
    is_invalid,
    nothing_handed_in,
    page_of,
    points_text,
)

ENOUGH: Final = 3
"""Points below which a problem is counted among those that a learner needs help with."""
SHOWN: Final = 12
"""So many learners are listed."""
FINDINGS: Final = 5
"""So many findings of a problem are listed, the most frequent ones."""
NAMES: Final = 6
"""So many of those with a finding are named."""


@dataclass(frozen=True)
class Bar:
    """How many learners have one score."""

    label: str
    tone: str
    count: int
    share: float
    """Of the longest bar's length, 0 to 1."""


@dataclass(frozen=True)
class SharedFinding:
    """A finding, and who has it."""

    what: str
    share: str
    learners: str


@dataclass(frozen=True)
class Item:
    """The item analysis of one problem."""

    heading: Heading
    bars: tuple[Bar, ...]
    """By the points that count: from 5 down to 0, then those without any."""
    facts: tuple[Fact, ...]
    findings: tuple[SharedFinding, ...]
    discriminates: bool
    """Whether `facts` tell how well it does."""


@dataclass(frozen=True)
class Need:
    """A learner who needs help, and with what."""

    name: str
    page: str
    total: str
    why: tuple[Fact, ...]
    """A problem, or several, and what is wrong there."""


def summarise(cohort: Cohort) -> tuple[Fact, ...]:
    """The facts at the top of the page: names and values."""
    totals = [one.total for one in cohort.learners]
    results = [result for one in cohort.learners for result in one.results]
    handed_in = sum(result.counted is not None for result in results)
    full = sum(result.points >= FULL_MARKS for result in results)
    facts = [
        ("Learners", f"{len(totals):,}"),
        ("Graded", f"{handed_in:,} of {len(results):,}"),
        ("Full marks", f"{full:,}"),
    ]
    if totals:
        facts += [
            (
                f"At {points_text(cohort.pass_mark)} or more",
                f"{sum(total >= cohort.pass_mark for total in totals):,}",
            ),
            ("Mean total", f"{fmean(totals):.1f}"),
            ("Median total", f"{median(totals):.1f}"),
            ("Standard deviation", f"{pstdev(totals):.1f}"),
        ]
    if cohort.pending:
        facts.append(("Waiting", f"{len(cohort.pending):,}"))
    if cohort.unmatched:
        facts.append(("Not placed", f"{len(cohort.unmatched):,}"))
    return tuple(facts)


def itemise(cohort: Cohort, analysis: CohortAnalysis) -> tuple[Item, ...]:
    """Every problem, in the cohort's order."""
    waiting = {(each.learner, each.problem) for each in cohort.pending}
    names = {one.learner.id: one.learner.shown for one in cohort.learners}
    items = []
    each_problem = zip(headings_of(cohort), analysis.problems, discriminate(cohort), strict=True)
    for index, (heading, item, discrimination) in enumerate(each_problem):
        results = [one.results[index] for one in cohort.learners]
        waits = [(one.learner.id, heading.problem) in waiting for one in cohort.learners]
        items.append(
            Item(
                heading=heading,
                bars=_bars(results, waits),
                facts=_facts(results, item, discrimination),
                findings=tuple(_shared(each, names) for each in item.findings[:FINDINGS]),
                discriminates=discrimination is not None,
            )
        )
    return tuple(items)


def first_to_help(cohort: Cohort, analysis: CohortAnalysis) -> tuple[Need, ...]:
    """The learners with the lowest totals, each with what is missing, invalid or low.

    Who handed in nothing at all is not among them: they are listed beside these.
    """
    headings = headings_of(cohort)
    positions = {one.learner.id: position for position, one in enumerate(cohort.learners, 1)}
    needs: list[Need] = []
    for needed in analysis.help_first:
        position = positions[needed.learner]
        learner_result = cohort.learners[position - 1]
        if nothing_handed_in(learner_result):
            continue
        if why := _why(cohort, learner_result, headings):
            total = f"{learner_result.total:.1f}"
            needs.append(Need(learner_result.learner.shown, page_of(learner_result, position), total, why))
        if len(needs) == SHOWN:
            break
    return tuple(needs)


def _bars(results: Sequence[Result], waiting: Sequence[bool]) -> tuple[Bar, ...]:
    tones = Counter(cell_of(result, waits).tone for result, waits in zip(results, waiting, strict=True))
    kinds = [(str(score), f"p{score}") for score in range(FULL_MARKS, -1, -1)]
    others = (("invalid", "invalid"), ("waiting", "waiting"), ("no submission", "none"))
    kinds += [(label, tone) for label, tone in others if tones[tone]]
    longest = max(tones.values(), default=1)
    return tuple(Bar(label, tone, tones[tone], tones[tone] / longest) for label, tone in kinds)


def _facts(
    results: Sequence[Result], item: ItemAnalysis, discrimination: Discrimination | None
) -> tuple[Fact, ...]:
    mean = points_text(fmean(result.points for result in results)) if results else NOTHING
    facts = [("Mean", f"{mean} of 5")]
    if item.hardest is not None:
        facts.append(("Hardest step", _step(item.hardest)))
    if item.time.attempts:
        facts.append(("Attempts each", points_text(item.time.attempts)))
    if item.time.training:
        facts.append(("A script trained", seconds(item.time.training)))
    if discrimination is not None:
        d = discrimination
        facts.append(
            ("Corrected item-total correlation", f"{d.r:.2f} (95%: {d.low:.2f} to {d.high:.2f}, n = {d.n:,})")
        )
    return tuple(facts)


def _step(step: Stage) -> str:
    return f"{step.name}: {step.reached - step.passed:,} of {step.reached:,} stopped there"


def _shared(found: FindingShare, names: Mapping[str, str]) -> SharedFinding:
    return SharedFinding(
        what=found.what,
        share=f"{100 * found.share:.0f}%",
        learners=listed((names[learner] for learner in found.learners), NAMES),
    )


def _why(cohort: Cohort, learner_result: LearnerResult, headings: Sequence[Heading]) -> tuple[Fact, ...]:
    missing, reasons = [], []
    for heading, result in zip(headings, learner_result.results, strict=True):
        name = heading.name or heading.problem
        if is_waited_for(cohort, learner_result.learner.id, result):
            reasons.append((name, "no result yet"))
        elif result.override is None and result.counted is None:
            missing.append(name)
        elif result.override is None and is_invalid(result) and result.counted is not None:
            reasons.append((name, result.counted.card.reason))
        elif result.points < ENOUGH:
            reasons.append((name, f"{points_text(result.points)} of 5{_cause(result)}"))
    if missing:
        whole = len(missing) == len(headings)
        reasons.append(("Everything" if whole else ", ".join(missing), "no submission"))
    return tuple(reasons)


def _cause(result: Result) -> str:
    if result.counted is None or not result.counted.card.findings:
        return ""
    return f". {result.counted.card.findings[0].what}"
