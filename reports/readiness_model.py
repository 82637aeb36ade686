"""The probability of passing an exam, from what practice came to: a hierarchical model on a grid.

In each category a learner has a level and a spread, in scores: what a session comes to lies around the level.
Levels lie around the learner's skill, closely or less so; they may have risen from session to session; and
what a session came to may be the best of its tries, which an exam's score is not. Or else scores have any
shares. Each combination of these is weighed by how well it explains all sessions. Only the range is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..exams.timing import TO_PASS
from ..grader.scoring.card import FULL_MARKS

SCORES: Final = FULL_MARKS + 1
DRAWS: Final = 400
_LEVELS: Final = np.linspace(-1.0, 8.0, 19)
_SPREADS: Final = np.array([0.3, 0.6, 0.9])
_SKILLS: Final = np.linspace(1.0, 7.0, 7)
_TOGETHER: Final = (0.5, 1.3)
"""How far the levels of one learner lie from their skill."""
_RISES: Final = (0.0, 0.3)
"""Of the level, from each session to the next one."""
_RISING: Final = 8
"""So many sessions ago the rise began."""
_SHARES: Final = np.array([0.2, 0.2, 0.3, 0.5, 1.0, 3.0])
_SHARES_ALIKE: Final = (0.3, 1.0, 2.5)
_BY_SHARES: Final = 0.15
"""How likely it is beforehand that scores have any shares, and no level."""
_RANGE: Final = (5, 95)
"""Percentiles between which the estimate's range lies."""

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def _priors() -> Floats:
    """(hypotheses about skill, levels * spreads) How likely each level and spread is under each."""
    rows = []
    for together, skill in product(_TOGETHER, _SKILLS):
        near = np.exp(-0.5 * ((_LEVELS - skill) / together) ** 2)
        rows.append(np.repeat(near / near.sum() / len(_SPREADS), len(_SPREADS)))
    return np.array(rows)


_PRIORS: Final = _priors()
_LEVEL: Final = np.repeat(_LEVELS, len(_SPREADS))
_SPREAD: Final = np.tile(_SPREADS, len(_LEVELS))


def _at_most(rise: float, ages: int) -> Floats:
    """(ages, 7, g) How likely a score is at most -1 to 5, so many sessions ago, at each level and spread."""
    level = _LEVEL - rise * np.minimum(np.arange(ages), _RISING)[:, None, None]
    edges = np.arange(-1, SCORES)[:, None] + 0.5
    below = 1 / (1 + np.exp(np.clip(-1.7 * (edges - level) / _SPREAD, -40, 40)))
    below[:, 0], below[:, -1] = 0.0, 1.0
    return np.asarray(below)


_NOW: Final = np.diff(_at_most(0.0, 1)[0], axis=0).T
"""(g, 6)"""


@dataclass(frozen=True)
class Practised:
    """What sessions came to, newest first: (n, categories, most sessions), filled up with a score of -1."""

    scores: Ints
    tries: Ints
    """How many submissions of each session could be scored, at least 1."""

    @classmethod
    def of(cls, sessions: Sequence[Sequence[tuple[int, int]]]) -> Practised:
        """Of one learner: for each category the score and the tries of each session, oldest first."""
        most = max(1, *map(len, sessions))
        scores, tries = np.full((1, len(sessions), most), -1), np.ones((1, len(sessions), most), np.intp)
        for place, category in enumerate(sessions):
            for age, (score, count) in enumerate(reversed(category)):
                scores[0, place, age], tries[0, place, age] = score, max(1, count)
        return cls(scores, tries)


@dataclass(frozen=True)
class Posterior:
    """What sessions tell of n learners."""

    weights: Floats
    """(n, h) How likely each hypothesis is."""
    scores: Floats
    """(n, categories, h, 6) How likely each score is today, under each."""
    fits: Floats
    """(n, categories, rises and tries, g) How well each level and spread explains the sessions."""
    counts: Floats
    """(n, categories, 6) How often each score was seen."""

    @property
    def today(self) -> Floats:
        """(n, categories, 6) How likely each score is today."""
        return np.asarray(np.einsum("nh,nchs->ncs", self.weights, self.scores))

    def probability(self, weights: Sequence[int]) -> Floats:
        """(n,) Of passing today, where the categories have these weights."""
        return np.asarray((self.weights * pass_probability(self.scores.swapaxes(1, 2), weights)).sum(axis=1))

    def bounds(self, weights: Sequence[int], learner: int = 0) -> tuple[float, float]:
        """Between which the learner's probability of passing lies, as far as is known."""
        random = np.random.default_rng(0)
        chosen = random.choice(len(self.weights[learner]), DRAWS, p=self.weights[learner])
        drawn = np.array(
            [
                [self._draw(learner, place, each, random) for place in range(self.scores.shape[1])]
                for each in chosen
            ]
        )
        low, high = np.percentile(pass_probability(drawn, weights), _RANGE)
        return float(low), float(high)

    def _draw(self, learner: int, place: int, hypothesis: int, random: np.random.Generator) -> Floats:
        """(6,) How likely each score is, as likely as that is under a hypothesis."""
        how, skill = divmod(hypothesis, len(_PRIORS))
        if how >= self.fits.shape[2]:
            alike = _SHARES_ALIKE[hypothesis - self.fits.shape[2] * len(_PRIORS)]
            return random.dirichlet(alike * _SHARES + self.counts[learner, place])
        likely = self.fits[learner, place, how] * _PRIORS[skill]
        return np.asarray(_NOW[random.choice(len(likely), p=likely / likely.sum())])


