"""Learners whose true probability of passing is known, for the estimate's reliability diagram.

Their scores come about otherwise than the estimate assumes, and are told as exams tell them, or as practice
does: what beats the best before by more than chance. The tables of design/0007-the-exam.md:

    python -m tests.reports.simulated_learners 2400
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import erf

import numpy as np
from numpy.typing import NDArray

from tfprep.problems import usual_problems
from tfprep.reports.readiness import SURE
from tfprep.reports.readiness_model import Floats, Practised, learn, pass_probability

WEIGHTS = [problem.weight for problem in usual_problems()]
CATEGORIES = len(WEIGHTS)
MOST = 12
"""Sessions in a category."""
BUCKETS = 10
CHANCE = (1.0, 0.2, 1.0, 0.5, 0.8)
"""In scores, by how much a model must beat the best before in each problem: few hidden examples, much."""


@dataclass(frozen=True)
class Practice:
    """What a learner's sessions in each category came to, oldest first, and how they score in an exam."""

    scores: Sequence[Sequence[int]]
    exam: Floats
    """(categories, 6)"""
    tries: Sequence[Sequence[int]] = ((1,) * MOST,) * CATEGORIES


def around(level: float, spread: float) -> Floats:
    """(6,) Scores that are rounded from a normal distribution."""
    below = [0.0, *(0.5 + 0.5 * erf((edge + 0.5 - level) / spread / 2**0.5) for edge in range(5)), 1.0]
    return np.diff(below)


def sessions_of(
    exam: Sequence[Floats], random: np.random.Generator, least: int = 3, most: int = MOST
) -> Practice:
    """Sessions that come to what an exam would."""
    drawn = [random.choice(6, random.integers(least, most + 1), p=each).tolist() for each in exam]
    return Practice(drawn, np.array(exam))


def alike(random: np.random.Generator) -> list[Floats]:
    """Scores around one skill."""
    skill = random.uniform(2.5, 6.8)
    return [around(skill + random.normal(0, 0.6), random.uniform(0.3, 1)) for _ in range(CATEGORIES)]


def steady(random: np.random.Generator) -> Practice:
    """Neither better nor worse from session to session."""
    return sessions_of(alike(random), random)


def few_attempts(random: np.random.Generator) -> Practice:
    """No more than it takes to estimate anything."""
    return sessions_of(alike(random), random, 3, 3)


def improving(random: np.random.Generator) -> Practice:
    """A learning curve that flattens, and an exam at its end."""
    skill, gain, pace = random.uniform(3.5, 6.8), random.uniform(1, 4), random.uniform(2, 6)
    scores, exam = [], []
    for _ in range(CATEGORIES):
        level, spread, count = (
            skill + random.normal(0, 0.5),
            random.uniform(0.3, 0.9),
            random.integers(4, MOST + 1),
        )
        curve = level - gain * (np.exp(-np.arange(count) / pace) - np.exp(-count / pace))
        scores.append(np.clip(np.round(random.normal(curve, spread)), 0, 5).astype(int).tolist())
        exam.append(around(level, spread))
    return Practice(scores, np.array(exam))


def strong_and_weak(random: np.random.Generator) -> Practice:
    """One problem strong for certain, each other one strong or weak."""
    strong = random.random(CATEGORIES) < 0.5
    strong[random.integers(CATEGORIES)] = True
    levels = np.where(strong, random.uniform(5.5, 6.5, CATEGORIES), random.uniform(3, 5.5, CATEGORIES))
    return sessions_of([around(level, random.uniform(0.2, 0.8)) for level in levels], random)


def best_of_many(random: np.random.Generator) -> Practice:
    """The hidden set is asked up to twenty times a session, and the luckiest answer stays."""
    skill = random.uniform(2.5, 6.8)
    scores, tries, exam = [], [], []
    for _ in range(CATEGORIES):
        level, spread = skill + random.normal(0, 0.5), random.uniform(0.3, 0.8)
        counts = random.integers(2, 20, random.integers(3, 10))
        best = [random.normal(level, spread, count).max() for count in counts]
        scores.append(np.clip(np.round(best), 0, 5).astype(int).tolist())
        tries.append(counts.tolist())
        exam.append(around(level, spread))
    return Practice(scores, np.array(exam), tries)


def many_attempts(random: np.random.Generator) -> Practice:
    """As many tries, of which the last one stays, lucky or not."""
    practice = sessions_of(alike(random), random)
    tries = [random.integers(2, MOST, len(each)).tolist() for each in practice.scores]
    return Practice(practice.scores, practice.exam, tries)


