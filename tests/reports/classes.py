"""Whole classes to show, from the people that the evening's generator makes: any size, always the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tfprep.cohorts import Cohort, Learner, Override, Pending, Result, Unmatched
from tfprep.cohorts.integrity.look_alikes import Group, find_groups
from tfprep.cohorts.integrity.similarity import Evidence, Pair, Similarity
from tfprep.grader import Finding, ScoreCard
from tfprep.problems import find

from ..evening.people import Fault, Person, make_class
from .cards import INVALID, PARTIAL, recorded
from .cohorts import PROBLEMS, learner_result, nothing, passed

ZONE = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 6, 30, 23, 59, tzinfo=ZONE)
HARD = (0.4, 0.9, -0.3, 0.2, -0.9)
"""How easy each problem is."""
REASONS = (
    "The file is empty. Save the whole model with model.save('mymodel.keras'), and submit that file.",
    "This file holds weights without the model they belong to (save_weights). Save the whole model with "
    "model.save('mymodel.keras'), and submit that file.",
    "The model takes inputs of shape ({size}, {size}, 3), and the inputs are of shape (28, 28). Change the "
    "first layer.",
    "The layer 'lambda_{size}' holds a function as program code, which is not run here.",
)
FINDINGS = (
    Finding("too_short", "The loss was still falling when training stopped.", "", "Train longer."),
    Finding("overfitting", "Your model knows its training examples by heart.", "", "Add Dropout."),
    Finding("never_predicted", "Your model never says 9.", "0 of 1,009", "Look at your labels."),
)


def generated(size: int, seed: int = 7) -> Cohort:
    """A class of about this size, which had a week and a deadline at its end."""
    people, chance = make_class(size, seed), random.Random(seed)
    present = [one for one in people if one.fault is not Fault.STRANGER]
    learners = []
    for one in present:
        able, began = chance.gauss(0.5, 1.0), chance.random()
        results = tuple(
            nothing(problem)
            if one.fault is Fault.NOTHING or chance.random() < 0.12 + 0.05 * place
            else _result((one, place), able + HARD[place], began, chance)
            for place, problem in enumerate(PROBLEMS)
        )
        learners.append(learner_result(Learner(one.login, one.name, one.email), results))
    return Cohort(
        name=f"Summer 2026, {size} learners",
        problems=PROBLEMS,
        weights=(20,) * len(PROBLEMS),
        learners=tuple(learners),
        unmatched=tuple(_unmatched(one) for one in people if one.fault in (Fault.STRANGER, Fault.TWO)),
        pending=tuple(
            Pending(one.login, PROBLEMS[4], f"{one.login}/problem5/mymodel.keras", "The engine went away.")
            for one in present[5::50]
        ),
        deadline=DUE,
        zone=ZONE,
    )


def look_alikes(cohort: Cohort) -> tuple[Group, ...]:
    """Three who handed in one file, and two whose mistakes are the same."""
    one, two, three, four, five = (each.learner.id for each in cohort.learners[4:9])
    same = Evidence(Similarity.FILE, "The same file, byte by byte.")
    wrong = Evidence(
        Similarity.MISTAKES, "86 of the 91 wrong predictions are the same; chance gives 31.", 0.94
    )
    times = (DUE - timedelta(hours=30), DUE - timedelta(hours=2))
    pairs = (
        Pair(PROBLEMS[1], (one, two), (901, 902), (same,), times),
        Pair(PROBLEMS[1], (two, three), (902, 903), (same,), (times[1], DUE - timedelta(hours=1))),
        Pair(PROBLEMS[3], (four, five), (904, 905), (wrong,)),
    )
    return find_groups(pairs)


def _result(whose: tuple[Person, int], able: float, began: float, chance: random.Random) -> Result:
    one, place = whose
    problem = PROBLEMS[place]
    when = DUE - timedelta(hours=1 + 150 * began * chance.random() + 4 * abs(chance.gauss(0, 1)))
    attempts, times = [], {}
    for turn in range(chance.choice((1, 1, 1, 2, 2, 3))):
        number = 50 * one.number + 10 * place + turn + 1
        attempts.append(
            replace(recorded(_card(problem, able + 0.3 * turn, chance), one.login, number), when=when)
        )
        times[number] = when
        when += timedelta(hours=12 * chance.random())
    counted = max(attempts, key=lambda each: -1 if each.card.score is None else each.card.score)
    points = float(counted.card.score or 0)
    late = times[counted.number] - DUE
    result = Result(
        problem,
        counted,
        tuple(attempts),
        handed_in=times[counted.number],
        times=times,
        deadline=DUE,
        points=points,
    )
    if chance.random() < 0.01:
        reason = "It was shown to work in the laboratory."
        return replace(result, override=Override(4.0, reason, "m. ortiz", DUE), points=4.0)
    if late > timedelta(0):
        return replace(result, late_by=late, penalty=0.1, points=0.9 * points)
    return result


def _card(problem: str, able: float, chance: random.Random) -> ScoreCard:
    score = round(chance.gauss(3.2 + 1.2 * able, 0.8))
    if chance.random() < 0.07:
        reason = chance.choice(REASONS).format(size=chance.choice((32, 64, 224)))
        return replace(INVALID, problem=problem, reason=reason)
    if score >= 5:
        return passed(problem)
    score = max(score, 0)
    metric = find(problem).metric
    return replace(
        PARTIAL,
        problem=problem,
        score=score,
        reason=f"{metric.name}: {score} of 5.",
        metric=metric.name,
        unit=metric.unit,
        scores_in_interval=(score, score + 1) if chance.random() < 0.2 else (score,),
        findings=(chance.choice(FINDINGS),) if chance.random() < 0.6 else (),
    )


def _unmatched(one: Person) -> Unmatched:
    if one.fault is Fault.STRANGER:
        return Unmatched(f"{one.name}/problem1/mymodel.h5", f"Nobody in the roster goes by {one.name!r}.")
    return Unmatched(
        f"{one.name}/problem1",
        f"{one.login} has 'a.h5', 'b.h5' for problem1. Keep one, or name one in a manifest.",
        one.login,
        PROBLEMS[0],
    )
