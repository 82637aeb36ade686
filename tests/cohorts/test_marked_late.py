"""What Canvas marks as late is heard: it is listed, and costs what a rule says where no time is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tfprep.classroom.deadlines import Deadlines
from tfprep.classroom.rules import CohortRules, LatePenalty, ProblemRules
from tfprep.cohorts import Result
from tfprep.cohorts.gradebook.gradebook import compute_results
from tfprep.grader.records.cohort import Learner
from tfprep.grader.records.cohort_runs import CohortNote, FoundFile, Run
from tfprep.problems import find

from ..cars import RULES as CARS
from .mentors import Mentor
from .submission_files import models, write_files
from .test_gradebook import attempt

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = CohortRules(problems=(ProblemRules(find("2"), 1.0),), late=LatePenalty(per_day=0.2, marked=0.1))


def result(*marks: bool | None, when: datetime | None = None, rules: CohortRules = RULES) -> Result:
    """Of one file that as many runs found, each with the platform's mark."""
    one = attempt(1, 5, None)
    runs = tuple(
        Run(
            f"week {day}.zip",
            NOON + timedelta(day),
            (FoundFile("ann", "problem2", "m.h5", one.entry.digest, when, mark),),
        )
        for day, mark in enumerate(marks)
    )
    note = CohortNote("spring", (Learner("ann", "Ann Lee"),), has_roster=True, runs=runs)
    return compute_results(note, rules, [one], []).learners[0].results[0]


def test_a_mark_costs_what_the_rule_says_and_without_a_rule_nothing() -> None:
    marked = result(True)
    assert (marked.marked_late, marked.penalty, marked.points) == (True, 0.1, 4.5)
    by_default = result(True, rules=replace(RULES, late=LatePenalty(per_day=0.2)))
    assert (by_default.marked_late, by_default.points) == (True, 5.0)
    assert result(True, rules=replace(RULES, late=LatePenalty(marked=0.5, cap=0.3))).points == 3.5


def test_a_time_that_is_known_goes_before_a_mark() -> None:
    rules = replace(RULES, deadlines=Deadlines(NOON))
    in_time = result(True, when=NOON - timedelta(hours=1), rules=rules)
    assert (in_time.marked_late, in_time.points) == (False, 5.0)
    assert result(True, when=NOON + timedelta(hours=1), rules=rules).points == 4.0


def test_a_mark_says_nothing_of_somebody_who_had_more_time() -> None:
    more = {("Ann Lee", "problem2"): NOON + timedelta(days=7)}
    extended = result(True, rules=replace(RULES, deadlines=Deadlines(NOON, extensions=more)))
    assert (extended.marked_late, extended.points) == (True, 5.0)


@pytest.mark.parametrize(
    ("marks", "is_late"),
    [((True, None), True), ((True, False), False), ((False, True), True), ((None, None), False)],
)
def test_what_a_platform_says_last_counts_and_other_sources_say_nothing(
    marks: tuple[bool | None, ...], is_late: bool
) -> None:
    assert result(*marks).marked_late is is_late


def test_best_attempts_are_compared_by_what_they_count() -> None:
    late, early = attempt(1, 4, None), attempt(2, 4, None)
    files = tuple(
        FoundFile("ann", "problem2", f"{each.entry.digest}.h5", each.entry.digest, None, mark)
        for each, mark in ((late, True), (early, False))
    )
    note = CohortNote("spring", runs=(Run("week.zip", NOON, files),))
    counted = compute_results(note, RULES, [late, early], []).learners[0].results[0]
    assert (counted.counted and counted.counted.number, counted.points) == (2, 4.0)


def test_canvas_marks_are_listed_with_the_results(mentor: Mentor) -> None:
    write_files(
        mentor.folder / "problem1",
        models("archerann_LATE_4711_1_mymodel.h5", "bobbob_4712_2_mymodel.h5"),
    )
    mentor.decide(CARS)
    mentor.grade("id,name\n4711,Ann Archer\n4712,Bob Bob\n", mentor.folder / "problem1")
    cohort = mentor.service.results(None)
    assert [each.results[0].marked_late for each in cohort.learners] == [True, False]
    (note,) = cohort.notes
    assert "marks these as late, and nothing tells by how much: Ann Archer (problem1)." in note
    assert "that costs nothing" in note
