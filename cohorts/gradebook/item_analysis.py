"""Item analysis of a cohort's results, for a mentor.

For each problem the distribution of scores, how often each finding occurs and in whose work, the step that
most learners fail, and the time spent; and which learners need help first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final

from ...grader.records.cohort import Cohort, LearnerResult, Result
from ...grader.scoring.card import FULL_MARKS, Finding, Record

_SCORES: Final = range(FULL_MARKS + 1)
_FEW: Final = 3
"""A step is called the hardest only where so many learners reached it."""
FULL: Final = 100.0


@dataclass(frozen=True)
class FindingShare:
    """A finding in the attempts that count, and whose attempts these are."""

    code: str
    what: str
    """The sentence the learner reads."""
    share: float
    """Of those who handed in."""
    learners: tuple[str, ...]
    """Their ids, in the cohort's order."""


@dataclass(frozen=True)
class Stage:
    """A step on the way to full marks: handing in, getting a score at all, then one band after the other."""

    name: str
    """For people: "from 3 to 4"."""
    reached: int
    """How many learners reached it."""
    passed: int
    """How many of them got further."""

    @property
    def lost(self) -> float:
        """The share that did not get further."""
        return 1 - self.passed / self.reached if self.reached else 0.0


@dataclass(frozen=True)
class TimeSpent:
    """Attempts and computing time. How long learners worked on a problem is not known."""

    attempts: float
    """The mean number of attempts of those who handed in; 0 where nobody did."""
    training: float
    """The median training time of scripts in seconds; 0 where there are none."""
    grading: float
    """Seconds the grader spent on the attempts that count, all together."""


@dataclass(frozen=True)
class ItemAnalysis:
    """The item analysis of one problem."""

    problem: str
    learners: int
    handed_in: int
    scores: tuple[int, ...]
    """How many have 0, 1, … 5, as the grader scored them."""
    invalid: int
    """How many handed in something that could not be scored."""
    mean: float | None
    """Of the scores; None where there are none."""
    median: float | None
    findings: tuple[FindingShare, ...]
    """The most frequent first."""
    steps: tuple[Stage, ...]
    hardest: Stage | None
    """The step that the largest share did not pass; None where few reached any, or everybody passed."""
    time: TimeSpent


@dataclass(frozen=True)
class HelpNeeded:
    """A learner who needs help, and why."""

    learner: str
    total: float
    """0 to 100."""
    missing: tuple[str, ...]
    """Ids of the problems that were not handed in."""
    invalid: tuple[str, ...]
    """Ids of the problems whose submission could not be scored."""
    attempts: int
    """In all problems."""
    weakest: str
    """The id of the problem that would gain the learner most."""
    finding: Finding | None
    """The first finding in the weakest problem's card."""


@dataclass(frozen=True)
class CohortAnalysis:
    """The item analysis of a whole cohort."""

    problems: tuple[ItemAnalysis, ...]
    """In the cohort's order."""
    hardest: str | None
    """The id of the problem with the lowest mean of points; None without learners."""
    help_first: tuple[HelpNeeded, ...]
    """Everybody below 100: the lowest total first; of equals, who tried more often; then by id."""


def analyse_cohort(cohort: Cohort) -> CohortAnalysis:
    """The whole item analysis of a cohort."""
    problems = tuple(_item(problem, index, cohort.learners) for index, problem in enumerate(cohort.problems))
    points = [
        fmean(one.results[index].points for one in cohort.learners) if cohort.learners else 0.0
        for index in range(len(cohort.problems))
    ]
    hardest = cohort.problems[points.index(min(points))] if cohort.learners and points else None
    below = [_help(cohort, one) for one in cohort.learners if one.total < FULL]
    return CohortAnalysis(
        problems,
        hardest,
        tuple(sorted(below, key=lambda needed: (needed.total, -needed.attempts, needed.learner))),
    )


def _item(problem: str, index: int, learner_results: Sequence[LearnerResult]) -> ItemAnalysis:
    results = [one.results[index] for one in learner_results]
    learners = [one.learner.id for one in learner_results]
    counted = [result.counted for result in results if result.counted is not None]
    scores = [record.card.score for record in counted if record.card.score is not None]
    steps = _steps(len(results), len(counted), scores)
    tally = Counter(scores)
    return ItemAnalysis(
        problem=problem,
        learners=len(results),
        handed_in=len(counted),
        scores=tuple(tally[score] for score in _SCORES),
        invalid=len(counted) - len(scores),
        mean=fmean(scores) if scores else None,
        median=median(scores) if scores else None,
        findings=_findings(learners, results),
        steps=steps,
        hardest=_hardest(steps),
        time=_time(results, counted),
    )


def _findings(learners: Sequence[str], results: Sequence[Result]) -> tuple[FindingShare, ...]:
    learners_with: dict[str, list[str]] = defaultdict(list)
    what: dict[str, str] = {}
    handed_in = 0
    for learner, result in zip(learners, results, strict=True):
        if result.counted is None:
            continue
        handed_in += 1
        # A card may have one code twice; the learner is counted once.
        for code, finding in {finding.code: finding for finding in result.counted.card.findings}.items():
            learners_with[code].append(learner)
            what.setdefault(code, finding.what)
    shares = [
        FindingShare(code, what[code], len(learners_with[code]) / handed_in, tuple(learners_with[code]))
        for code in learners_with
    ]
    return tuple(sorted(shares, key=lambda each: (-each.share, each.code)))


def _steps(learners: int, handed_in: int, scores: Sequence[int]) -> tuple[Stage, ...]:
    """Each step's `passed` is the next one's `reached`."""
    reached = [learners, handed_in, len(scores)]
    reached += [sum(score >= level for score in scores) for level in _SCORES if level > 0]
    names = ["handing in", "being scored", *(f"from {low} to {high}" for low, high in pairwise(_SCORES))]
    return tuple(Stage(name, *counts) for name, counts in zip(names, pairwise(reached), strict=True))


def _hardest(steps: Iterable[Stage]) -> Stage | None:
    possible = [step for step in steps if step.reached >= _FEW and step.lost]
    return max(possible, key=lambda step: step.lost, default=None)


def _time(results: Sequence[Result], counted: Sequence[Record]) -> TimeSpent:
    tried = [len(result.attempts) for result in results if result.attempts]
    training = [record.card.timings.train for record in counted if record.card.timings.train]
    return TimeSpent(
        attempts=fmean(tried) if tried else 0.0,
        training=median(training) if training else 0.0,
        grading=sum(record.card.timings.total for record in counted),
    )


def _help(cohort: Cohort, learner_result: LearnerResult) -> HelpNeeded:
    named = list(zip(cohort.problems, learner_result.results, strict=True))
    weights = dict(zip(cohort.problems, cohort.weights, strict=True))
    weakest, result = max(named, key=lambda each: weights[each[0]] * (FULL_MARKS - each[1].points))
    findings = result.counted.card.findings if result.counted is not None else ()
    return HelpNeeded(
        learner=learner_result.learner.id,
        total=learner_result.total,
        missing=tuple(problem for problem, each in named if each.counted is None),
        invalid=tuple(
            problem for problem, each in named if each.counted is not None and each.machine is None
        ),
        attempts=sum(len(each.attempts) for _, each in named),
        weakest=weakest,
        finding=next(iter(findings), None),
    )