def learn(practised: Practised) -> Posterior:
    """What sessions tell, by Bayes' theorem."""
    scores, tries = practised.scores, practised.tries
    seen = scores >= 0
    counts = np.stack([(scores == each).sum(axis=-1) for each in range(SCORES)], axis=-1).astype(float)
    fits, highest = [], []
    for rise in _RISES:
        below = _at_most(rise, scores.shape[-1])
        ages = np.arange(scores.shape[-1])
        high, low = below[ages, scores + 1], below[ages, np.maximum(scores, 0)]
        for count in (np.ones_like(tries), tries):
            each = np.log(np.maximum(high ** count[..., None] - low ** count[..., None], 1e-12))
            total = np.where(seen[..., None], each, 0.0).sum(axis=2)
            highest.append(total.max(axis=-1))
            fits.append(np.exp(total - highest[-1][..., None]))
    fit = np.stack(fits, axis=2)
    known = fit @ _PRIORS.T
    mean = (fit @ (_PRIORS[:, :, None] * _NOW).swapaxes(0, 1).reshape(len(_LEVEL), -1)).reshape(
        *known.shape, SCORES
    ) / known[..., None]
    log = np.log(known) + np.stack(highest, axis=2)[..., None]
    shares = [_by_shares(counts, alike) for alike in _SHARES_ALIKE]
    flat = (*log.shape[:2], -1)
    logs = np.concatenate([log.reshape(flat), *(one[..., None] for one, _ in shares)], axis=-1).sum(axis=1)
    now = np.concatenate([mean.reshape(*flat, SCORES), *(each[:, :, None] for _, each in shares)], axis=2)
    levels = logs.shape[-1] - len(shares)
    before = np.r_[np.full(levels, (1 - _BY_SHARES) / levels), np.full(len(shares), _BY_SHARES / len(shares))]
    weights = before * np.exp(logs - logs.max(axis=-1, keepdims=True))
    return Posterior(weights / weights.sum(axis=-1, keepdims=True), now, fit, counts)


def _by_shares(counts: Floats, alike: float) -> tuple[Floats, Floats]:
    """The logarithm of how likely these counts are in some order, and the shares to expect now."""
    known = alike * _SHARES
    most = int(counts.sum(axis=-1).max(initial=0))
    # The logarithm of gamma(a + n) / gamma(a) is the sum of log(a), ..., log(a + n - 1).
    steps = np.log(np.r_[known, known.sum()][:, None] + np.arange(most))
    rising = np.concatenate([np.zeros((SCORES + 1, 1)), np.cumsum(steps, axis=1)], axis=1)
    of_each = rising[np.arange(SCORES), counts.astype(np.intp)].sum(axis=-1)
    total = counts.sum(axis=-1)
    log = of_each - rising[SCORES, total.astype(np.intp)]
    return log, (known + counts) / (known.sum() + total)[..., None]


def pass_probability(scores: NDArray[Any], weights: Sequence[int]) -> Floats:
    """(…,) from (…, categories, 6) probabilities of each score: what may be lost is counted exactly."""
    unit = gcd(*weights)
    costs = [weight // unit for weight in weights]
    most = FULL_MARKS * sum(costs)
    spare = most - -(-TO_PASS * most // 100)
    lost = np.zeros((*scores.shape[:-2], spare + 1))
    lost[..., 0] = 1.0
    for place, cost in enumerate(costs):
        after = np.zeros_like(lost)
        for missing in range(SCORES):
            step = cost * missing
            if step <= spare:
                chance = scores[..., place, FULL_MARKS - missing, None]
                after[..., step:] += chance * lost[..., : spare + 1 - step]
        lost = after
    return np.asarray(np.minimum(lost.sum(axis=-1), 1.0))
