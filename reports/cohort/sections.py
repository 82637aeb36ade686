"""What a mentor looks into beside the gradebook: look-alikes, what models may know, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...cohorts import Cohort
from ...cohorts.integrity.similarity import Pair
from ...grader.scoring.card import Finding
from ..table import Column, Table
from .gradebook_table import headings_of

KNOWN_QUESTIONS: Final = frozenset({"memorised", "hardly_any_error"})
"""The findings of `grader.cohort.memorisation`."""


@dataclass(frozen=True)
class Section:
    """One more table on the cohort's page, and a sentence on how to read it."""

    title: str
    note: str
    table: Table


def sections_of(cohort: Cohort, pairs: Sequence[Pair]) -> tuple[Section, ...]:
    """Every section that has something to say."""
    found = (_alike(cohort, pairs), _known(cohort), _pending(cohort), _unplaced(cohort))
    return tuple(section for section in found if section.table.rows)


def _alike(cohort: Cohort, pairs: Sequence[Pair]) -> Section:
    shown = {one.learner.id: one.learner.shown for one in cohort.learners}
    names = _names(cohort)
    rows = tuple(
        (
            names[pair.problem],
            " and ".join(shown.get(learner, learner) for learner in pair.learners),
            " ".join(evidence.told for evidence in pair.evidence),
        )
        for pair in pairs
    )
    return _section(
        "Look-alikes",
        "They may have been shared, or made from the same source: a reason to talk, not a verdict.",
        ("Problem", "Learners", "Evidence"),
        rows,
    )


def _known(cohort: Cohort) -> Section:
    names = _names(cohort)
    rows = tuple(
        (names[problem], learner, finding.evidence) for problem, learner, finding in _suspected(cohort)
    )
    return _section(
        "Models that may know the questions",
        "The data is public, so a model can have been trained on the very questions. No score was changed.",
        ("Problem", "Learner", "Evidence"),
        rows,
    )


def _suspected(cohort: Cohort) -> Iterator[tuple[str, str, Finding]]:
    for one in cohort.learners:
        for result in one.results:
            for finding in result.counted.card.findings if result.counted else ():
                if finding.code in KNOWN_QUESTIONS:
                    yield result.problem, one.learner.shown, finding


def _pending(cohort: Cohort) -> Section:
    return _section(
        "Not graded yet",
        "No attempt was used. The same command grades what is missing when it is run again.",
        ("Learner", "Problem", "Where", "Why"),
        tuple((each.learner, each.problem, each.found_at, each.why) for each in cohort.pending),
    )


def _unplaced(cohort: Cohort) -> Section:
    return _section(
        "Could not be placed",
        "Whose and for which problem these are could not be told, and nothing was guessed.",
        ("Where", "Why"),
        tuple((each.found_at, each.why) for each in cohort.unmatched),
    )


def _section(title: str, note: str, columns: Sequence[str], rows: tuple[tuple[str, ...], ...]) -> Section:
    return Section(title, note, Table(title, tuple(map(Column, columns)), rows))


def _names(cohort: Cohort) -> dict[str, str]:
    return {heading.problem: heading.name or heading.problem for heading in headings_of(cohort)}
