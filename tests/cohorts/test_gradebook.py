"""Where everyone stands: what counts, what lateness costs, what a mentor decided, and what it comes to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.classroom.deadlines import Deadlines
from tfprep.classroom.rules import AttemptPolicy, CohortRules, LatePenalty, ProblemRules
from tfprep.cohorts import Learner, Override, Pending, Result
from tfprep.cohorts.gradebook.dated_attempts import dated_attempts
from tfprep.cohorts.gradebook.gradebook import compute_results, result_of, total_of
from tfprep.grader import Record, ScoreCard, Verdict
from tfprep.grader.records.cohort_runs import Attempt, CohortEntry, CohortNote, Decision
from tfprep.problems import find

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = CohortRules(
    problems=(ProblemRules(find("2"), 30.0), ProblemRules(find("3"), 10.0)),
    deadlines=Deadlines(NOON, grace=timedelta(minutes=10)),
    late=LatePenalty(per_day=0.1, cap=0.5),
)


def attempt(number: int, score: int | None, when: datetime | None = NOON, learner: str = "ann") -> Attempt:
    verdict = Verdict.INVALID if score is None else Verdict.PASSED if score == 5 else Verdict.PARTIAL
    card = ScoreCard("problem2", "package", verdict, "So it is.", score)
    record = Record(number, learner, "mymodel.h5", "h5", f"{number:064}", 10, NOON, card)
    entry = CohortEntry("spring", learner, "problem2", f"{number:064}", f"{number}", "", "", when)
    return Attempt(number, entry, record)


def decision(score: float | None, learner: str = "ann", reason: str = "Saved by the old lab.") -> Decision:
    override = None if score is None else Override(score, reason, "m. ortiz", NOON)
    return Decision(learner, "problem2", override, "m. ortiz", NOON, reason)


def result(*attempts: Attempt, rules: CohortRules = RULES, override: Override | None = None) -> Result:
    found = dated_attempts(attempts, ()).get(("ann", "problem2"), ())
    return result_of("problem2", found, override, rules, rules.deadlines.of("problem2", "ann"))


# Which attempt counts


def test_the_best_attempt_counts_and_the_first_of_equals() -> None:
    best = result(attempt(1, 3), attempt(2, 5), attempt(3, 5), attempt(4, None))
    assert (best.counted and best.counted.number, best.points, best.machine) == (2, 5.0, 5)
    assert [each.number for each in best.attempts] == [1, 2, 3, 4]


def test_the_last_attempt_counts_where_the_rules_say_so_even_if_it_broke() -> None:
    rules = replace(RULES, attempts=AttemptPolicy.LAST)
    last = result(attempt(1, 5), attempt(2, None), rules=rules)
    assert (last.counted and last.counted.number, last.points, last.machine) == (2, 0.0, None)


def test_a_best_attempt_that_came_late_loses_to_a_good_one_in_time() -> None:
    late = attempt(2, 5, NOON + timedelta(days=4))
    best = result(attempt(1, 4), late)
    assert (best.counted and best.counted.number, best.points, best.penalty) == (1, 4.0, 0.0)


def test_a_scored_attempt_goes_before_a_broken_one_of_the_same_points() -> None:
    best = result(attempt(1, None), attempt(2, 0))
    assert best.counted is not None
    assert best.counted.number == 2


def test_attempts_beyond_the_limit_are_shown_and_do_not_count() -> None:
    rules = replace(RULES, attempt_limit=2)
    limited = result(attempt(1, 2), attempt(2, 3), attempt(3, 5), rules=rules)
    assert (limited.counted and limited.counted.number, len(limited.attempts)) == (2, 3)


def test_times_that_are_known_order_attempts_and_others_count_from_when_they_were_found() -> None:
    rules = replace(RULES, attempts=AttemptPolicy.LAST)
    earlier = NOON - timedelta(hours=1)
    known = result(attempt(1, 5), attempt(2, 2, earlier), rules=rules)
    assert [each.number for each in known.attempts] == [2, 1]
    unknown = result(
        attempt(1, 5, NOON + timedelta(1)), attempt(2, 2, earlier), attempt(3, 1, None), rules=rules
    )
    assert [each.number for each in unknown.attempts] == [2, 3, 1]


def test_whoever_handed_in_nothing_has_a_result_that_says_so() -> None:
    nothing = result()
    assert (nothing.counted, nothing.points, nothing.machine) == (None, 0.0, None)


# Lateness


@pytest.mark.parametrize(
    ("late_by", "points"),
    [
        (timedelta(minutes=10), 5.0),
        (timedelta(minutes=11), 4.5),
        (timedelta(days=1, minutes=11), 4.0),
        (timedelta(days=90), 2.5),
    ],
)
def test_lateness_costs_a_share_for_each_day_begun_after_the_grace(late_by: timedelta, points: float) -> None:
    late = result(attempt(1, 5, NOON + late_by))
    assert late.points == pytest.approx(points)
    assert late.handed_in == NOON + late_by


def test_a_file_in_time_or_of_unknown_time_is_not_late() -> None:
    for when in (NOON, NOON - timedelta(days=3), None):
        assert result(attempt(1, 5, when)).late_by is None


def test_an_extension_moves_one_learner_s_deadline_and_no_one_else_s() -> None:
    more = {("Ann Lee", "problem2"): NOON + timedelta(days=7)}
    rules = replace(RULES, deadlines=replace(RULES.deadlines, extensions=more))
    handed_in = NOON + timedelta(days=3)
    attempts = [attempt(1, 5, handed_in, "a1"), attempt(2, 5, handed_in, "b2")]
    note = CohortNote("spring", learners=(Learner("a1", "Ann Lee"), Learner("b2", "Bo Chu")))
    ann, bo = (each.results[0] for each in compute_results(note, rules, attempts, []).learners)
    assert (ann.late_by, ann.points, ann.deadline) == (None, 5.0, NOON + timedelta(days=7))
    assert (bo.points, bo.deadline) == (pytest.approx(3.5), NOON)


# A mentor's decisions


def test_an_override_counts_as_it_is_beside_the_machines_score() -> None:
    cohort = compute_results(
        CohortNote("spring"), RULES, [attempt(1, 1, NOON + timedelta(days=2))], [decision(2), decision(4.5)]
    )
    counted = cohort.learners[0].results[0]
    assert (counted.points, counted.machine, counted.penalty) == (4.5, 1, 0.0)
    assert counted.late_by is not None
    assert counted.override is not None
    assert counted.override.reason == "Saved by the old lab."


def test_an_override_that_was_taken_back_no_longer_counts() -> None:
    cohort = compute_results(CohortNote("spring"), RULES, [attempt(1, 3)], [decision(5), decision(None)])
    assert (cohort.learners[0].results[0].points, cohort.learners[0].results[0].override) == (
        3.0,
        None,
    )


def test_an_override_stands_where_nothing_was_handed_in() -> None:
    note = CohortNote("spring", (Learner("ann", "Ann"),), has_roster=True)
    cohort = compute_results(note, RULES, [], [decision(3)])
    assert cohort.learners[0].results[0].points == 3.0


# Everyone


def test_the_roster_comes_first_then_whoever_else_is_there() -> None:
    note = CohortNote(
        "spring",
        (Learner("zoe", "Zoë"), Learner("bo")),
        has_roster=True,
        pending=(Pending("yan", "problem2", "yan/x", "Not graded yet."),),
    )
    cohort = compute_results(note, RULES, [attempt(1, 4, learner="xi"), attempt(2, 5, learner="bo")], [])
    assert [one.learner.id for one in cohort.learners] == [
        "zoe",
        "bo",
        "xi",
        "yan",
    ]
    assert [one.results[0].points for one in cohort.learners] == [
        0.0,
        5.0,
        4.0,
        0.0,
    ]
    assert cohort.pending == note.pending


def test_the_total_is_the_weighted_points_of_a_hundred() -> None:
    cohort = compute_results(CohortNote("spring"), RULES, [attempt(1, 4)], [])
    assert cohort.learners[0].total == pytest.approx(100 * (30 * 4 + 10 * 0) / (5 * 40))
    assert cohort.weights == (30.0, 10.0)


def test_a_problem_that_the_rules_no_longer_name_does_not_count() -> None:
    other = attempt(1, 5)
    cohort = compute_results(
        CohortNote("spring"), RULES, [replace(other, entry=replace(other.entry, problem="problem5"))], []
    )
    assert all(result.points == 0 for result in cohort.learners[0].results)


scores = st.lists(st.none() | st.integers(0, 5), max_size=6)
whens = st.integers(-5, 20).map(lambda days: NOON + timedelta(days=days))


@given(given=st.lists(st.tuples(st.none() | st.integers(0, 5), whens), max_size=6), limit=st.integers(1, 6))
def test_no_attempt_that_counts_is_worth_less_than_one_that_does_not(
    given: list[tuple[int | None, datetime]], limit: int
) -> None:
    attempts = [attempt(number, score, when) for number, (score, when) in enumerate(given)]
    best = result(*attempts, rules=replace(RULES, attempt_limit=limit))
    alone = [result(each).points for each in sorted(attempts, key=lambda each: each.entry.handed_in or NOON)]
    assert best.points == max(alone[:limit], default=0.0)
    assert 0 <= best.points <= 5
    assert len(best.attempts) == len(attempts)


@given(
    points=st.lists(st.tuples(st.floats(0, 5), st.floats(0.001, 1e6)), min_size=1, max_size=5),
    factor=st.floats(0.01, 100),
)
def test_only_the_ratios_of_weights_count(points: list[tuple[float, float]], factor: float) -> None:
    results = [Result("problem2", points=point) for point, _ in points]
    weights = [weight for _, weight in points]
    total = total_of(results, weights)
    assert -1e-9 <= total <= 100 + 1e-9
    assert total_of(results, [weight * factor for weight in weights]) == pytest.approx(total)
