"""Cohorts to show: a small one with everything in it, one of strangers, and as many learners as one likes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tfprep.cohorts import Cohort, Learner, LearnerResult, Override, Pending, Result, Unmatched
from tfprep.grader import Finding, Interval, Record, ScoreCard, Verdict
from tfprep.problems import find, usual_problems

from .cards import HOSTILE, INVALID, PARTIAL, STRANGE, recorded

DEADLINE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PROBLEMS = tuple(problem.id for problem in usual_problems())


def passed(problem: str) -> ScoreCard:
    """A card with full marks in a problem."""
    data_source = next(
        data_source for data_source in find(problem).data_sources if data_source.name == "package"
    )
    value = max(data_source.bands, key=lambda band: band.score).threshold
    return replace(
        PARTIAL,
        problem=problem,
        verdict=Verdict.PASSED,
        reason=f"{find(problem).metric.name} {value:g}: 5 of 5.",
        score=5,
        metric=find(problem).metric.name,
        unit=find(problem).metric.unit,
        value=value,
        interval=Interval(value * 0.99, value * 1.01),
        scores_in_interval=(5,),
        margin=None,
        findings=(),
    )


def result(card: ScoreCard, number: int, learner: str) -> Result:
    """What a card counts, handed in in time."""
    record = recorded(card, learner, number)
    return Result(card.problem, record, (record,), DEADLINE, points=float(card.score or 0))


def nothing(problem: str) -> Result:
    """Nothing was handed in."""
    return Result(problem)


def total(results: tuple[Result, ...]) -> float:
    """0 to 100, every problem alike."""
    return 100 * sum(each.points for each in results) / (5 * len(results))


def learner_result(learner: Learner, results: tuple[Result, ...]) -> LearnerResult:
    """A learner with the total that the results come to."""
    return LearnerResult(learner, results, total(results))


def small() -> Cohort:
    """Four learners: one passed, one late and overridden, one with a file that broke, one missing."""
    ada = Learner("ada", "Ada Okonkwo", "ada@school.example")
    bo = Learner("bo")
    cem = Learner("c-17", "Cem Öztürk-Oyelaran de la Fuente")
    dee = Learner("dee", "Dee")
    good = learner_result(
        ada, tuple(result(passed(problem), 10 + at, "ada") for at, problem in enumerate(PROBLEMS))
    )
    return Cohort(
        name="Spring 2026",
        problems=PROBLEMS,
        weights=(15, 15, 25, 25, 20),
        learners=(
            good,
            learner_result(bo, _of_bo()),
            learner_result(cem, _of_cem()),
            learner_result(dee, _missing()),
        ),
        unmatched=(Unmatched("misc/model(3).h5", "Neither its name nor its folder tells a problem."),),
        pending=(Pending("c-17", PROBLEMS[4], "c-17/problem5/mymodel.keras", "The engine went away."),),
        deadline=DEADLINE,
    )


def strangers() -> Cohort:
    """A cohort whose every word comes from strangers."""
    learner = Learner(f"../../{HOSTILE}", f"{HOSTILE}\udcff", HOSTILE)
    mark = Override(2.0, HOSTILE, HOSTILE, DEADLINE)
    strange = replace(result(STRANGE, 1, HOSTILE), override=mark, points=2.0)
    return Cohort(
        name=HOSTILE,
        problems=("problem2",),
        weights=(1,),
        learners=(learner_result(learner, (strange,)),),
        unmatched=(Unmatched(HOSTILE, HOSTILE),),
        pending=(Pending(learner.id, "problem2", HOSTILE, HOSTILE),),
    )


def many(learners: int) -> Cohort:
    """Learners with all five problems each, of every verdict."""
    kinds = [passed(problem) for problem in PROBLEMS]
    weak = [replace(PARTIAL, problem=problem, score=at % 5) for at, problem in enumerate(PROBLEMS)]
    broken = [replace(INVALID, problem=problem) for problem in PROBLEMS]
    learner_results = []
    for found_at in range(learners):
        learner = Learner(f"s{found_at:04d}", f"Learner {found_at} of many")
        cards = [(kinds, weak, weak, broken)[(found_at * 7 + at * 3) % 4][at] for at in range(len(PROBLEMS))]
        learner_results.append(
            learner_result(
                learner,
                tuple(result(card, 5 * found_at + at, learner.id) for at, card in enumerate(cards)),
            )
        )
    return Cohort("Many", PROBLEMS, (20,) * len(PROBLEMS), tuple(learner_results), deadline=DEADLINE)


def _of_bo() -> tuple[Result, ...]:
    late = replace(
        result(PARTIAL, 21, "bo"), late_by=timedelta(hours=26), penalty=0.2, points=3.2, attempts=_attempts()
    )
    by_hand = replace(
        result(replace(PARTIAL, problem=PROBLEMS[2], score=2), 22, "bo"),
        override=Override(4.0, "The file was saved by the old lab machines.", "m. ortiz", DEADLINE),
        points=4.0,
    )
    slow = Finding("too_short", "The loss was still falling when training stopped.", "", "Train longer.")
    weak = result(replace(PARTIAL, problem=PROBLEMS[3], score=1, findings=(slow,)), 23, "bo")
    return (
        result(passed(PROBLEMS[0]), 20, "bo"),
        late,
        by_hand,
        weak,
        result(passed(PROBLEMS[4]), 24, "bo"),
    )


def _attempts() -> tuple[Record, ...]:
    return (recorded(INVALID, "bo", 8), recorded(PARTIAL, "bo", 21))


def _of_cem() -> tuple[Result, ...]:
    return (
        result(passed(PROBLEMS[0]), 30, "c-17"),
        result(INVALID, 31, "c-17"),
        nothing(PROBLEMS[2]),
        result(replace(PARTIAL, problem=PROBLEMS[3], score=0), 33, "c-17"),
        nothing(PROBLEMS[4]),
    )


def _missing() -> tuple[Result, ...]:
    return tuple(nothing(problem) for problem in PROBLEMS)