def by_mood(random: np.random.Generator) -> Practice:
    """Full marks on a good day, and one low score on any other."""
    good = random.uniform(0.3, 1)
    shares = np.clip(good + random.normal(0, 0.1, CATEGORIES), 0, 1)
    low = random.integers(0, 5, CATEGORIES)
    return sessions_of(
        [
            np.eye(6)[5] * share + np.eye(6)[other] * (1 - share)
            for share, other in zip(shares, low, strict=True)
        ],
        random,
    )


def any_shares(random: np.random.Generator) -> Practice:
    """Any shares of scores, high ones more."""
    usual = np.array([0.2, 0.2, 0.3, 0.5, 1, 3])
    return sessions_of([random.dirichlet(usual * random.uniform(0.5, 3)) for _ in range(CATEGORIES)], random)


KINDS: Mapping[str, Callable[[np.random.Generator], Practice]] = {
    "steady": steady,
    "improving": improving,
    "few attempts": few_attempts,
    "strong and weak": strong_and_weak,
    "best of many": best_of_many,
    "many attempts": many_attempts,
    "by mood": by_mood,
    "any shares": any_shares,
}


def in_practice(scores: Sequence[int], chance: float, random: np.random.Generator) -> list[tuple[int, bool]]:
    """Each session's score as practice tells it, oldest first: with False, that of the best before."""
    best, told = -np.inf, []
    for score in scores:
        value = score + random.uniform(-0.5, 0.5)
        if is_told := value > best + chance:
            best = value
        told.append((score if is_told else int(np.clip(np.round(best), 0, 5)), bool(is_told)))
    return told


@dataclass(frozen=True)
class Simulated:
    """What n learners are told, and what is true of them."""

    probability: Floats
    low: Floats
    high: Floats
    true: Floats
    kinds: NDArray[np.intp]

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether the truth lies in the range, in the hundredths that are shown."""
        return (self.low - 0.005 <= self.true) & (self.true <= self.high + 0.005)

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Whether one probability is told."""
        return self.high - self.low <= SURE


def simulate(count: int, seed: int, *, ladder: bool, draws: int = 100) -> Simulated:
    """So many learners, whose kinds come by turns; `ladder`: they are told their scores as practice does."""
    random = np.random.default_rng(seed)
    kinds = np.arange(count) % len(KINDS)
    learners = [list(KINDS.values())[kind](random) for kind in kinds]
    shape = (count, CATEGORIES, MOST)
    scores, tries, told = np.full(shape, -1), np.ones(shape, np.intp), np.ones(shape, np.bool_)
    for number, learner in enumerate(learners):
        for place, each in enumerate(learner.scores):
            seen = in_practice(each, CHANCE[place], random) if ladder else [(score, True) for score in each]
            scores[number, place, : len(each)], told[number, place, : len(each)] = zip(
                *seen[::-1], strict=True
            )
            tries[number, place, : len(each)] = learner.tries[place][: len(each)][::-1]
    probabilities, bounds = [], []
    for some in np.array_split(np.arange(count), -(-count // 200)):
        posterior = learn(Practised(scores[some], tries[some], told[some]))
        probabilities.append(posterior.probability(WEIGHTS))
        bounds += [posterior.bounds(WEIGHTS, each, draws) for each in range(len(some))]
    true = pass_probability(np.array([each.exam for each in learners]), WEIGHTS)
    low, high = np.array(bounds).T
    return Simulated(np.concatenate(probabilities), low, high, true, kinds)


def reliability(estimated: Floats, true: Floats) -> list[tuple[int, float, float]]:
    """For each tenth of what was estimated: how many learners, the mean estimate, and how many would pass."""
    bucket = np.minimum((estimated * BUCKETS).astype(int), BUCKETS - 1)
    chosen = [bucket == each for each in range(BUCKETS)]
    return [
        (int(some.sum()), float(estimated[some].mean()), float(true[some].mean()))
        if some.any()
        else (0, 0.0, 0.0)
        for some in chosen
    ]


def main(count: int) -> None:
    """Prints how far probabilities are off, and how often the range holds, of everybody and of each kind."""
    for ladder in (False, True):
        print("told as practice does" if ladder else "told as exams do")
        found = simulate(count, 1, ladder=ladder)
        for number, name in enumerate(["all", *KINDS], -1):
            some = found.kinds == number if number >= 0 else np.full(count, True)
            sure = some & found.sure
            rows = reliability(found.probability[sure], found.true[sure])
            off = (f"{100 * (said - passes):+6.1f} ({people})" for people, said, passes in rows)
            width = np.median((found.high - found.low)[some])
            print(f"{name:16} range holds {found.holds[some].mean():.0%}, median width {width:.2f};", end=" ")
            print(f"one number for {sure.sum() / some.sum():.0%}, off by", *off)


if __name__ == "__main__":
    main(int(sys.argv[1]))
