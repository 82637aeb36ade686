"""What a mentor must look at in a cohort, beside the points: each kind is a section of the page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ...cohorts import Cohort
from ...cohorts.batch.batch_store import NOT_YET
from ...cohorts.integrity.look_alikes import Group
from ...files.text import listed
from ...grader.copies import CODES
from . import look_alikes
from .exam_results import exam_views
from .gradebook_table import headings_of, page_of
from .invalid_work import gather_reasons

AT_ONCE: Final = 10
"""So many cases are shown open; the others are folded."""
MOST: Final = 500
"""So many cases are written at all: a page is no archive."""
NAMED: Final = 20
"""So many names stand in one case."""


@dataclass(frozen=True)
class Case:
    """One thing to look at."""

    what: str
    about: str
    """Whose it is, or where; may be empty."""
    text: str
    points: tuple[str, ...] = ()
    """What the text rests on, one by one."""


@dataclass(frozen=True)
class Section:
    """Cases of one kind: how many, and what they mean."""

    id: str
    """Its place in the page."""
    title: str
    count: int
    note: str
    cases: tuple[Case, ...]
    folded: tuple[Case, ...]
    """Those beyond AT_ONCE."""
    left: int
    """How many more there are, which are not written."""


@dataclass(frozen=True)
class Person:
    """A learner's name, and the page of theirs."""

    name: str
    page: str


def not_placed(cohort: Cohort) -> Section | None:
    """What no path told whose it is."""
    people, problems = names_of(cohort), problem_names(cohort)
    cases = []
    for each in cohort.unmatched:
        guess = ", ".join(filter(None, (people.get(each.learner), problems.get(each.problem))))
        cases.append(Case(each.found_at, f"may be {guess}" if guess else "", each.why))
    return _section(
        "not-placed",
        "Could not be placed",
        "These count for nobody until you say whose they are: correct the draft not-placed.csv, and give it "
        "with --manifest to the same command.",
        cases,
    )


def not_graded(cohort: Cohort) -> Section | None:
    """What was tried and has no result for now; what only waits for its turn is counted."""
    people, problems = names_of(cohort), problem_names(cohort)
    failed = [each for each in cohort.pending if each.why != NOT_YET]
    cases = [
        Case(
            people.get(each.learner, each.learner),
            f"{problems.get(each.problem, each.problem)}, {each.found_at}",
            each.why,
        )
        for each in failed
    ]
    if waiting := len(cohort.pending) - len(failed):
        cases.append(Case(f"{waiting:,} not tried yet", "", "They are marked as waiting in the gradebook."))
    return _section(
        "not-graded",
        "Not graded yet",
        "No attempt was used. The same command grades what is missing when it is run again.",
        cases,
        len(cohort.pending),
    )


def invalid_work(cohort: Cohort) -> Section | None:
    """Why submissions could not be scored, each reason once."""
    people, problems, reasons = names_of(cohort), problem_names(cohort), gather_reasons(cohort)
    cases = [
        Case(
            f"{each.count:,} in {', '.join(problems[problem] for problem in each.problems)}",
            listed((people[learner] for learner in each.learners), NAMED),
            each.text,
        )
        for each in reasons
    ]
    return _section(
        "invalid",
        "Invalid work, by reason",
        "Each kind of reason once, in the words that the first of them reads. Invalid work has no score, and "
        "counts 0 in the total.",
        cases,
        sum(each.count for each in reasons),
    )


def alike(cohort: Cohort, groups: Sequence[Group]) -> Section | None:
    """Look-alikes: each group with its question and what that rests on."""
    people, problems, zone = names_of(cohort), problem_names(cohort), cohort.shown_zone
    cases = []
    for group in groups:
        told = look_alikes.tell(group, people, zone)
        points = (
            ": ".join(filter(None, (kind, "" if whose == told.learners else whose, text)))
            for kind, whose, text in told.rows
        )
        cases.append(
            Case(told.learners, problems[group.problem], f"{told.question} {told.first}", tuple(points))
        )
    return _section("alike", "Look-alikes", f"{look_alikes.NOTE} {look_alikes.base_rate()}", cases)


def contaminated(cohort: Cohort) -> Section | None:
    """Models that predict hidden examples better than they can."""
    problems = problem_names(cohort)
    cases = [
        Case(one.learner.shown, problems[result.problem], f"{finding.what} {finding.evidence}")
        for one in cohort.learners
        for result in one.results
        for finding in (result.counted.card.findings if result.counted else ())
        if finding.code in CODES
    ]
    return _section(
        "contaminated",
        "Models that may know the hidden test set",
        "What was seen, for you to judge: ask how the model was made. The data is public, so a model can "
        "have been trained on the hidden examples. Your own data is the best protection. No score was "
        "changed.",
        cases,
    )


def handed_in_nothing(cohort: Cohort, nobodies: Collection[str]) -> tuple[Person, ...]:
    """The learners with these ids, in the cohort's order."""
    return tuple(
        Person(one.learner.shown, page_of(one, position))
        for position, one in enumerate(cohort.learners, 1)
        if one.learner.id in nobodies
    )


def names_of(cohort: Cohort) -> dict[str, str]:
    """What learners are called, by their ids."""
    return {one.learner.id: one.learner.shown for one in cohort.learners}


def problem_names(cohort: Cohort) -> dict[str, str]:
    """What problems are called, by their ids."""
    return {heading.problem: heading.name or heading.problem for heading in headings_of(cohort)}


def exams(cohort: Cohort) -> tuple[Section, ...]:
    """Each exam of which results were collected."""
    found = []
    for number, view in enumerate(exam_views(cohort), 1):
        cases = [Case(row.learner, f"{row.total} of 100, {row.verdict}", row.why) for row in view.rows]
        facts = ", ".join(f"{name}: {value}" for name, value in view.facts)
        note = " ".join((f"{facts}.", *view.variants)) if view.variants else facts
        found.append(_section(f"exam-{number}", view.title, note, cases))
    return tuple(filter(None, found))


def _section(
    place: str, title: str, note: str, cases: Sequence[Case], count: int | None = None
) -> Section | None:
    """The section; None where there is nothing to look at."""
    if not cases:
        return None
    return Section(
        id=place,
        title=title,
        count=len(cases) if count is None else count,
        note=note,
        cases=tuple(cases[:AT_ONCE]),
        folded=tuple(cases[AT_ONCE:MOST]),
        left=max(0, len(cases) - MOST),
    )
